/**
 * One process of the provider under test, talked to as dstream would.
 *
 * Every wait has an end, and whoever waits in vain hears what was waited for. What
 * is still running when its check is over is killed, with all it has started.
 *
 * @module
 */

import type { JsonObject } from "../protocol/envelope.ts";
import type { Child, Clock, ExitStatus } from "../ports/mod.ts";
import { Unmet } from "./check.ts";
import type { Exchange } from "./exchange.ts";

/** A provider's log is kept up to here. */
const LOG_LENGTH = 256 * 1024;
/** A line that never ends would fill our memory. */
const LONGEST_LINE = 64 * 1024 * 1024;

/** A whole run may take so many times as long as one line. */
const WHOLE_RUN = 2;
/** An input that was asked for 200 envelopes, or to stop, writes fewer. */
const MAX_LINES = 200_000;

/** See the module comment. */
export class Peer implements AsyncDisposable {
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #stdout: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  readonly #logEnd: Promise<void>;
  #log = "";
  #rest = "";
  #searched = 0;
  #isEnd = false;

  constructor(
    readonly child: Child,
    readonly exchange: Exchange,
    readonly clock: Clock,
    readonly patienceMs: number,
  ) {
    this.#stdin = child.stdin.getWriter();
    this.#stdin.closed.catch(() => {}); // it may end without reading
    this.#stdout = child.stdout.getReader();
    this.#logEnd = this.#collectLog();
  }

  get pid(): number {
    return this.child.pid;
  }

  /** What it has logged; complete after {@link ending}. */
  get log(): string {
    return this.#log;
  }

  /** One that has ended already takes nothing, and that is no error here. */
  async send(text: string | Uint8Array<ArrayBuffer>): Promise<void> {
    const isText = typeof text === "string";
    const bytes = isText ? new TextEncoder().encode(text) : text;
    const shown = isText ? text : new TextDecoder().decode(text);
    this.exchange.add(">", shown);
    await this.#soon(
      this.#stdin.write(bytes).catch(() => {}),
      "read its stdin",
    );
  }

  sendControl(record: JsonObject): Promise<void> {
    return this.send(`\x1e${JSON.stringify(record)}\n`);
  }

  async closeStdin(): Promise<void> {
    this.exchange.add("·", "stdin is closed");
    await this.#stdin.close().catch(() => {});
  }

  /** Nobody reads its stdout any more. */
  async breakStdout(): Promise<void> {
    this.exchange.add("·", "nobody reads stdout any more");
    await this.#stdout.cancel().catch(() => {});
    this.#isEnd = true;
  }

  /** The next line of its stdout, without line feed; `undefined` at the end. */
  async line(
    what = "write a line",
    withinMs?: number,
  ): Promise<string | undefined> {
    for (;;) {
      const at = this.#rest.indexOf("\n", this.#searched);
      if (at >= 0) return this.#take(at);
      this.#searched = this.#rest.length;
      if (this.#isEnd) return this.#lastLine();
      const { value, done } = await this.#soon(
        this.#stdout.read(),
        what,
        withinMs,
      );
      this.#isEnd = done;
      this.#rest += value === undefined
        ? this.#decoder.decode()
        : this.#decoder.decode(value, { stream: true });
      if (this.#rest.length > LONGEST_LINE) {
        throw new Unmet("it wrote a line that does not end");
      }
    }
  }

  /** Lines until one fits, that one included. */
  async linesUntil(
    what: string,
    fits: (line: string) => boolean,
  ): Promise<string[]> {
    const lines = await this.#collect(what, fits);
    if (lines.length > 0 && fits(lines.at(-1)!)) return lines;
    throw new Unmet(`its stdout ended, and it did not ${what}`);
  }

  /** All lines up to the end of its stdout. */
  allLines(): Promise<string[]> {
    return this.#collect("end its stdout", () => false);
  }

  /** One that writes and writes is not waited for either. */
  async #collect(
    what: string,
    fits: (line: string) => boolean,
  ): Promise<string[]> {
    const lines: string[] = [];
    const startMs = this.clock.monotonicMs();
    const limitMs = this.patienceMs * WHOLE_RUN;
    for (let line; (line = await this.line(what)) !== undefined;) {
      lines.push(line);
      if (fits(line)) return lines;
      const isLate = this.clock.monotonicMs() - startMs > limitMs;
      if (isLate || lines.length > MAX_LINES) {
        throw new Unmet(
          `it did not ${what} within ${limitMs / 1000} s, and wrote ` +
            `${lines.length} lines`,
        );
      }
    }
    return lines;
  }

  kill(): void {
    this.exchange.add("·", "SIGKILL");
    this.child.kill();
  }

  terminate(): void {
    this.exchange.add("·", "SIGTERM");
    this.child.terminate();
  }

  async ending(): Promise<ExitStatus> {
    const status = await this.#soon(this.child.status, "exit");
    await this.#soon(this.#logEnd, "close its stderr");
    const how = status.signal ?? `exit status ${status.code}`;
    this.exchange.add("·", how);
    return status;
  }

  async endsWith(code: number): Promise<void> {
    const status = await this.ending();
    if (status.code === code) return;
    const how = status.signal ?? `exit status ${status.code}`;
    throw new Unmet(`it ended with ${how} instead of ${code}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill();
    await this.#stdin.abort().catch(() => {});
    await this.#stdout.cancel().catch(() => {});
    await this.child.status;
    await this.#soon(this.#logEnd, "close its stderr").catch(() => {});
  }

  #take(at: number): string {
    const line = this.#rest.slice(0, at);
    this.#rest = this.#rest.slice(at + 1);
    this.#searched = 0;
    this.exchange.add("<", line);
    return line;
  }

  #lastLine(): string | undefined {
    const line = this.#rest;
    this.#rest = "";
    if (line === "") return undefined;
    this.exchange.add("<", `${line} (without a line feed)`);
    return line;
  }

  async #collectLog(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.child.stderr) {
      const text = decoder.decode(chunk, { stream: true });
      this.exchange.add("!", text);
      if (this.#log.length < LOG_LENGTH) this.#log += text;
    }
  }

  async #soon<T>(
    promise: Promise<T>,
    what: string,
    withinMs: number = this.patienceMs,
  ): Promise<T> {
    const over = new AbortController();
    const late = this.clock.sleep(withinMs, over.signal).then(() => {
      throw new Unmet(`it did not ${what} within ${withinMs / 1000} s`);
    });
    late.catch(() => {}); // ended by us
    try {
      return await Promise.race([promise, late]);
    } finally {
      over.abort();
    }
  }
}
