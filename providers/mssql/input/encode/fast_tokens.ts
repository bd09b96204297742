/**
 * The driver's reader of answers, with a faster way for the rows of changes.
 *
 * It replaces one method of a connection, and reads with the driver's own parser
 * all that is no such row. The version of the driver is fixed in deno.json.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import type { Connection } from "tedious";
import streamParser, {
  type TokenReader,
} from "tedious/lib/token/stream-parser.js";
import { NotEnoughDataError } from "tedious/lib/token/helpers.js";
import { TYPE } from "tedious/lib/token/token.js";
import { NBCRowTokenReader } from "tedious/lib/token/nbcrow-token-parser.js";
import { RowTokenReader } from "tedious/lib/token/row-token-parser.js";
import { readValue } from "tedious/lib/value-parser.js";
import { isLeftToDriver, MAX_ROW_BYTES } from "./fast_rows.ts";
import type { FastRows, WireColumn, WireReader } from "./fast_rows.ts";

/** Who takes rows in the faster way; asked once for each result set. */
export type FastSink = (
  columns: readonly WireColumn[],
  reader: WireReader,
) => FastTarget | undefined;

/** Where rows of one result set go. */
export interface FastTarget {
  readonly rows: FastRows;
  /** Called after each row that went to `rows`. */
  added(): void;
}

// A bundler and the runtime don't agree on what a CommonJS module exports.
const StreamParser = streamParser.default ?? streamParser;
type Parser = InstanceType<typeof StreamParser>;

/** Bytes are asked for from the driver's parser by throwing. */
function missing(bytes: number): never {
  throw new NotEnoughDataError(bytes);
}

/** Makes a connection read in the faster way while `sinkOf` returns a sink. */
export function installFastTokens(
  connection: Connection,
  sinkOf: () => FastSink | undefined,
): void {
  const original = connection.createTokenStreamParser.bind(connection);
  connection.createTokenStreamParser = (message, handler) => {
    const sink = sinkOf();
    if (sink === undefined) return original(message, handler);
    const { options } = connection.config;
    const parser = new FastParser(options, sink);
    // deno-lint-ignore no-explicit-any
    return new FastTokens(parser, message as any, handler as any) as any;
  };
}

interface Handler {
  [name: string]: (token: unknown) => void;
}

/** As the driver's own: emits `end` or `error`. */
class FastTokens extends EventEmitter {
  #isPaused = false;
  #onResume: (() => void) | undefined;

  constructor(
    parser: FastParser,
    message: AsyncIterable<Buffer>,
    handler: Handler,
  ) {
    super();
    this.#run(parser, message, handler).then(
      () => queueMicrotask(() => this.emit("end")),
      (error) => queueMicrotask(() => this.emit("error", error)),
    );
  }

  async #run(
    parser: FastParser,
    message: AsyncIterable<Buffer>,
    handler: Handler,
  ): Promise<void> {
    const iterator = message[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await iterator.next();
      if (done) break;
      parser.write(value);
      for (;;) {
        while (this.#isPaused) {
          await new Promise<void>((resolve) => this.#onResume = resolve);
        }
        const token = parser.read();
        if (token === undefined) break;
        handler[token.handlerName](token);
      }
    }
    parser.end();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#onResume?.();
    this.#onResume = undefined;
  }
}

/** Rows of a result set that the sink wants don't become tokens. */
class FastParser extends StreamParser {
  readonly #sink: FastSink;
  readonly #reader: WireReader;
  #known: unknown;
  #row: FastRowReader | undefined;
  #nbcRow: FastRowReader | undefined;

  constructor(options: Parser["options"], sink: FastSink) {
    super(options);
    this.#sink = sink;
    this.#reader = {
      missing,
      value: (buffer, at, column) =>
        // deno-lint-ignore no-explicit-any
        readValue(buffer, at, column as any, options) as any,
    };
  }

  override readToken() {
    const type = this.buffer[this.position];
    const isNbc = type === TYPE.NBCROW;
    if (!isNbc && type !== TYPE.ROW) return super.readToken();
    if (this.#known !== this.colMetadata) this.#begin();
    const reader = isNbc ? this.#nbcRow : this.#row;
    return reader === undefined
      ? super.readToken()
      : this.startTokenReader(reader as unknown as TokenReader);
  }

  #begin(): void {
    this.#known = this.colMetadata;
    const columns = this.colMetadata as unknown as readonly WireColumn[];
    const target = this.#sink(columns, this.#reader);
    const make = (isNbc: boolean) =>
      target && new FastRowReader(target, columns, isNbc);
    this.#row = make(false);
    this.#nbcRow = make(true);
  }
}

/** Begins a row anew when bytes are missing; a large one goes to the driver. */
class FastRowReader {
  #slow: TokenReader | undefined;

  constructor(
    readonly target: FastTarget,
    readonly columns: readonly WireColumn[],
    readonly isNbc: boolean,
  ) {}

  read(parser: Parser): unknown {
    if (this.#slow === undefined) {
      try {
        return this.#readFast(parser);
      } catch (error) {
        const isLarge = isLeftToDriver(error) ||
          parser.buffer.length - parser.position > MAX_ROW_BYTES;
        if (!isLarge) throw error;
        this.#slow = this.isNbc
          ? new NBCRowTokenReader()
          : new RowTokenReader();
      }
    }
    const token = this.#slow.read(parser);
    this.#slow = undefined;
    return token;
  }

  #readFast(parser: Parser): undefined {
    const { buffer, position } = parser;
    const bitmapBytes = this.isNbc ? (this.columns.length + 7) >> 3 : 0;
    const begin = position + bitmapBytes;
    if (buffer.length < begin) missing(begin);
    const nulls = this.isNbc ? buffer.subarray(position, begin) : undefined;
    const { rows } = this.target;
    parser.position = rows.read(buffer, begin, this.columns, nulls);
    this.target.added();
  }
}
