/**
 * A provider that does what its argument says, step by step: for tests of how the
 * pipeline meets good and bad ones. Run as a real process by tests/support/toys.ts.
 *
 * @module
 */

/** One thing to do. */
export type Step =
  /** Read one line from stdin: the start line. */
  | { readonly read: "start"; readonly file?: string }
  /** Say hello and ready in version 2. */
  | { readonly ready: 2; readonly features?: readonly string[] }
  /** Say ready in version 1. */
  | { readonly ready: 1 }
  /** Write to stdout as it stands. */
  | { readonly write: string }
  /** Write bytes that are no text, in base64. */
  | { readonly writeBytes: string }
  /** Write lines of its own, so many bytes in all. */
  | { readonly chatter: number }
  /** Write to stderr, with a line feed. */
  | { readonly log: string }
  | { readonly sleepMs: number }
  /** Write envelopes `{"data":{"n":N},"metadata":{}}`, N from `from` (default 1). */
  | { readonly emit: number; readonly from?: number; readonly padding?: number }
  /** Take lines until stdin ends; append them to `file`. */
  | { readonly sink: Sink }
  /** Wait for acknowledgements up to N, or the end of stdin; note the last one. */
  | { readonly awaitAck: number; readonly file?: string }
  /** Wait for `{"stop":true}` or the end of stdin. */
  | { readonly awaitStop: true }
  /** Wait until another has written so many lines. */
  | { readonly awaitFile: { readonly path: string; readonly lines: number } }
  /** Read stdin to its end. */
  | { readonly drain: true }
  /** Note whether stdin is open, after that many milliseconds. */
  | { readonly noteStdin: string; readonly afterMs: number }
  | { readonly close: "stdout" | "stdin" }
  /** Leave a process behind that holds stdout open. */
  | { readonly leaveGrandchildMs: number }
  | { readonly crash: "SIGKILL" }
  | { readonly exit: number };

/** What an output that holds back is asked for. */
const FLUSH = '\x1e{"flush":true}';

/** How to take lines. */
export interface Sink {
  readonly file?: string;
  /** Acknowledge after every chunk, when asked and at the end, at the end, or never. */
  readonly ack: "always" | "flush" | "end" | "never";
  readonly delayMs?: number;
  /** Stop reading after so many lines. */
  readonly stopAfter?: number;
  /** Die of a line that holds this. */
  readonly diesOf?: string;
  /** Reject lines that hold this. */
  readonly rejects?: string;
  /** Written to stdout after the first lines came. */
  readonly say?: string;
}

/** Lines from stdin. */
class LineBuffer {
  #text = "";
  #isOver = false;
  readonly #chunk = new Uint8Array(1 << 20);

  async next(): Promise<string | undefined> {
    await this.#fillToLine();
    const end = this.#text.indexOf("\n");
    return end < 0 ? undefined : this.#take(end);
  }

  /** All whole lines there are; at least one. */
  async nextMany(): Promise<string[] | undefined> {
    await this.#fillToLine();
    const end = this.#text.lastIndexOf("\n");
    return end < 0 ? undefined : this.#take(end).split("\n");
  }

  #take(end: number): string {
    const taken = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 1);
    return taken;
  }

  async #fillToLine(): Promise<void> {
    while (!this.#isOver && !this.#text.includes("\n")) {
      const count = await Deno.stdin.read(this.#chunk);
      if (count === null) this.#isOver = true;
      else {
        const bytes = this.#chunk.subarray(0, count);
        this.#text += decoder.decode(bytes, { stream: true });
      }
    }
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const stdin = new LineBuffer();
let received = 0;

/** Another script for every life; the last one for all that follow. */
export interface Lives {
  readonly lives: readonly (readonly Step[])[];
  /** Counts the lives. */
  readonly file: string;
}

if (import.meta.main) {
  const script = JSON.parse(Deno.args[0]) as readonly Step[] | Lives;
  const steps = "lives" in script ? await nextLife(script) : script;
  for (const step of steps) await take(step);
  Deno.exit(0);
}

async function nextLife({ lives, file }: Lives): Promise<readonly Step[]> {
  await Deno.writeTextFile(file, "x", { append: true, create: true });
  const life = (await Deno.stat(file)).size;
  return lives[Math.min(life, lives.length) - 1];
}

async function take(step: Step): Promise<void> {
  if ("read" in step) await readStart(step.file);
  else if ("ready" in step) await sayReady(step);
  else if ("write" in step) await write(step.write);
  else if ("writeBytes" in step) {
    await writeBytes(Uint8Array.fromBase64(step.writeBytes));
  } else if ("chatter" in step) await chatter(step.chatter);
  else if ("log" in step) console.error(step.log);
  else if ("sleepMs" in step) await sleep(step.sleepMs);
  else if ("emit" in step) await emit(step);
  else if ("sink" in step) await sink(step.sink);
  else if ("awaitAck" in step) await awaitAck(step.awaitAck, step.file);
  else if ("awaitStop" in step) await awaitStop();
  else if ("drain" in step) { while (await stdin.next() !== undefined); }
  else if ("noteStdin" in step) await noteStdin(step);
  else if ("close" in step) Deno[step.close].close();
  else if ("awaitFile" in step) await awaitFile(step.awaitFile);
  else if ("leaveGrandchildMs" in step) leave(step.leaveGrandchildMs);
  else if ("crash" in step) Deno.kill(Deno.pid, step.crash);
  else Deno.exit(step.exit);
}

async function readStart(file: string | undefined): Promise<void> {
  const line = await stdin.next();
  if (file !== undefined) await Deno.writeTextFile(file, line ?? "");
}

async function sayReady(step: Extract<Step, { ready: 1 | 2 }>) {
  if (step.ready === 1) return await write('{"status":"ready"}\n');
  const features = "features" in step && step.features || ["ack", "state"];
  const ready = { status: "ready", protocol: { version: 2, features } };
  await write(`\x1e{"hello":{"version":2}}\n${JSON.stringify(ready)}\n`);
}

async function emit(step: Extract<Step, { emit: number }>): Promise<void> {
  const { emit: count, from = 1, padding = 0 } = step;
  const pad = "x".repeat(padding);
  let text = "";
  for (let n = from; n < from + count; n++) {
    text += `{"data":{"n":${n},"pad":"${pad}"},"metadata":{}}\n`;
    if (text.length > 60_000) {
      await write(text);
      text = "";
    }
  }
  await write(text);
}

async function sink(options: Sink): Promise<void> {
  using file = options.file === undefined
    ? undefined
    : await Deno.open(options.file, { append: true, create: true });
  for (;;) {
    const all = await stdin.nextMany();
    if (all === undefined) break;
    const lines = all.filter((line) => line !== FLUSH);
    if (options.diesOf !== undefined) dieOf(lines, options.diesOf);
    if (options.rejects !== undefined) await reject(lines, options.rejects);
    await file?.write(encoder.encode(lines.map((l) => l + "\n").join("")));
    if (received === 0 && options.say !== undefined) await write(options.say);
    received += lines.length;
    if (options.delayMs !== undefined) await sleep(options.delayMs);
    const isAsked = options.ack === "flush" && lines.length < all.length;
    if (options.ack === "always" || isAsked) {
      await write(`\x1e{"ack":${received}}\n`);
    }
    if (received >= (options.stopAfter ?? Infinity)) return;
  }
  if (options.ack === "end" || options.ack === "flush") {
    await write(`\x1e{"ack":${received}}\n`);
  }
}

function dieOf(lines: string[], poison: string): void {
  if (lines.some((line) => line.includes(poison))) {
    Deno.kill(Deno.pid, "SIGKILL");
  }
}

async function reject(lines: string[], refused: string): Promise<void> {
  for (const [i, line] of lines.entries()) {
    if (!line.includes(refused)) continue;
    const seq = received + i + 1;
    await write(`\x1e{"reject":{"seq":${seq},"reason":"no","code":"test"}}\n`);
  }
}

async function awaitAck(position: number, file?: string): Promise<void> {
  let last = 0;
  while (last < position) {
    const line = await stdin.next();
    if (line === undefined) break;
    const record = JSON.parse(line.slice(1));
    if (typeof record.ack === "number") last = record.ack;
  }
  if (file !== undefined) await Deno.writeTextFile(file, String(last));
}

async function awaitStop(): Promise<void> {
  for (;;) {
    const line = await stdin.next();
    if (line === undefined || line.includes('"stop"')) return;
  }
}

async function awaitFile(
  { path, lines }: { readonly path: string; readonly lines: number },
): Promise<void> {
  for (;;) {
    const text = await Deno.readTextFile(path).catch(() => "");
    if (text.split("\n").length > lines) return;
    await sleep(20);
  }
}

async function noteStdin(step: Extract<Step, { noteStdin: string }>) {
  const ended = stdin.next().then((line) =>
    line === undefined ? "ended" : "open"
  );
  const open = sleep(step.afterMs).then(() => "open");
  const state = await Promise.race([ended, open]);
  await Deno.writeTextFile(step.noteStdin, state + "\n", { append: true });
}

function leave(forMs: number): void {
  const code = `setTimeout(() => {}, ${forMs})`;
  new Deno.Command(Deno.execPath(), {
    args: ["eval", code],
    stdin: "null",
    stdout: "inherit",
    stderr: "null",
  }).spawn().unref();
}

async function chatter(sizeBytes: number): Promise<void> {
  const lines = "said by the provider itself\n".repeat(2000);
  for (let said = 0; said < sizeBytes; said += lines.length) await write(lines);
}

async function write(text: string): Promise<void> {
  await writeBytes(encoder.encode(text));
}

async function writeBytes(bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await Deno.stdout.write(bytes.subarray(at));
  }
}

function sleep(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
