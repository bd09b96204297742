/**
 * Who writes where, when stdout, stderr and a status line share one terminal.
 *
 * The status line stands on the cursor's line without a line feed; whatever else
 * is written removes it first, and it comes back with the next redraw. Only
 * providers' own output goes to stdout, its bytes untouched.
 *
 * @module
 */

import type { Sink } from "../deps.ts";
import { truncateToWidth } from "../views/units.ts";

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN_AND_ERASE = "\r\x1b[K";
const UP_AND_ERASE = "\x1b[1A\x1b[K";
/** A line longer than this is handed on in pieces. */
const LONGEST_HELD_BYTES = 64 * 1024;

const encoder = new TextEncoder();

/** The user's two sinks as one thing. */
export class Screen {
  /** Lines of the status that stands on the screen. */
  #statusLines = 0;
  #isMidLine = false;

  constructor(readonly stdout: Sink, readonly stderr: Sink) {}

  /** Writes whole lines to stderr; `text` has no final line feed. */
  line(text: string): void {
    const gap = this.#isMidLine && this.#isShared ? "\n" : "";
    this.#isMidLine = false;
    this.stderr.writeSync(
      encoder.encode(`${this.#erasure()}${gap}${text}\n`),
    );
  }

  /**
   * Draws the status anew, one line or several; does nothing where there is no
   * terminal.
   */
  status(text: string): void {
    if (!this.stderr.isTerminal || (this.#isMidLine && this.#isShared)) return;
    // The last column stays free: some terminals wrap when it is written.
    const columns = this.stderr.columns() - 1;
    const lines = text.split("\n").map((line) =>
      truncateToWidth(line, columns)
    );
    const erasure = this.#erasure() || CARRIAGE_RETURN_AND_ERASE;
    this.stderr.writeSync(encoder.encode(erasure + lines.join("\n")));
    this.#statusLines = lines.length;
  }

  /** Removes the status line. */
  clear(): void {
    const erasure = this.#erasure();
    if (erasure !== "") this.stderr.writeSync(encoder.encode(erasure));
  }

  /**
   * Where one output's own output goes.
   * @param isAlone Nobody else writes to stdout: bytes pass as they come. Else
   * lines are kept whole, so that two tasks' lines never mix.
   */
  userOutput(isAlone: boolean): WritableStream<Uint8Array> {
    if (isAlone) {
      return new WritableStream({ write: (bytes) => this.#user(bytes) });
    }
    const lines = new WholeLines((bytes) => this.#user(bytes));
    return new WritableStream({
      write: (bytes) => lines.write(bytes),
      close: () => lines.flush(),
    });
  }

  async #user(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    if (this.stdout.isTerminal) this.clear();
    await this.stdout.write(bytes);
    this.#isMidLine = bytes[bytes.length - 1] !== LINE_FEED;
  }

  get #isShared(): boolean {
    return this.stdout.isTerminal && this.stderr.isTerminal;
  }

  #erasure(): string {
    const lines = this.#statusLines;
    this.#statusLines = 0;
    if (lines === 0) return "";
    return CARRIAGE_RETURN_AND_ERASE + UP_AND_ERASE.repeat(lines - 1);
  }
}

/** Holds an unfinished line back until its end comes. */
class WholeLines {
  #held = new Uint8Array(0);

  constructor(readonly sink: (bytes: Uint8Array) => Promise<void>) {}

  async write(bytes: Uint8Array): Promise<void> {
    const end = bytes.lastIndexOf(LINE_FEED) + 1;
    if (end === 0) return await this.#hold(bytes);
    const whole = concat(this.#held, bytes.subarray(0, end));
    this.#held = bytes.slice(end);
    await this.sink(whole);
  }

  async flush(): Promise<void> {
    const rest = this.#held;
    this.#held = new Uint8Array(0);
    if (rest.length > 0) await this.sink(rest);
  }

  async #hold(bytes: Uint8Array): Promise<void> {
    this.#held = concat(this.#held, bytes);
    if (this.#held.length > LONGEST_HELD_BYTES) await this.flush();
  }
}

function concat(
  a: Uint8Array,
  b: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
