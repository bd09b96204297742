/**
 * Checks JSON Lines and turns them into envelope lines and back, byte by byte.
 *
 * A payload is moved, never parsed and written again: its digits, its spaces and
 * its escapes stay as they were, at about 2 GB/s where JSON.parse alone does 0.4.
 * The work is done by json_lines.wat in memory of its own, so what is to be looked
 * at is read straight into a {@link Region} of it.
 *
 * Text that is no UTF-8 passes: who must know asks `isUtf8` of `node:buffer`.
 *
 * @module
 */

import { JSON_LINES_WASM_BASE64 } from "./json_lines_wasm.ts";

/** A part of the memory; it never moves. */
export interface Region {
  readonly ptr: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What {@link JsonLines.wrap} did. Offsets count from the begin of the regions. */
export interface Wrapped {
  /** Everything was read, a line is not JSON, or the output is full. */
  readonly status: "done" | "invalid" | "full";
  /** Where reading stopped: the begin of a line. */
  readonly consumedTo: number;
  /** Where writing stopped. */
  readonly writtenTo: number;
  /** Lines read, blank ones included. */
  readonly passedLines: number;
  /** Envelopes written. */
  readonly writtenLines: number;
  /** Where the line stops being JSON, if it does. */
  readonly errorAt: number;
}

/** What {@link JsonLines.unwrap} did. */
export interface Unwrapped {
  /** Where reading stopped: the end, or the begin of a line of another shape. */
  readonly consumedTo: number;
  readonly writtenTo: number;
  readonly writtenLines: number;
}

interface Exports {
  value(at: number): number;
  wrap(
    at: number,
    end: number,
    to: number,
    toEnd: number,
    head: number,
    headLength: number,
    middle: number,
    middleLength: number,
    line: bigint,
    result: number,
  ): number;
  unwrap(at: number, end: number, to: number, result: number): void;
  envelope(at: number, result: number): number;
  locate(at: number, end: number, table: number, tableEnd: number): number;
  members(at: number, table: number, tableEnd: number): number;
  count(at: number, end: number, result: number): void;
}

const PAGE_BYTES = 65_536;
/** Open brackets, then templates, results and the table of members. */
const TEMPLATE_PTR = PAGE_BYTES;
const RESULT_PTR = 2 * PAGE_BYTES;
const TABLE_PTR = RESULT_PTR + 64;
const TABLE_END = 4 * PAGE_BYTES;
const FIRST_REGION_PTR = 5 * PAGE_BYTES;
/** Of a line in {@link JsonLines.locate}. */
const SPAN_INTS = 5;
/** The vectors look this far past a range, and one too many is written. */
const SLACK_BYTES = 64;
const STATUSES = ["done", "invalid", "full"] as const;

/**
 * The module with its memory.
 *
 * @example
 * ```ts
 * const lines = new JsonLines([1024, 1024]);
 * const [input, output] = lines.regions;
 * const { written } = new TextEncoder().encodeInto("[1.50]\n", input.bytes);
 * lines.setTemplate('{"data":', ',"metadata":{"line":');
 * const { writtenTo } = lines.wrap(input, 0, written, output, 0, 7);
 * const text = new TextDecoder().decode(output.bytes.subarray(0, writtenTo));
 * if (text !== '{"data":[1.50],"metadata":{"line":7}}\n') throw new Error(text);
 * ```
 */
export class JsonLines {
  readonly regions: readonly Region[];
  readonly #wasm: Exports;
  readonly #memory: Uint8Array<ArrayBuffer>;
  readonly #results: Int32Array<ArrayBuffer>;
  readonly #table: Int32Array<ArrayBuffer>;
  #headLength = 0;
  #middleLength = 0;

  /**
   * @param regionBytes The size of each region, 2 GiB together. The system hands
   * pages out as they are used, so room for the longest line costs nothing.
   */
  constructor(regionBytes: readonly number[]) {
    const { ptrs, endPtr } = layOut(regionBytes);
    const pages = Math.ceil(endPtr / PAGE_BYTES);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const module = new WebAssembly.Module(decodeModule());
    const instance = new WebAssembly.Instance(module, { lines: { memory } });
    this.#wasm = instance.exports as unknown as Exports;
    const buffer = memory.buffer as ArrayBuffer;
    this.#memory = new Uint8Array(buffer);
    this.#results = new Int32Array(buffer, RESULT_PTR, 8);
    this.#table = new Int32Array(
      buffer,
      TABLE_PTR,
      (TABLE_END - TABLE_PTR) / 4,
    );
    this.regions = ptrs.map((ptr, index) => ({
      ptr,
      bytes: new Uint8Array(buffer, ptr, regionBytes[index]),
    }));
  }

  /**
   * What {@link wrap} puts around a value: `head`, value, `middle`, the line's
   * number, `}}`. Both together are at most 32 KiB of UTF-8.
   */
  setTemplate(head: string, middle: string): void {
    const headBytes = new TextEncoder().encode(head);
    const middleBytes = new TextEncoder().encode(middle);
    const room = PAGE_BYTES - SLACK_BYTES;
    if (headBytes.length + middleBytes.length > room / 2) {
      throw new RangeError(`template of more than ${room / 2} bytes`);
    }
    this.#memory.set(headBytes, TEMPLATE_PTR);
    this.#memory.set(middleBytes, TEMPLATE_PTR + PAGE_BYTES / 2);
    this.#headLength = headBytes.length;
    this.#middleLength = middleBytes.length;
  }

  /**
   * JSON values, one a line, into lines of envelopes. Blanks around a value and
   * blank lines are left out.
   * @param to The range read ends here, with a line feed.
   * @param line The number of the first line.
   */
  wrap(
    input: Region,
    from: number,
    to: number,
    output: Region,
    outputFrom: number,
    line: number,
  ): Wrapped {
    const status = this.#wasm.wrap(
      input.ptr + from,
      input.ptr + to,
      output.ptr + outputFrom,
      output.ptr + output.bytes.length,
      TEMPLATE_PTR,
      this.#headLength,
      TEMPLATE_PTR + PAGE_BYTES / 2,
      this.#middleLength,
      BigInt(line),
      RESULT_PTR,
    );
    const results = this.#results;
    return {
      status: STATUSES[status],
      consumedTo: results[0] - input.ptr,
      writtenTo: results[1] - output.ptr,
      passedLines: results[2],
      writtenLines: results[3],
      errorAt: results[4] - input.ptr,
    };
  }

  /**
   * The payloads of envelope lines, one a line. Takes lines of the usual shape
   * alone: an object with the keys `data` and `metadata` in this order, the
   * latter an object, and valid JSON all through.
   * @param output Needs as much room as the range read.
   */
  unwrap(
    input: Region,
    from: number,
    to: number,
    output: Region,
    outputFrom: number,
  ): Unwrapped {
    const { ptr } = input;
    const target = output.ptr + outputFrom;
    this.#wasm.unwrap(ptr + from, ptr + to, target, RESULT_PTR);
    const results = this.#results;
    return {
      consumedTo: results[0] - ptr,
      writtenTo: results[1] - output.ptr,
      writtenLines: results[2],
    };
  }

  /**
   * Where the data of one envelope line of the usual shape lies.
   * @returns Begin, end and the line feed's place, or `undefined`.
   */
  findData(
    input: Region,
    from: number,
  ): { from: number; to: number; lineFeed: number } | undefined {
    const lineFeed = this.#wasm.envelope(input.ptr + from, RESULT_PTR);
    if (lineFeed < 0) return undefined;
    return {
      from: this.#results[0] - input.ptr,
      to: this.#results[1] - input.ptr,
      lineFeed: lineFeed - input.ptr,
    };
  }

  /**
   * The parts of envelope lines of the usual shape, up to the first line of
   * another: five offsets each, of the data (begin, end), of the metadata (begin,
   * end) and of the line feed. A few thousand lines at a time.
   *
   * @param spans Gets them from `at` on, counted from the begin of the region.
   * @returns How many lines.
   */
  locate(
    input: Region,
    from: number,
    to: number,
    spans: Int32Array,
    at: number,
  ): number {
    const { ptr } = input;
    const tableEnd = TABLE_END - SPAN_INTS * 4;
    const count = this.#wasm.locate(ptr + from, ptr + to, TABLE_PTR, tableEnd);
    for (let index = 0; index < count * SPAN_INTS; index++) {
      spans[at + index] = this.#table[index] - ptr;
    }
    return count;
  }

  /**
   * The members of the object at `from`: four offsets each, of the key with its
   * quotes (begin, end) and of the value. The array is overwritten by the next
   * call and counts from the begin of the region.
   * @returns How many, or -1: no object, or more than 8,000 members.
   */
  findMembers(input: Region, from: number, members: number[]): number {
    const count = this.#wasm.members(
      input.ptr + from,
      TABLE_PTR,
      TABLE_END - 16,
    );
    for (let index = 0; index < count * 4; index++) {
      members[index] = this.#table[index] - input.ptr;
    }
    return count;
  }

  /**
   * Counts lines up to the first that doesn't begin with `{`.
   * @returns Where that line begins, or `to`.
   */
  countEnvelopes(
    input: Region,
    from: number,
    to: number,
  ): { readonly consumedTo: number; readonly lines: number } {
    this.#wasm.count(input.ptr + from, input.ptr + to, RESULT_PTR);
    return {
      consumedTo: this.#results[0] - input.ptr,
      lines: this.#results[1],
    };
  }
}

function layOut(regionBytes: readonly number[]) {
  let endPtr = FIRST_REGION_PTR;
  const ptrs = regionBytes.map((bytes) => {
    const ptr = endPtr;
    endPtr = Math.ceil((ptr + bytes + SLACK_BYTES) / SLACK_BYTES) * SLACK_BYTES;
    return ptr;
  });
  return { ptrs, endPtr: endPtr + SLACK_BYTES };
}

function decodeModule(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    atob(JSON_LINES_WASM_BASE64),
    (character) => character.charCodeAt(0),
  );
}
