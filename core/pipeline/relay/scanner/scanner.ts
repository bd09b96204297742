/**
 * Counts and finds lines in the relay's ring without looking at them in JavaScript.
 *
 * The ring lives in WebAssembly memory, so that a chunk is copied once (into the
 * replay window) and looked at there with SIMD: about 0.03 s per GB. Where the
 * engine has no SIMD, plain_scanner.ts does the same ten times slower.
 *
 * A range is `[ptr, ptr + len)` of {@link Scanner.memory}; it does not wrap, and
 * nothing here remembers one call in the next: what a line that spans two ranges
 * needs is `atLineStart` and the caller's own sum.
 *
 * @module
 */

import { createPlainScanner } from "./plain_scanner.ts";
import { SCANNER_WASM_BASE64 } from "./scanner_wasm.ts";

/** What one pass over a range finds. Offsets count from its start; -1: none. */
export interface Scan {
  /** Line feeds in the range. */
  readonly newlines: number;
  /** Lines beginning in the range whose first byte is `{`. */
  readonly envelopes: number;
  /** The first line beginning in the range with any other byte. */
  readonly firstStray: number;
  readonly firstNewline: number;
  readonly lastNewline: number;
}

/** Memory, and what can be asked about ranges of it. */
export interface Scanner {
  /** Exactly the bytes asked for; never moves or grows. */
  readonly memory: Uint8Array<ArrayBuffer>;
  /** Whether SIMD does the work. */
  readonly isSimd: boolean;

  /** @returns How many line feeds the range holds. */
  countNewlines(ptr: number, len: number): number;

  /**
   * Everything the relay asks about a chunk, in one pass.
   * @param atLineStart Whether the byte before the range ended a line.
   */
  scan(ptr: number, len: number, atLineStart: boolean): Scan;

  /**
   * Like {@link Scan.firstStray}, but stops there: to walk from stray to stray.
   * @returns The offset, or -1.
   */
  findStray(ptr: number, len: number, atLineStart: boolean): number;

  /**
   * @param nth Counted from 1.
   * @returns The offset just after that line feed, or -1.
   */
  findNewline(ptr: number, len: number, nth: number): number;

  /** @returns The offset of the last line feed, or -1. */
  findLastNewline(ptr: number, len: number): number;

  /**
   * Checks the line limit. The start and the end of the range count like line
   * feeds, so a range of at most `limitBytes` never has one. Costs little where
   * lines are short: it looks only at as much as is needed from each limit back.
   * @param limitBytes Without the line feed; at least 0.
   * @returns Where the first stretch of more bytes begins, or -1.
   */
  findLongLine(ptr: number, len: number, limitBytes: number): number;
}

/** The exports of scanner.wat. */
interface Exports {
  countNewlines(ptr: number, len: number): number;
  scan(ptr: number, len: number, atLineStart: number, result: number): void;
  findStray(ptr: number, len: number, atLineStart: number): number;
  findNewline(ptr: number, len: number, nth: number): number;
  findLastNewline(ptr: number, len: number): number;
  findLongLine(ptr: number, len: number, limitBytes: number): number;
}

const PAGE_BYTES = 65536;

/**
 * @param memoryBytes At most 1 GiB. The system hands pages out as they are used.
 *
 * @example
 * ```ts
 * const scanner = createScanner(1024);
 * new TextEncoder().encodeInto('{"data":1}\n{"data":2}\n', scanner.memory);
 * if (scanner.countNewlines(0, 22) !== 2) throw new Error();
 * ```
 */
export function createScanner(memoryBytes: number): Scanner {
  const bytes = Uint8Array.from(
    atob(SCANNER_WASM_BASE64),
    (character) => character.charCodeAt(0),
  );
  return WebAssembly.validate(bytes)
    ? createSimdScanner(bytes, memoryBytes)
    : createPlainScanner(memoryBytes);
}

function createSimdScanner(
  module: Uint8Array<ArrayBuffer>,
  memoryBytes: number,
): Scanner {
  // The page behind the ring takes results and reads past the end of a range.
  const resultPtr = Math.ceil(memoryBytes / PAGE_BYTES) * PAGE_BYTES;
  const pages = resultPtr / PAGE_BYTES + 1;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module), {
    scanner: { memory },
  });
  const wasm = instance.exports as unknown as Exports;
  const buffer = memory.buffer as ArrayBuffer;
  const result = new Int32Array(buffer, resultPtr, 5);
  return {
    memory: new Uint8Array(buffer, 0, memoryBytes),
    isSimd: true,
    countNewlines: wasm.countNewlines,
    scan(ptr, len, atLineStart) {
      wasm.scan(ptr, len, atLineStart ? 1 : 0, resultPtr);
      return {
        newlines: result[0],
        envelopes: result[1],
        firstStray: result[2],
        firstNewline: result[3],
        lastNewline: result[4],
      };
    },
    findStray: (ptr, len, atLineStart) =>
      wasm.findStray(ptr, len, atLineStart ? 1 : 0),
    findNewline: wasm.findNewline,
    findLastNewline: wasm.findLastNewline,
    findLongLine: wasm.findLongLine,
  };
}
