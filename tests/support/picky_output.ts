/**
 * An output of version 2 in plain TypeScript: appends envelopes to a file, and
 * rejects those that hold a word of the file `refused.txt`.
 *
 * @module
 */

interface Start {
  readonly config: {
    readonly path: string;
    readonly delayMs?: number;
    /** Exits with 3 behind so many envelopes. */
    readonly diesAfter?: number;
  };
}

const RECORD_SEPARATOR = "\x1e";

async function* linesOf(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<string> {
  let rest = "";
  for await (
    const text of stream.pipeThrough(new TextDecoderStream() as never)
  ) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}

function control(record: unknown): void {
  console.log(RECORD_SEPARATOR + JSON.stringify(record));
}

async function refusedWords(): Promise<readonly string[]> {
  const text = await Deno.readTextFile("refused.txt").catch(() => "");
  return text.split("\n").filter((word) => word !== "");
}

const lines = linesOf(Deno.stdin.readable);
const { config }: Start = JSON.parse((await lines.next()).value);
const refused = await refusedWords();
console.log(
  JSON.stringify({
    status: "ready",
    protocol: { version: 2, features: ["ack"] },
  }),
);
using file = await Deno.open(config.path, { append: true, create: true });
let seq = 0;
for await (const line of lines) {
  seq++;
  const word = refused.find((each) => line.includes(each));
  if (word !== undefined) {
    control({ reject: { seq, reason: `holds ${word}`, code: "refused" } });
  } else {
    await file.write(new TextEncoder().encode(line + "\n"));
  }
  control({ ack: seq });
  if (seq === config.diesAfter) Deno.exit(3);
  if (config.delayMs !== undefined) {
    await new Promise((resolve) => setTimeout(resolve, config.delayMs));
  }
}
