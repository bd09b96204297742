/**
 * `csv` and `tsv`: the members of the data as fields, quoted as RFC 4180 says.
 *
 * Values are taken from the text of the envelope, so numbers keep their digits. A
 * text is written as it is, null as nothing, objects and lists as JSON.
 *
 * Inside, texts have one character per byte ("Latin-1"), whatever they say: then
 * a place in the bytes is the same place in the text, and nothing is decoded.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { ConfigError, type OutputBatch } from "@dstream/sdk";
import { JsonLines, type Region } from "@dstream/sdk/files";
import { type Encoder, linesOf } from "./encoder.ts";

const LINE_FEED = 0x0a;

/** What a config says about delimited text. */
export interface CsvOptions {
  readonly delimiter: string;
  /** Given: other keys are left out. Else those of the first envelope. */
  readonly columns: readonly string[] | undefined;
}

export class CsvEncoder implements Encoder {
  readonly recordKind = "csv";
  readonly #jsonLines: JsonLines;
  readonly #delimiter: string;
  readonly #needsQuotes: RegExp;
  readonly #isSelection: boolean;
  readonly #members: number[] = [];
  #columns: readonly string[] | undefined;
  #output = Buffer.alloc(0);

  /**
   * @param maxBatchBytes The longest batch; a single long line counts too.
   * @param jsonLines With a region of that size, for encoders that share one.
   */
  constructor(
    { delimiter, columns }: CsvOptions,
    maxBatchBytes: number,
    jsonLines: JsonLines = new JsonLines([maxBatchBytes]),
  ) {
    this.#jsonLines = jsonLines;
    this.#delimiter = delimiter;
    const escaped = delimiter.replace(/[\\\]^-]/, "\\$&");
    this.#needsQuotes = new RegExp(`[${escaped}"\\r\\n]`);
    this.#isSelection = columns !== undefined;
    this.#columns = columns?.map(toByteText);
  }

  encode(batch: OutputBatch, from = 0, to = batch.count): Uint8Array {
    const [input] = this.#jsonLines.regions;
    const bytes = linesOf(batch, from, to);
    input.bytes.set(bytes);
    const text = byteText(bytes);
    let rows = "";
    for (let index = from, at = 0; index < to; index++) {
      const data = this.#jsonLines.findData(input, at);
      at = input.bytes.indexOf(LINE_FEED, data?.lineFeed ?? at) + 1;
      const row = data === undefined
        ? this.#parsedRow(batch, index)
        : this.#row(new Members(input, data.from, text, this.#jsonLines));
      if (typeof row === "string") rows += row;
      else if (row !== undefined) batch.reject(index, row.reason, "not_a_row");
    }
    return this.#encodeText(rows);
  }

  header(): Uint8Array | undefined {
    if (this.#columns === undefined) return undefined;
    return Buffer.from(this.#join(this.#columns), "latin1");
  }

  adopt(path: string, begin: Uint8Array): void {
    const text = byteText(begin).replace(/^\xef\xbb\xbf/, "");
    const found = parseRecord(text, this.#delimiter);
    this.#columns ??= found;
    const isSame = found.length === this.#columns.length &&
      found.every((name, index) => name === this.#columns![index]);
    if (isSame) return;
    throw new ConfigError(
      this.#isSelection ? "columns" : "path",
      `the columns of ${JSON.stringify(path)} are others: ${
        found.map(fromByteText).join(", ")
      }`,
      "choose another path, or the same columns",
    );
  }

  #encodeText(text: string): Uint8Array {
    if (this.#output.length < text.length) {
      this.#output = Buffer.alloc(2 * text.length);
    }
    this.#output.write(text, "latin1");
    return this.#output.subarray(0, text.length);
  }

  /** A line of an unusual shape, or no envelope at all. */
  #parsedRow(batch: OutputBatch, index: number) {
    const text = batch.dataText(index);
    if (text === undefined) return undefined; // rejected
    const bytes = new TextEncoder().encode(`${text}\n`);
    const jsonLines = new JsonLines([bytes.length]);
    const [region] = jsonLines.regions;
    region.bytes.set(bytes);
    return this.#row(new Members(region, 0, byteText(bytes), jsonLines));
  }

  #row(members: Members): string | { readonly reason: string } {
    const count = members.read(this.#members);
    if (count < 0) return { reason: "the data is no object" };
    this.#columns ??= members.keys(this.#members, count);
    const values = this.#inOrder(members, count);
    return typeof values === "string"
      ? { reason: `${JSON.stringify(fromByteText(values))} is no column` }
      : this.#join(values);
  }

  /** One text per column, or the key that has none. */
  #inOrder(members: Members, count: number): string[] | string {
    const columns = this.#columns!;
    const values: string[] = new Array(columns.length).fill("");
    for (let index = 0; index < count; index++) {
      const key = members.key(this.#members, index);
      // Nearly always the keys come in the order of the columns.
      const column = columns[index] === key ? index : columns.indexOf(key);
      if (column >= 0) values[column] = members.value(this.#members, index);
      else if (!this.#isSelection) return key;
    }
    return values;
  }

  #join(values: readonly string[]): string {
    let row = "";
    for (let index = 0; index < values.length; index++) {
      if (index > 0) row += this.#delimiter;
      const value = values[index];
      row += this.#needsQuotes.test(value)
        ? `"${value.replaceAll('"', '""')}"`
        : value;
    }
    // An empty line would be no record.
    return row === "" ? '""\n' : `${row}\n`;
  }
}

/** The members of one object as texts. */
class Members {
  constructor(
    readonly region: Region,
    readonly from: number,
    /** All of the region, a character per byte. */
    readonly text: string,
    readonly jsonLines: JsonLines,
  ) {}

  read(members: number[]): number {
    return this.jsonLines.findMembers(this.region, this.from, members);
  }

  keys(members: readonly number[], count: number): string[] {
    const keys = Array.from({ length: count }, (_, i) => this.key(members, i));
    return [...new Set(keys)];
  }

  key(members: readonly number[], index: number): string {
    return unquote(this.#text(members[index * 4], members[index * 4 + 1]));
  }

  value(members: readonly number[], index: number): string {
    const text = this.#text(members[index * 4 + 2], members[index * 4 + 3]);
    if (text.charCodeAt(0) === 0x22) return unquote(text);
    return text === "null" ? "" : text;
  }

  #text(from: number, to: number): string {
    return this.text.slice(from, to);
  }
}

/** The text of a JSON string. */
function unquote(json: string): string {
  if (!json.includes("\\")) return json.slice(1, -1);
  return toByteText(JSON.parse(fromByteText(json)));
}

/** Bytes as a text with a character for each. */
function byteText(bytes: Uint8Array): string {
  const { buffer, byteOffset, length } = bytes;
  return Buffer.from(buffer as ArrayBuffer, byteOffset, length).toString(
    "latin1",
  );
}

function toByteText(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

function fromByteText(text: string): string {
  return Buffer.from(text, "latin1").toString("utf8");
}

/** The fields of the first record of a text. */
function parseRecord(text: string, delimiter: string): string[] {
  const fields: string[] = [];
  for (let at = 0;;) {
    const isQuoted = text[at] === '"';
    let value = "";
    if (isQuoted) {
      for (at++; at < text.length; at++) {
        if (text[at] === '"' && text[++at] !== '"') break;
        value += text[at];
      }
    } else {
      const start = at;
      while (at < text.length && !`${delimiter}\r\n`.includes(text[at])) at++;
      value = text.slice(start, at);
    }
    fields.push(value);
    if (text[at] !== delimiter) return fields;
    at++;
  }
}
