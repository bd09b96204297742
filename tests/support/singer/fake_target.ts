/**
 * A target that gives states back in whatever way a real one does, and that dies
 * when it is told to. Its rows are in a file once it has flushed them.
 *
 * @module
 */

interface Config {
  /** Where rows go: one line each, `{"stream":…,"record":…}`. */
  path: string;
  /**
   * When a state comes back: `end` the newest one at the end, `batch` the newest
   * one after each flush, `merge` the same with the bookmarks of the streams that
   * were flushed alone, all else frozen at the first state; `early` before rows
   * are written; `never`.
   */
  echo?: "end" | "batch" | "merge" | "early" | "never";
  /** Rows of a flush. */
  batch?: number;
  /** Dies with status 1 when so many rows were read. */
  dieAt?: number;
  /** Only if this file is not there; it is made then. */
  dieOnce?: string;
  /** On SIGTERM it says its newest state, and ends with 0 without its rows. */
  isLyingOnSignal?: boolean;
  /** The whole of what it gets, as it came. */
  log?: string;
  /** While this file is there, nothing is written. */
  stall?: string;
  /** A record with this key in it is more than it can take. */
  poison?: string;
  /** Ends at once with this status. */
  exit?: number;
  /** Printed when it starts, as libraries do. */
  chatter?: string;
}

interface Message {
  type: string;
  stream: string;
  record?: Record<string, unknown>;
  value?: State;
}

interface State {
  bookmarks?: Record<string, unknown>;
  [key: string]: unknown;
}

const at = Deno.args.indexOf("--config");
const config: Config = JSON.parse(Deno.readTextFileSync(Deno.args[at + 1]));
const { echo = "end", batch = 100 } = config;

let state: State | undefined;
let merged: State | undefined;
let rows: string[] = [];
let count = 0;
const known = new Set<string>();
const flushed = new Set<string>();

function say(value: State | undefined): void {
  if (value !== undefined) console.log(JSON.stringify(value));
}

async function flush(): Promise<void> {
  if (echo === "early") say(state);
  while (config.stall !== undefined && exists(config.stall)) await pause(20);
  const text = rows.map((row) => `${row}\n`).join("");
  rows = [];
  Deno.writeTextFileSync(config.path, text, { append: true });
  if (echo === "batch") say(state);
  if (echo !== "merge" || state === undefined) return;
  merged ??= structuredClone(state);
  for (const stream of flushed) {
    const bookmark = state.bookmarks?.[stream];
    if (bookmark !== undefined) merged.bookmarks![stream] = bookmark;
  }
  flushed.clear();
  say(merged);
}

async function take(line: string): Promise<void> {
  if (config.log !== undefined) {
    Deno.writeTextFileSync(config.log, `${line}\n`, { append: true });
  }
  const message: Message = JSON.parse(line);
  switch (message.type) {
    case "SCHEMA":
      known.add(message.stream);
      break;
    case "STATE":
      state = message.value;
      if (merged === undefined) merged = structuredClone(state);
      break;
    case "RECORD":
      await takeRecord(message);
      break;
    case "ACTIVATE_VERSION":
      break;
    default:
      throw new Error(`unknown message ${message.type}`);
  }
}

async function takeRecord({ stream, record = {} }: Message): Promise<void> {
  if (!known.has(stream)) throw new Error(`no SCHEMA of ${stream}`);
  if (config.poison !== undefined && config.poison in record) {
    throw new Error("more than I can take");
  }
  rows.push(JSON.stringify({ stream, record }));
  flushed.add(stream);
  count++;
  if (count === config.dieAt && isFirstDeath()) {
    console.error("CRITICAL out of memory");
    Deno.exit(1);
  }
  if (rows.length >= batch) await flush();
}

function isFirstDeath(): boolean {
  if (config.dieOnce === undefined) return true;
  if (exists(config.dieOnce)) return false;
  Deno.writeTextFileSync(config.dieOnce, "");
  return true;
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

if (import.meta.main) {
  if (config.exit !== undefined) Deno.exit(config.exit);
  if (config.chatter !== undefined) console.log(config.chatter);
  if (config.isLyingOnSignal) {
    Deno.addSignalListener("SIGTERM", () => {
      say(state);
      Deno.exit(0);
    });
  }
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of Deno.stdin.readable) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) await take(line);
  }
  await flush();
  if (echo === "end") say(state);
  Deno.exit(0);
}
