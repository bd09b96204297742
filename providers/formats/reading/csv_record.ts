/**
 * One record of delimited text, as RFC 4180 has it, as places of its fields.
 *
 * Wider than the RFC where real files are: any one-byte delimiter, LF and CRLF,
 * and a quote inside a field that doesn't begin with one is an ordinary character.
 *
 * @module
 */

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;

/** What kind of text the delimiters are. */
export interface Dialect {
  readonly delimiter: number;
  /** `undefined`: nothing is quoted. */
  readonly quote: number | undefined;
}

/** Why there is no record. */
export type RecordEnd = "record" | "unfinished" | "after_quote";

/** Reads records, one at a time, into arrays that are used again. */
export class CsvRecord {
  /** Where each field's text begins and ends, quotes left out. */
  readonly from: number[] = [];
  readonly to: number[] = [];
  /** Whether the field holds what JSON escapes, or doubled quotes. */
  readonly isPlain: boolean[] = [];
  readonly isQuoted: boolean[] = [];
  fieldCount = 0;
  /** Line feeds inside of quoted fields. */
  innerLines = 0;
  /** Where the next record begins. */
  next = 0;
  readonly #dialect: Dialect;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  /** Reads the record at `at`, which must end with a line feed before `to`. */
  read(bytes: Uint8Array, at: number, to: number): RecordEnd {
    const { delimiter, quote } = this.#dialect;
    this.fieldCount = 0;
    this.innerLines = 0;
    for (;; at++) {
      const isQuoted = bytes[at] === quote && at < to;
      const end = isQuoted
        ? this.#quoted(bytes, at + 1, to)
        : this.#bare(bytes, at, to);
      if (end >= to) return "unfinished";
      this.isQuoted[this.fieldCount++] = isQuoted;
      at = end;
      if (bytes[at] === delimiter) continue;
      if (bytes[at] === CARRIAGE_RETURN) at++;
      if (at >= to) return "unfinished";
      if (bytes[at] !== LINE_FEED) return "after_quote";
      this.next = at + 1;
      return "record";
    }
  }

  /** @returns The delimiter or line feed after the field. */
  #bare(bytes: Uint8Array, at: number, to: number): number {
    const { delimiter } = this.#dialect;
    const index = this.fieldCount;
    this.from[index] = at;
    let isPlain = true;
    let byte = 0;
    for (; at < to; at++) {
      byte = bytes[at];
      if (byte === delimiter || byte === LINE_FEED) break;
      if (byte < FIRST_PRINTABLE || byte === QUOTE || byte === BACKSLASH) {
        isPlain = false;
      }
    }
    const hasReturn = byte === LINE_FEED && at > this.from[index] &&
      bytes[at - 1] === CARRIAGE_RETURN;
    this.to[index] = hasReturn ? at - 1 : at;
    this.isPlain[index] = isPlain;
    return at;
  }

  /** @returns What is after the closing quote, or `to`. */
  #quoted(bytes: Uint8Array, at: number, to: number): number {
    const { quote } = this.#dialect;
    const index = this.fieldCount;
    this.from[index] = at;
    let isPlain = true;
    for (; at < to; at++) {
      const byte = bytes[at];
      if (byte === quote) {
        if (bytes[at + 1] !== quote || at + 1 >= to) break;
        isPlain = false;
        at++;
      } else if (
        byte < FIRST_PRINTABLE || byte === QUOTE || byte === BACKSLASH
      ) {
        isPlain = false;
        if (byte === LINE_FEED) this.innerLines++;
      }
    }
    this.to[index] = at;
    this.isPlain[index] = isPlain;
    return Math.min(at + 1, to);
  }

  /**
   * Whether a carriage return that no line feed follows is outside of quotes: old
   * Macs ended lines so, and the whole file would be one record.
   */
  hasLoneReturn(bytes: Uint8Array): boolean {
    for (let index = 0; index < this.fieldCount; index++) {
      const field = bytes.subarray(this.from[index], this.to[index]);
      if (!this.isQuoted[index] && field.includes(CARRIAGE_RETURN)) return true;
    }
    return false;
  }

  /** The text of a field. */
  text(bytes: Uint8Array, index: number): string {
    const text = new TextDecoder("utf-8", { ignoreBOM: true })
      .decode(bytes.subarray(this.from[index], this.to[index]));
    if (!this.isQuoted[index]) return text;
    const quote = String.fromCharCode(this.#dialect.quote!);
    return text.replaceAll(quote + quote, quote);
  }
}
