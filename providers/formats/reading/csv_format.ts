/**
 * `csv` and `tsv`: each record becomes an object with the columns as keys and
 * strings as values; blank lines are passed over.
 *
 * Values are moved as bytes: only those that JSON escapes, or with doubled quotes,
 * become a string on the way.
 *
 * @module
 */

import { FinalError } from "@dstream/sdk";
import type { TableSchema } from "@dstream/sdk/changes";
import { CsvRecord } from "./csv_record.ts";
import {
  type Block,
  type Format,
  type HeaderFormat,
  type Problem,
  type Taken,
  takeNothing,
} from "./format.ts";
import type { Origin } from "./origin.ts";
import { isUtf8 } from "./utf8.ts";

/** What a config says about delimited text. */
export interface CsvOptions {
  /** One ASCII character; "," when left out. */
  readonly delimiter?: string;
  /** One ASCII character, `"` when left out; empty: nothing is quoted. */
  readonly quote?: string;
  /** The names of the columns; else the first record has them. */
  readonly columns?: readonly string[];
  /** The first record is no data, even though `columns` are given. */
  readonly header?: boolean;
  /** What `metadata.table` says; the file's name without its endings if left out. */
  readonly table?: string;
}

const NOT_UTF8 = "is not UTF-8";

const REASONS = {
  unfinished: "has a quote that is never closed",
  after_quote: "has text after a closing quote",
};

/** See {@link Format}. */
export class CsvFormat implements Format {
  readonly #origin: Origin;
  readonly #table: string;
  readonly #record: CsvRecord;
  readonly header?: HeaderFormat;
  #columns: Columns | undefined;

  constructor(origin: Origin, options: CsvOptions) {
    const { delimiter = ",", quote = '"', columns, header } = options;
    this.#origin = origin;
    this.#table = options.table ?? stemOf(origin.name);
    this.#record = new CsvRecord({
      delimiter: delimiter.charCodeAt(0),
      quote: quote === "" ? undefined : quote.charCodeAt(0),
    });
    if (header ?? columns === undefined) {
      this.header = { take: (block) => this.#takeHeader(block) };
    }
    if (columns !== undefined) this.#columns = this.#columnsOf(columns);
  }

  /** Of strings, since that is what the values are; once the columns are known. */
  get schema(): TableSchema | undefined {
    return this.#columns?.schema;
  }

  #takeHeader(block: Block): Taken {
    const { input: { bytes }, to } = block;
    const blank = skipBlankLines(bytes, block.from, to);
    const passed = {
      ...takeNothing(block),
      consumedTo: blank.to,
      passedLines: blank.lines,
    };
    const record = this.#record;
    if (blank.to === to) return passed;
    const end = record.read(bytes, blank.to, to);
    if (end === "unfinished" && !block.isEnd) return passed;
    if (end !== "record") {
      throw unusableHeader(this.#origin, `it ${REASONS[end]}`);
    }
    const lines = 1 + record.innerLines;
    const reason = noHeader(bytes, blank.to, record);
    const isNamed = this.#columns !== undefined && reason === NOT_UTF8;
    if (reason !== undefined && !isNamed) {
      const isEncoding = reason === NOT_UTF8;
      const problem = { reason, recordTo: record.next, lines, isEncoding };
      return { ...passed, problem };
    }
    this.#columns ??= this.#columnsOf(this.#names(bytes));
    return {
      ...passed,
      consumedTo: record.next,
      passedLines: blank.lines + lines,
      isHeaderTaken: true,
    };
  }

  take(block: Block): Taken {
    if (this.#columns === undefined) return takeNothing(block);
    const { input: { bytes }, output, from, to } = block;
    const isValid = isUtf8(bytes.subarray(from, to));
    const record = this.#record;
    const target = new Target(output.bytes);
    let at = from;
    let line = block.line;
    let lineCount = 0;
    let problem: Problem | undefined;
    for (;;) {
      const blank = skipBlankLines(bytes, at, to);
      at = blank.to;
      line += blank.lines;
      if (at === to) break;
      const end = record.read(bytes, at, to);
      if (end === "unfinished" && !block.isEnd) break;
      // Not decided before the line's end is there.
      const lineTo = end === "record" ? record.next : lineEnd(bytes, at, to);
      if (lineTo === 0) break;
      problem = this.#problemOf(end, bytes, at, lineTo, isValid);
      if (problem !== undefined) break;
      if (!this.#columns.write(record, bytes, line, target)) {
        if (lineCount === 0) problem = tooLong(record);
        break;
      }
      line += 1 + record.innerLines;
      at = record.next;
      lineCount++;
    }
    return {
      consumedTo: at,
      passedLines: line - block.line,
      lines: output.bytes.subarray(0, target.at),
      lineCount,
      problem,
    };
  }

  #columnsOf(names: readonly string[]): Columns {
    return new Columns(this.#origin, this.#table, names);
  }

  #names(bytes: Uint8Array): string[] {
    const { fieldCount } = this.#record;
    return Array.from(
      { length: fieldCount },
      (_, index) => this.#record.text(bytes, index),
    );
  }

  #problemOf(
    end: ReturnType<CsvRecord["read"]>,
    bytes: Uint8Array,
    at: number,
    recordTo: number,
    isValid: boolean,
  ): Problem | undefined {
    const record = this.#record;
    if (end !== "record") {
      // Where the record ends nobody knows, so it is taken for one line.
      return { reason: REASONS[end], recordTo, lines: 1 };
    }
    const place = { recordTo, lines: 1 + record.innerLines };
    const { length } = this.#columns!;
    if (record.fieldCount !== length) {
      const reason = `has ${record.fieldCount} fields, not ${length}`;
      return { reason, ...place };
    }
    if (isValid || isUtf8(bytes.subarray(at, record.next))) return undefined;
    return { reason: NOT_UTF8, ...place, isEncoding: true };
  }
}

/** Why this can't name columns: then not a line after it would be right. */
function noHeader(bytes: Uint8Array, at: number, record: CsvRecord) {
  const header = bytes.subarray(at, record.next);
  if (header.includes(0)) return "holds NUL bytes: is it UTF-16, or no text?";
  if (record.hasLoneReturn(bytes)) {
    return "has line ends that are a carriage return alone, which is not CSV";
  }
  return isUtf8(header) ? undefined : NOT_UTF8;
}

function tooLong({ next, innerLines }: CsvRecord): Problem {
  const reason = "makes an envelope of more than 16 MiB";
  return { reason, recordTo: next, lines: 1 + innerLines };
}

/** After the line feed of the line at `at`, or 0. */
function lineEnd(bytes: Uint8Array, at: number, to: number): number {
  const index = bytes.subarray(at, to).indexOf(0x0a);
  return index < 0 ? 0 : at + index + 1;
}

function skipBlankLines(bytes: Uint8Array, from: number, to: number) {
  let at = from;
  let lines = 0;
  while (at < to) {
    if (bytes[at] === 0x0a) at += 1;
    else if (at + 1 < to && bytes[at] === 0x0d && bytes[at + 1] === 0x0a) {
      at += 2;
    } else break;
    lines++;
  }
  return { to: at, lines };
}

const ENCODER = new TextEncoder();
const END = ENCODER.encode("}}\n");

/** Bytes being written, as far as there is room. */
class Target {
  at = 0;
  hasRoom = true;

  constructor(readonly bytes: Uint8Array) {}

  /** Short pieces: a loop is faster than `set` with a view. */
  add(source: Uint8Array, from: number, to: number): void {
    const { bytes } = this;
    let at = this.at;
    // Writes past the end of a typed array do nothing.
    for (let index = from; index < to; index++) bytes[at++] = source[index];
    this.hasRoom &&= at <= bytes.length;
    this.at = at;
  }

  addText(text: string): void {
    const { read, written } = ENCODER
      .encodeInto(text, this.bytes.subarray(this.at));
    this.hasRoom &&= read === text.length;
    this.at += written;
  }

  addNumber(number: number): void {
    const text = String(number);
    for (let index = 0; index < text.length; index++) {
      this.bytes[this.at++] = text.charCodeAt(index);
    }
  }

  /** Takes back what was written from `at` on. */
  cut(at: number): void {
    this.at = at;
    this.hasRoom = true;
  }
}

/** The fixed parts of an envelope, between which the values go. */
class Columns {
  readonly length: number;
  readonly schema: TableSchema;
  /** `{"data":{"id":"`, then `","name":"` for each column after the first. */
  readonly #before: readonly Uint8Array[];
  readonly #origin: Origin;
  /** `"},"metadata":{"table":"…","file":"…","line":`, where it is always this one. */
  readonly #after: Uint8Array | undefined;

  constructor(origin: Origin, table: string, names: readonly string[]) {
    refuseAmbiguous(origin, names);
    this.schema = {
      table,
      fields: names.map((name) => ({ name, type: "string" })),
    };
    this.length = names.length;
    this.#before = names.map((name, index) => {
      const key = `${JSON.stringify(name)}:"`;
      return ENCODER.encode(index === 0 ? `{"data":{${key}` : `",${key}`);
    });
    this.#origin = origin;
    if (!origin.hasPositions) this.#after = this.#afterOf(0);
  }

  /** @returns Whether there was room; else nothing is written. */
  write(
    record: CsvRecord,
    bytes: Uint8Array,
    line: number,
    target: Target,
  ): boolean {
    const start = target.at;
    const before = this.#before;
    for (let index = 0; index < before.length; index++) {
      const key = before[index];
      target.add(key, 0, key.length);
      if (record.isPlain[index]) {
        target.add(bytes, record.from[index], record.to[index]);
      } else {
        const json = JSON.stringify(record.text(bytes, index));
        target.addText(json.slice(1, -1));
      }
    }
    const after = this.#after ?? this.#afterOf(line);
    target.add(after, 0, after.length);
    target.addNumber(line);
    target.add(END, 0, END.length);
    if (!target.hasRoom) target.cut(start);
    return target.at > start;
  }

  #afterOf(line: number): Uint8Array {
    const head = this.#origin.head("line", line, this.schema.table);
    return ENCODER.encode(`"},"metadata":${head}`);
  }
}

/** `in/orders.csv.gz` → `orders` */
export function stemOf(file: string): string {
  const name = file.slice(
    Math.max(...["/", "\\"].map((each) => file.lastIndexOf(each))) + 1,
  );
  return name.replace(/(?<=.)\.(gz|zst)$/i, "").replace(/(?<=.)\.[^.]*$/, "");
}

function refuseAmbiguous(origin: Origin, names: readonly string[]): void {
  const seen = new Set<string>();
  for (const [index, name] of names.entries()) {
    const problem = name === ""
      ? `its column ${index + 1} has no name`
      : seen.has(name)
      ? `its column ${JSON.stringify(name)} is there twice`
      : undefined;
    seen.add(name);
    if (problem !== undefined) throw unusableHeader(origin, problem);
  }
}

function unusableHeader(
  { name, configKey: key }: Origin,
  problem: string,
): FinalError {
  return new FinalError(
    "file.header_invalid",
    `cannot use the header of ${JSON.stringify(name)}: ${problem}`,
    { key, hint: "name the columns in the config, with header = true" },
  );
}
