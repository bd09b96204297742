/**
 * Writes remarks to somebody who may not read them, and never waits for him.
 *
 * A pipe that nobody reads takes 64 KiB and then blocks whoever writes to it at
 * once: the data would stand still, and no signal be heard. So the writing is done
 * aside, what waits is bounded, and what finds no room is counted and left out.
 *
 * @module
 */
import { joinBytes } from "../../core/base/join_bytes.ts";

const MAX_WAITING_BYTES = 1024 * 1024;
/** For somebody who reads, only more slowly than a burst comes. */
const MAX_BURST_BYTES = 32 * 1024 * 1024;
/** Who has read within this time is reading. */
const READING_MS = 2000;
/** At the end: so long without progress means that nobody reads. */
const FLUSH_SILENCE_MS = 500;

/** What it needs of a stream; may write less than it is given. */
export interface SlowStream {
  write(bytes: Uint8Array): Promise<number>;
}

/** See the module comment. */
export class PatientWriter {
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #droppedLines = 0;
  #isWriting = false;
  #isBroken = false;
  #progress = 0;
  #progressedMs = -Infinity;

  /** @param isFile Nobody needs to read it: it is only slow, never full. */
  constructor(readonly stream: SlowStream, readonly isFile = false) {}

  /** Returns at once. */
  write(bytes: Uint8Array): void {
    if (this.#isBroken) return;
    if (this.#waitingBytes + bytes.length > this.#room) {
      this.#droppedLines++;
      return;
    }
    this.#add(bytes.slice());
    if (!this.#isWriting) void this.#writeAll();
  }

  get #room(): number {
    const isRead = this.isFile ||
      performance.now() - this.#progressedMs < READING_MS;
    return isRead ? MAX_BURST_BYTES : MAX_WAITING_BYTES;
  }

  /** Resolves when all is written, or nobody has read for a while. */
  async flush(silenceMs: number = FLUSH_SILENCE_MS): Promise<void> {
    const pauseMs = 10;
    let seen = this.#progress;
    let leftMs = silenceMs;
    while (this.#isWriting && leftMs > 0) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      leftMs = this.#progress === seen ? leftMs - pauseMs : silenceMs;
      seen = this.#progress;
    }
  }

  #add(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    try {
      for (let next = this.#take(); next !== undefined; next = this.#take()) {
        for (let at = 0; at < next.length;) {
          at += await this.stream.write(next.subarray(at));
          this.#progress++;
          this.#progressedMs = performance.now();
        }
        this.#waitingBytes -= next.length;
        if (this.#droppedLines > 0) this.#tellOfDropped();
      }
    } catch {
      this.#isBroken = true; // whoever read has gone; the data goes on
    }
    this.#isWriting = false;
  }

  #take(): Uint8Array | undefined {
    const all = this.#waiting;
    this.#waiting = [];
    return all.length === 0 ? undefined : joinBytes(all);
  }

  #tellOfDropped(): void {
    const text = `[dstream] warn: ${this.#droppedLines} lines were left out ` +
      "here: nobody read this log\n";
    this.#droppedLines = 0;
    this.#add(new TextEncoder().encode(text));
  }
}
