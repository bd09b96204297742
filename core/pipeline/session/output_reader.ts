/**
 * An output's stdout taken apart: handshake, control records, and everything else,
 * which is the output's own output and goes to the user untouched.
 *
 * Own output passes in pieces of any length; only what may be a handshake line or
 * a control record is held until its end.
 *
 * @module
 */

import { DstreamError } from "../../base/errors.ts";
import { LINE_FEED, RECORD_SEPARATOR } from "../../protocol/mod.ts";
import type { Verdict } from "./handshake_judge.ts";

/** Who is told what. Calls come in the order of the bytes. */
export interface OutputListener {
  /** A line before the version is decided. */
  judge(line: Uint8Array): Verdict;
  /** Whether lines before `ready` are certainly not user output. */
  readonly isV2: boolean;
  /** A control record, without 0x1E and line feed. */
  onRecord(text: string): void;
  /** A line before `ready` that is neither handshake nor output. */
  onNoise(line: Uint8Array): void;
  /** The output's own output; waiting here pushes back. */
  onOwnOutput(bytes: Uint8Array): Promise<void>;
}

/** A line without its line feed, and how much of the chunk it took. */
interface Line {
  readonly bytes: Uint8Array;
  readonly takenBytes: number;
}

const ENVELOPE_START = 0x7b;

const decoder = new TextDecoder();

/** A state machine over chunks. */
export class OutputReader {
  readonly #listener: OutputListener;
  readonly #maxLineBytes: number;
  #phase: "handshake" | "version 1" | "version 2" = "handshake";
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #isAtLineStart = true;

  constructor(listener: OutputListener, maxLineBytes: number) {
    this.#listener = listener;
    this.#maxLineBytes = maxLineBytes;
  }

  /** Takes the next chunk. */
  async push(chunk: Uint8Array): Promise<void> {
    let rest = chunk;
    while (rest.length > 0) {
      const next = this.#phase === "handshake"
        ? this.#shake(rest)
        : this.#stream(rest);
      // Records of one chunk are told in one go: what follows goes together too.
      rest = next instanceof Promise ? await next : next;
    }
  }

  /** The end of stdout: what is held was an own line without its line feed. */
  async end(): Promise<void> {
    const held = this.#takeHeld();
    const isRecord = held[0] === RECORD_SEPARATOR;
    if (held.length > 0 && !isRecord) await this.#listener.onOwnOutput(held);
  }

  /** Silence has decided: version 1. */
  decideV1(): void {
    if (this.#phase === "handshake") this.#phase = "version 1";
  }

  /** One line of the handshake, or the decision that there is none. */
  async #shake(bytes: Uint8Array): Promise<Uint8Array> {
    if (this.#isLegacyFrom(bytes)) {
      this.#phase = "version 1";
      this.#listener.judge(bytes);
      return bytes;
    }
    const line = this.#holdLine(bytes);
    if (line === undefined) return bytes.subarray(bytes.length);
    const rest = bytes.subarray(line.takenBytes);
    const verdict = this.#listener.judge(line.bytes);
    if (verdict.kind === "noise") this.#listener.onNoise(line.bytes);
    if (verdict.kind === "ready") {
      this.#phase = verdict.agreement.version === 2 ? "version 2" : "version 1";
    }
    if (verdict.kind === "legacy") {
      this.#phase = "version 1";
      await this.#listener.onOwnOutput(withLineFeed(line.bytes));
    }
    return rest;
  }

  /** A first byte that begins neither a handshake nor a record. */
  #isLegacyFrom(bytes: Uint8Array): boolean {
    if (this.#heldBytes > 0 || this.#listener.isV2) return false;
    return bytes[0] !== ENVELOPE_START && bytes[0] !== RECORD_SEPARATOR;
  }

  #stream(bytes: Uint8Array): Uint8Array | Promise<Uint8Array> {
    const isRecord = this.#phase === "version 2" &&
      (this.#heldBytes > 0 ||
        (this.#isAtLineStart && bytes[0] === RECORD_SEPARATOR));
    return isRecord ? this.#readRecord(bytes) : this.#passOn(bytes);
  }

  async #passOn(bytes: Uint8Array): Promise<Uint8Array> {
    const end = this.#phase === "version 2" ? nextRecord(bytes) : bytes.length;
    const own = bytes.subarray(0, end);
    this.#isAtLineStart = own[own.length - 1] === LINE_FEED;
    await this.#listener.onOwnOutput(own);
    return bytes.subarray(end);
  }

  #readRecord(bytes: Uint8Array): Uint8Array {
    const line = this.#wholeLine(bytes) ?? this.#holdLine(bytes);
    if (line === undefined) return bytes.subarray(bytes.length);
    this.#isAtLineStart = true;
    this.#listener.onRecord(decoder.decode(line.bytes.subarray(1)));
    return bytes.subarray(line.takenBytes);
  }

  /** A line that begins and ends in this chunk, where it lies. */
  #wholeLine(bytes: Uint8Array): Line | undefined {
    if (this.#heldBytes > 0) return undefined;
    const end = bytes.indexOf(LINE_FEED);
    if (end < 0 || end > this.#maxLineBytes) return undefined;
    return { bytes: bytes.subarray(0, end), takenBytes: end + 1 };
  }

  /** Completes the held line, or holds all there is. */
  #holdLine(bytes: Uint8Array): Line | undefined {
    const end = bytes.indexOf(LINE_FEED);
    const part = bytes.slice(0, end < 0 ? bytes.length : end);
    this.#held.push(part);
    this.#heldBytes += part.length;
    if (this.#heldBytes > this.#maxLineBytes) {
      throw new DstreamError(
        "protocol.line_too_long",
        `the output wrote a control record of more than ${this.#maxLineBytes} bytes`,
      );
    }
    if (end < 0) return undefined;
    return { bytes: this.#takeHeld(), takenBytes: end + 1 };
  }

  #takeHeld(): Uint8Array {
    const all = new Uint8Array(this.#heldBytes);
    let at = 0;
    for (const part of this.#held) {
      all.set(part, at);
      at += part.length;
    }
    this.#held = [];
    this.#heldBytes = 0;
    return all;
  }
}

/** Where a record begins behind own output: 0x1E after a line feed. */
function nextRecord(bytes: Uint8Array): number {
  for (let at = 1;;) {
    const found = bytes.indexOf(RECORD_SEPARATOR, at);
    if (found < 0) return bytes.length;
    if (bytes[found - 1] === LINE_FEED) return found;
    at = found + 1;
  }
}

function withLineFeed(line: Uint8Array): Uint8Array {
  const whole = new Uint8Array(line.length + 1);
  whole.set(line);
  whole[line.length] = LINE_FEED;
  return whole;
}
