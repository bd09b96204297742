/**
 * A provider process under test, talked to as the CLI would.
 *
 * Every wait has an end: a provider that hangs fails its test with what it wrote
 * to stderr, and is killed when the test is over.
 *
 * @module
 */

import assert from "node:assert/strict";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Json, JsonObject } from "../../protocol/envelope.ts";

/** What to run: an executable and its arguments. */
export interface Subject {
  readonly command: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A provider's main file, run from source: by Deno, or by the Node that runs this. */
export function fromSource(main: string | URL): Subject {
  const text = String(main);
  const path = text.startsWith("file:") ? fileURLToPath(text) : text;
  const isDeno = "deno" in process.versions;
  const words = isDeno ? ["run", "-A", "--no-check"] : [];
  return { command: [Deno.execPath(), ...words, path] };
}

/** No wait of a test is longer. */
const PATIENCE_MS = 60_000;

/** How a process ended. */
export interface Ending {
  readonly code: number;
  readonly signal: string | null;
}

/** One running provider. */
export class Running implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #stdout: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  readonly #stderrEnd: Promise<void>;
  #stderr = "";
  #rest = "";
  #isEnd = false;

  constructor(subject: Subject, args: readonly string[] = []) {
    const [executable, ...first] = subject.command;
    this.#child = new Deno.Command(executable, {
      args: [...first, ...args],
      cwd: subject.cwd,
      env: { NO_COLOR: "1", ...subject.env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#stdin = this.#child.stdin.getWriter();
    this.#stdout = this.#child.stdout.getReader();
    this.#stderrEnd = this.#collectStderr();
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** What it logged so far; complete after {@link end}. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Writes to its stdin; a provider that doesn't take it is no error here. */
  async send(text: string | Uint8Array): Promise<void> {
    const bytes = typeof text === "string"
      ? new TextEncoder().encode(text)
      : text;
    await this.#stdin.write(bytes).catch(() => {});
  }

  /** Writes one JSON line. */
  sendJson(value: Json): Promise<void> {
    return this.send(`${JSON.stringify(value)}\n`);
  }

  /** Writes one control record. */
  sendControl(record: JsonObject): Promise<void> {
    return this.send(`\x1e${JSON.stringify(record)}\n`);
  }

  async closeStdin(): Promise<void> {
    await this.#stdin.close().catch(() => {});
  }

  /** Nobody reads its stdout any more. */
  async breakStdout(): Promise<void> {
    await this.#stdout.cancel();
    this.#isEnd = true;
  }

  /** The next line of its stdout, without line feed; `undefined` at the end. */
  async line(): Promise<string | undefined> {
    for (;;) {
      const at = this.#rest.indexOf("\n");
      if (at >= 0) {
        const line = this.#rest.slice(0, at);
        this.#rest = this.#rest.slice(at + 1);
        return line;
      }
      if (this.#isEnd) return this.#lastLine();
      const { value, done } = await this.#soon(
        this.#stdout.read(),
        "write a line",
      );
      this.#isEnd = done;
      this.#rest += value === undefined
        ? this.#decoder.decode()
        : this.#decoder.decode(value, { stream: true });
    }
  }

  /** Lines until one fits, that one included. */
  async linesUntil(fits: (line: string) => boolean): Promise<string[]> {
    const lines: string[] = [];
    for (let line; (line = await this.line()) !== undefined;) {
      lines.push(line);
      if (fits(line)) return lines;
    }
    throw this.#failure("ended its stdout before the line that was awaited");
  }

  /** All lines up to the end of its stdout. */
  async allLines(): Promise<string[]> {
    const lines: string[] = [];
    for (let line; (line = await this.line()) !== undefined;) lines.push(line);
    return lines;
  }

  /** Sends a signal; a process that has ended already is no error. */
  kill(signal: "SIGKILL" | "SIGTERM" | "SIGINT"): void {
    try {
      this.#child.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }

  /** Waits for its end, at most `withinMs`. */
  async end(withinMs: number = PATIENCE_MS): Promise<Ending> {
    const { code, signal } = await this.#soon(
      this.#child.status,
      "end",
      withinMs,
    );
    await this.#soon(this.#stderrEnd, "close its stderr");
    return { code, signal };
  }

  /** Waits for its end, which must have this status. */
  async endsWith(code: number, withinMs?: number): Promise<void> {
    const ending = await this.end(withinMs);
    assert.equal(ending.code, code, `exit status; stderr:\n${this.#stderr}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGKILL");
    await this.#stdin.abort().catch(() => {});
    await this.#stdout.cancel().catch(() => {});
    await this.#child.status;
    await this.#stderrEnd;
  }

  #lastLine(): string | undefined {
    const line = this.#rest;
    this.#rest = "";
    return line === "" ? undefined : line;
  }

  async #collectStderr(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.#child.stderr) {
      this.#stderr += decoder.decode(chunk, { stream: true });
    }
  }

  async #soon<T>(
    promise: Promise<T>,
    what: string,
    withinMs = PATIENCE_MS,
  ): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(this.#failure(`did not ${what} within ${withinMs} ms`)),
        withinMs,
      );
    });
    return await Promise.race([promise, late]).finally(() =>
      clearTimeout(timer)
    );
  }

  #failure(what: string): Error {
    return new assert.AssertionError({
      message: `the provider ${what}; stderr:\n${this.#stderr}`,
    });
  }
}
