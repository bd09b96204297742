/**
 * Messages of a file, or of a pipe that another process reads, as a tap.
 *
 * `dstreams target` reads messages that somebody else wrote. They come in as from
 * any tap, so this is one: it copies them to its stdout, and looks at each line
 * on the way. What is wrong with one is said with its number, and what came before
 * it counts.
 *
 * @module
 */

import { linesOf } from "./singer_process.ts";
import { asObject, asText } from "./json.ts";

const HELP = "feed --config FILE\n\nCopies Singer messages to stdout.\n";
const TYPES = ["SCHEMA", "RECORD", "STATE", "ACTIVATE_VERSION", "BATCH"];
/** `EX_DATAERR`: the input singer tries no second time. */
const DATA_ERROR = 65;
const PIECE_CHARACTERS = 64 * 1024;

/** Where messages come from. */
interface FeedConfig {
  /** A file. */
  readonly file?: string;
  /** A port of this machine that hands them to who knows the token. */
  readonly port?: number;
  readonly token?: string;
  /** How the user calls it. */
  readonly name: string;
  readonly format?: "jsonl" | "arrow";
}

/** @returns The exit status. */
export async function feed(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    await write(HELP);
    return 0;
  }
  const path = args[args.indexOf("--config") + 1];
  const config: FeedConfig = JSON.parse(await Deno.readTextFile(path));
  const stream = await open(config);
  const problem = config.format === "arrow"
    ? await copyArrow(stream, config.name)
    : await copy(stream);
  if (problem === undefined) return 0;
  console.error(`CRITICAL ${config.name}:${problem}`);
  return DATA_ERROR;
}

async function open(config: FeedConfig): Promise<ReadableStream<Uint8Array>> {
  if (config.file !== undefined) return (await Deno.open(config.file)).readable;
  const { port = 0, token = "" } = config;
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(`${token}\n`));
  return connection.readable;
}

/** @returns `LINE: what is wrong with it`. */
async function copy(
  stream: ReadableStream<Uint8Array>,
): Promise<string | undefined> {
  const check = new Check();
  let text = "";
  for await (const line of linesOf(stream, Infinity)) {
    const problem = check.take(line);
    if (problem !== undefined) {
      await write(text);
      return `${check.line}: ${problem}`;
    }
    if (line.trim() !== "") text += `${line}\n`;
    if (text.length < PIECE_CHARACTERS) continue;
    await write(text);
    text = "";
  }
  await write(text);
}

/** @returns ` what is wrong with it`. */
async function copyArrow(
  stream: ReadableStream<Uint8Array>,
  name: string,
): Promise<string | undefined> {
  const { messagesOf } = await import("./arrow/from_arrow.ts");
  let text = "";
  try {
    for await (const line of messagesOf(stream, streamOf(name))) {
      text += `${line}\n`;
      if (text.length < PIECE_CHARACTERS) continue;
      await write(text);
      text = "";
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return ` this is no Arrow stream: ${why}`;
  } finally {
    await write(text);
  }
}

/** `out/orders.arrow` holds orders. */
function streamOf(name: string): string {
  return name.split(/[\\/]/).at(-1)!.replace(/\.\w+$/, "") || "records";
}

/** Whether lines are messages, in an order that makes sense. */
class Check {
  line = 0;
  readonly #streams = new Set<string>();

  /** @returns What is wrong. */
  take(text: string): string | undefined {
    this.line++;
    if (text.trim() === "") return undefined;
    const message = parse(text);
    if (message === undefined) {
      return "this is no message: it is no JSON object";
    }
    const type = String(message.type).toUpperCase();
    if (!TYPES.includes(type)) {
      return `there is no type ${JSON.stringify(message.type ?? null)}; ` +
        `there are ${TYPES.join(", ")}`;
    }
    if (type === "STATE") return undefined;
    const stream = asText(message.stream);
    if (stream === undefined) return `a ${type} needs a stream`;
    if (type === "SCHEMA") this.#streams.add(stream);
    else if (!this.#streams.has(stream)) {
      return `a ${type} of "${stream}" comes before its SCHEMA`;
    }
    if (type === "RECORD" && asObject(message.record) === undefined) {
      return "a RECORD needs a record";
    }
  }
}

function parse(text: string) {
  try {
    // Python writes them; the input makes null of them.
    return asObject(
      JSON.parse(text.replaceAll(/\b(NaN|-?Infinity)\b/g, "null")),
    );
  } catch {
    return undefined;
  }
}

async function write(text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let sent = 0; sent < bytes.length;) {
    sent += await Deno.stdout.write(bytes.subarray(sent));
  }
}
