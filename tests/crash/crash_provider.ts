/**
 * Providers to be killed: `input ack|state|v1` and `output v2|v1`.
 *
 * They speak the protocol by themselves, without the kit. The input counts; its own
 * checkpoint is the file `checkpoint`. The output appends numbers to the file `path`
 * and acknowledges what it has written, in batches.
 *
 * @module
 */

interface Start {
  readonly config: {
    readonly count: number;
    readonly perWrite: number;
    readonly pauseMs: number;
    readonly checkpoint: string;
    readonly path: string;
    readonly batch: number;
    readonly perEnvelopeMs: number;
    readonly rejectsOneIn: number;
    /** Keeps so much unacknowledged. */
    readonly holdBytes?: number;
    /** The shape of envelopes changes after so many; an output checks it. */
    readonly schemaEvery?: number;
    /** 1: reads on while it is slow, as far as the window lets it. */
    readonly readsAhead?: number;
  };
  readonly resume?: { readonly next: number };
}

const encoder = new TextEncoder();
const [role, kind] = Deno.args;
if (import.meta.main) {
  await (role === "input" ? playInput() : playOutput());
  Deno.exit(0);
}

async function playInput(): Promise<void> {
  const lines = stdinLines();
  const start: Start = JSON.parse((await lines.next()).value!);
  const { schemaEvery } = start.config;
  await sayReady(schemaEvery === undefined ? [kind] : [kind, "schema"]);
  const first = await firstOf(start);
  let acked = 0;
  const reading = (async () => {
    for await (const line of lines) {
      const { ack } = JSON.parse(line.slice(1));
      if (ack === undefined) continue;
      await replace(start.config.checkpoint, String(first - 1 + ack));
      acked = ack;
      if (acked === start.config.count - first + 1) break;
    }
  })();
  await send(start, first);
  if (kind === "v1") return;
  await write('\x1e{"end":true}\n');
  if (kind === "ack" && first <= start.config.count) await reading;
}

async function firstOf({ config, resume }: Start): Promise<number> {
  if (kind === "state") return resume?.next ?? 1;
  if (kind === "v1") return 1;
  const text = await Deno.readTextFile(config.checkpoint).catch(() => "0");
  return Number(text) + 1;
}

async function send({ config }: Start, first: number): Promise<void> {
  for (let n = first; n <= config.count;) {
    let text = "";
    const end = Math.min(n + config.perWrite, config.count + 1);
    for (; n < end; n++) {
      text += schemaBefore(config, n, n === first);
      text += `{"data":{"n":${n}},"metadata":{}}\n`;
    }
    if (kind === "state") text += `\x1e{"state":{"next":${n}}}\n`;
    await write(text);
    if (config.pauseMs > 0) await sleep(config.pauseMs);
  }
}

function shapeOf({ schemaEvery }: Start["config"], n: number): number {
  return Math.floor((n - 1) / schemaEvery!);
}

function schemaBefore(
  config: Start["config"],
  n: number,
  isFirst: boolean,
): string {
  if (config.schemaEvery === undefined) return "";
  const shape = shapeOf(config, n);
  if (!isFirst && shape === shapeOf(config, n - 1)) return "";
  return `\x1e{"schema":{"table":"t","fields":[],"shape":${shape}}}\n`;
}

async function playOutput(): Promise<void> {
  const lines = stdinChunks();
  const first = await lines.next();
  const { config }: Start = JSON.parse(first.value!.shift()!);
  using file = await openRepaired(config.path);
  const { schemaEvery, holdBytes } = config;
  const features = schemaEvery === undefined ? ["ack"] : ["ack", "schema"];
  await sayReady(features, holdBytes);
  let shape: number | undefined;
  let taken = 0;
  let acked = 0;
  const take = async (texts: readonly string[]) => {
    let kept = "";
    let rejects = "";
    for (const text of texts) {
      if (text[0] === "\x1e") {
        shape = JSON.parse(text.slice(1)).schema.shape;
        continue;
      }
      taken++;
      const { n, id } = JSON.parse(text).data;
      if (schemaEvery !== undefined && shape !== shapeOf(config, n)) {
        await writeAll(file, `wrong schema ${shape} of ${n}\n`);
      }
      const isBad = config.rejectsOneIn > 0 && n % config.rejectsOneIn === 0;
      const reject = { seq: taken, reason: "no", code: "crash" };
      if (isBad) rejects += `\x1e${JSON.stringify({ reject })}\n`;
      else kept += `${n ?? id}\n`;
      if (config.perEnvelopeMs > 0) await sleep(config.perEnvelopeMs);
    }
    await writeAll(file, kept);
    if (rejects !== "") await write(rejects);
    if (kind === "v2" && taken - acked >= config.batch) {
      acked = taken;
      await write(`\x1e{"ack":${acked}}\n`);
    }
  };
  let taking = take(first.value!);
  for await (const texts of lines) {
    if (config.readsAhead !== 1) await taking;
    taking = taking.then(() => take(texts));
  }
  await taking;
  if (kind === "v2") await write(`\x1e{"ack":${taken}}\n`);
}

/** Half a line at the end is what a death left. */
async function openRepaired(path: string): Promise<Deno.FsFile> {
  const file = await Deno.open(path, {
    read: true,
    write: true,
    create: true,
  });
  const bytes = await Deno.readFile(path);
  const whole = bytes.lastIndexOf(0x0a) + 1;
  await file.truncate(whole);
  await file.seek(whole, Deno.SeekMode.Start);
  return file;
}

async function replace(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(`${path}.tmp`, text);
  await Deno.rename(`${path}.tmp`, path);
}

async function sayReady(
  features: readonly string[],
  holdBytes?: number,
): Promise<void> {
  const protocol = { version: 2, features };
  const hold = holdBytes === undefined
    ? undefined
    : { bytes: holdBytes, delay_ms: 1000 };
  const ready = kind === "v1"
    ? { status: "ready" }
    : { status: "ready", protocol, hold };
  await write(JSON.stringify(ready) + "\n");
}

async function* stdinLines(): AsyncGenerator<string, undefined> {
  for await (const lines of stdinChunks()) yield* lines;
}

/** Whole lines, as many as came. */
async function* stdinChunks(): AsyncGenerator<string[], undefined> {
  const chunk = new Uint8Array(65_536);
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const count = await Deno.stdin.read(chunk);
    if (count === null) return;
    rest += decoder.decode(chunk.subarray(0, count), { stream: true });
    const end = rest.lastIndexOf("\n");
    if (end < 0) continue;
    yield rest.slice(0, end).split("\n");
    rest = rest.slice(end + 1);
  }
}

async function write(text: string): Promise<void> {
  await writeAll(Deno.stdout, text);
}

async function writeAll(
  to: { write(bytes: Uint8Array): Promise<number> },
  text: string,
): Promise<void> {
  const bytes = encoder.encode(text);
  for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
}

function sleep(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
