/**
 * Writes rows that follow each other without looking at them in JavaScript: some five
 * times faster than change_lines.ts, and warm from the first row.
 *
 * What comes from the server is gathered in WebAssembly memory, and lines are written
 * there. A row that is out of the ordinary is left alone, and change_lines.ts writes
 * it: arrays, bytes, large values, years before Christ, large columns that an update
 * left alone. So are all rows where the engine has no SIMD.
 *
 * @module
 */

import type { RowShape } from "../row_shape.ts";
import { QUICK_ROWS_WASM_BASE64 } from "./quick_rows_wasm.ts";

const PAGE_BYTES = 65_536;
/** Plans of tables; one that has no room is written by change_lines.ts. */
const PLAN_BYTES = 4 * PAGE_BYTES;
const PLANS_PTR = 1024;
const INPUT_PTR = PLANS_PTR + PLAN_BYTES;
/** What a socket is read for at once, and the rest of what was read before. */
const INPUT_BYTES = 24 * PAGE_BYTES;
/** As ChangeLines has them. */
const OUTPUT_COUNT = 3;
/** Of an output, room for vectors that overrun the end. */
const OVERRUN_BYTES = 64;
/** A tail's longest place in a plan. */
const MAX_TAIL_BYTES = 4096;
const HEAD_BYTES = 32;
const CELL_BYTES = 16;

/** As quick_rows.wat numbers them; what isn't here is left to change_lines.ts. */
const KINDS: Readonly<Record<string, number>> = {
  left_out: 0,
  number: 1,
  int64: 2,
  float: 3,
  plain: 4,
  text: 5,
  json: 6,
  timestamp: 7,
  timestamptz: 8,
  boolean: 9,
  masked: 10,
};

/** The exports of quick_rows.wat. */
interface Exports {
  changes: WriteRows;
  copies: WriteRows;
  lineEnd(): number;
  index(): number;
  count(): number;
  lastRow(): number;
}

type WriteRows = (
  at: number,
  end: number,
  plan: number,
  out: number,
  enough: number,
  stop: number,
  index: number,
) => number;

/** Where rows come from, and how far the lines are. */
export interface Rows {
  /** Messages of the server, in {@link QuickRows.input}. */
  readonly bytes: Uint8Array;
  readonly at: number;
  /** A buffer of {@link QuickRows.nextOutput}, and how much of it is written. */
  readonly output: Uint8Array;
  readonly length: number;
  /** Enough when the lines are as long as that. */
  readonly enoughBytes: number;
  /** Of the row before; for COPY that of all rows. */
  readonly index: number;
}

/** What was written. */
export interface Written {
  /** How many lines; 0: the next row is not for here. */
  readonly count: number;
  /** Where the next message begins. */
  readonly at: number;
  readonly length: number;
  readonly index: number;
  /** Where the last row began. */
  readonly lastRow: number;
}

let compiled: WebAssembly.Module | null | undefined;

/** @returns `null` where the engine has no SIMD. */
function compile(): WebAssembly.Module | null {
  const bytes = Uint8Array.fromBase64(QUICK_ROWS_WASM_BASE64);
  return WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : null;
}

/** One per stream of rows: its memory is theirs alone. */
export class QuickRows {
  /** Where messages are gathered. */
  readonly input: Uint8Array;
  readonly #outputs: Uint8Array[];
  readonly #memory: Uint8Array;
  readonly #words: DataView;
  readonly #plans = new Map<RowShape, number>();
  #turn = 0;
  #nextPlan = PLANS_PTR;

  private constructor(
    private readonly wasm: Exports,
    buffer: ArrayBuffer,
    outputBytes: number,
  ) {
    this.#memory = new Uint8Array(buffer);
    this.#words = new DataView(buffer);
    this.input = new Uint8Array(buffer, INPUT_PTR, INPUT_BYTES);
    this.#outputs = Array.from(
      { length: OUTPUT_COUNT },
      (_, i) =>
        new Uint8Array(
          buffer,
          INPUT_PTR + INPUT_BYTES + i * (outputBytes + OVERRUN_BYTES) +
            OVERRUN_BYTES,
          outputBytes,
        ),
    );
  }

  /** @returns `undefined` where the engine can't. */
  static create(outputBytes: number): QuickRows | undefined {
    compiled ??= compile();
    if (compiled === null) return undefined;
    const bytes = INPUT_PTR + INPUT_BYTES +
      OUTPUT_COUNT * (outputBytes + OVERRUN_BYTES) + OVERRUN_BYTES * 2;
    const pages = Math.ceil(bytes / PAGE_BYTES);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const { exports } = new WebAssembly.Instance(compiled, {
      rows: { memory },
    });
    return new QuickRows(
      exports as unknown as Exports,
      memory.buffer as ArrayBuffer,
      outputBytes,
    );
  }

  /** Buffers for lines, by turns. */
  nextOutput(): Uint8Array {
    this.#turn = (this.#turn + 1) % OUTPUT_COUNT;
    return this.#outputs[this.#turn];
  }

  /** Whether bytes lie where they can be worked on. */
  has(bytes: Uint8Array): boolean {
    return bytes.buffer === this.#memory.buffer;
  }

  /**
   * How rows of a table look here.
   *
   * @returns 0 when they are not for here.
   */
  planOf(shape: RowShape, oid: number): number {
    let plan = this.#plans.get(shape);
    if (plan === undefined) {
      plan = this.#write(shape, oid);
      this.#plans.set(shape, plan);
    }
    return plan;
  }

  /**
   * How lines end from now on.
   *
   * @param place The end of all, with the place of the index in it.
   * @param digitBack From its end back to the last digit of the index.
   */
  setTails(
    plan: number,
    insert: Uint8Array,
    update: Uint8Array,
    place: Uint8Array,
    digitBack: number,
  ): boolean {
    const words = this.#words;
    const longest = Math.max(insert.length, update.length) + place.length + 1;
    if (longest > MAX_TAIL_BYTES) return false;
    for (const [at, opening] of [[8, insert], [16, update]] as const) {
      const ptr = words.getInt32(plan + at, true);
      this.#memory[ptr] = 0x7d;
      this.#memory.set(opening, ptr + 1);
      this.#memory.set(place, ptr + 1 + opening.length);
      words.setInt32(plan + at + 4, 1 + opening.length + place.length, true);
    }
    words.setInt32(plan + 24, digitBack, true);
    return true;
  }

  /** Inserts and updates, as long as they follow each other. */
  changes(plan: number, rows: Rows): Written {
    return this.#run(this.wasm.changes, plan, rows);
  }

  /** Rows of COPY. */
  copies(plan: number, rows: Rows): Written {
    return this.#run(this.wasm.copies, plan, rows);
  }

  #run(write: WriteRows, plan: number, rows: Rows): Written {
    const { bytes, at, output, length, enoughBytes, index } = rows;
    const { wasm } = this;
    const from = bytes.byteOffset;
    const to = output.byteOffset;
    const next = write(
      from + at,
      from + bytes.length,
      plan,
      to + length,
      to + enoughBytes,
      to + output.length,
      index,
    );
    return {
      count: wasm.count(),
      at: next - from,
      length: wasm.lineEnd() - to,
      index: wasm.index() >>> 0,
      lastRow: wasm.lastRow() - from,
    };
  }

  /** Writes a plan; its tails come later. */
  #write({ cells }: RowShape, oid: number): number {
    const kinds = cells.map(({ kind }) => KINDS[kind ?? ""]);
    if (kinds.every((kind) => !kind) || kinds.includes(undefined as never)) {
      return 0;
    }
    const first = kinds.findIndex((kind) => kind > 0);
    const labels = cells.map(({ label, nextLabel }, i) =>
      i === first ? beginning(label) : nextLabel
    );
    const labelBytes = labels.reduce((sum, label) => sum + label.length, 0);
    const cellsBytes = cells.length * CELL_BYTES;
    const plan = this.#nextPlan;
    const labelsAt = plan + HEAD_BYTES + cellsBytes;
    const tailsAt = labelsAt + labelBytes + OVERRUN_BYTES;
    const end = tailsAt + 2 * (MAX_TAIL_BYTES + OVERRUN_BYTES);
    if (end > INPUT_PTR) return 0;
    this.#nextPlan = Math.ceil(end / 16) * 16;
    const words = this.#words;
    words.setInt32(plan, cells.length, true);
    words.setUint32(plan + 4, oid, false);
    words.setInt32(plan + 8, tailsAt, true);
    words.setInt32(plan + 16, tailsAt + MAX_TAIL_BYTES + OVERRUN_BYTES, true);
    // Quotes, "null", "false", "***" and whole vectors, besides what is in the row.
    const mostBytes = labelBytes + cells.length * 8 + MAX_TAIL_BYTES +
      OVERRUN_BYTES;
    words.setInt32(plan + 28, mostBytes, true);
    let at = labelsAt;
    for (const [i, label] of labels.entries()) {
      const cell = plan + HEAD_BYTES + i * CELL_BYTES;
      words.setInt32(cell, kinds[i], true);
      words.setInt32(cell + 4, at, true);
      words.setInt32(cell + 8, label.length, true);
      this.#memory.set(label, at);
      at += label.length;
    }
    return plan;
  }
}

/** What a line begins with. */
function beginning(label: Uint8Array): Uint8Array {
  const start = new TextEncoder().encode('{"data":{');
  const whole = new Uint8Array(start.length + label.length);
  whole.set(start);
  whole.set(label, start.length);
  return whole;
}
