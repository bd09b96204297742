/**
 * An object's bytes → rows, each as the text of its data.
 *
 * @module
 */

import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { DstreamError } from "@dstream/sdk";
import type { TableSchema } from "@dstream/sdk/changes";
import type { ReadFormat } from "./config.ts";
import { type Rows, ROWS_AT_ONCE } from "./row_batch.ts";
import { unzstd } from "./unzstd.ts";

type Bytes = ReadableStream<Uint8Array<ArrayBuffer>>;

/** @throws {DstreamError} for what isn't of the format; what was good comes before. */
export function rowsOf(
  format: ReadFormat,
  key: string,
  bytes: Bytes,
  table: string,
): AsyncIterable<Rows> {
  switch (format) {
    case "parquet":
      return parquetRows(bytes, table);
    case "csv":
    case "tsv":
      return csvRows(unpacked(key, bytes), key, table, format);
    default:
      return lineRows(unpacked(key, bytes), key, format);
  }
}

async function* parquetRows(
  bytes: Bytes,
  table: string,
): AsyncGenerator<Rows> {
  const { readParquet } = await import("./parquet_rows.ts");
  yield* readParquet(bytes, table);
}

/** By its name. */
function unpacked(key: string, bytes: Bytes): AsyncIterable<Uint8Array> {
  if (/\.gz$/i.test(key)) {
    const from = Readable.fromWeb(bytes as unknown as WebStream);
    const unzip = createGunzip();
    from.on("error", (error) => unzip.destroy(error));
    return from.pipe(unzip);
  }
  return /\.zst$/i.test(key) ? unzstd(bytes) : bytes;
}

type WebStream = Parameters<typeof Readable.fromWeb>[0];

async function* lineRows(
  bytes: AsyncIterable<Uint8Array>,
  key: string,
  format: "jsonl" | "envelopes" | "lines",
): AsyncGenerator<Rows> {
  let texts: string[] = [];
  let count = 0;
  for await (const line of linesOf(bytes)) {
    count++;
    if (line.trim() === "") continue;
    texts.push(format === "lines" ? JSON.stringify({ line }) : line);
    if (format !== "lines") assertJson(line, key, count, texts);
    if (texts.length < ROWS_AT_ONCE) continue;
    yield { texts };
    texts = [];
  }
  if (texts.length > 0) yield { texts };
}

function assertJson(
  line: string,
  key: string,
  count: number,
  before: readonly string[],
): void {
  try {
    JSON.parse(line);
  } catch {
    throw new BadRow(`${key}: line ${count} is not JSON`, before.slice(0, -1));
  }
}

/** A row that isn't what the format says. */
export class BadRow extends DstreamError {
  /** @param before Rows that are good and were not handed out yet. */
  constructor(message: string, readonly before: readonly string[]) {
    super("objects.row_invalid", message, {
      hint: "mend the object, or take it away",
    });
  }
}

async function* linesOf(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of bytes) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) yield line.replace(/\r$/, "");
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}

async function* csvRows(
  bytes: AsyncIterable<Uint8Array>,
  key: string,
  table: string,
  format: "csv" | "tsv",
): AsyncGenerator<Rows> {
  const { parse } = await import("csv-parse");
  const parser = Readable.from(bytes).pipe(parse({
    bom: true,
    delimiter: format === "csv" ? "," : "\t",
    skip_empty_lines: true,
    relax_column_count: true,
  }));
  let columns: string[] | undefined;
  let schema: TableSchema | undefined;
  let texts: string[] = [];
  try {
    for await (const record of parser as AsyncIterable<string[]>) {
      if (columns === undefined) {
        columns = record;
        const fields = columns.map((name) => ({
          name,
          type: "string" as const,
        }));
        schema = { table, fields };
        continue;
      }
      if (record.length !== columns.length) {
        throw new Error(
          `a record has ${record.length} fields, the header ${columns.length}`,
        );
      }
      const row = columns.map((name, at) => [name, record[at]]);
      texts.push(JSON.stringify(Object.fromEntries(row)));
      if (texts.length < ROWS_AT_ONCE) continue;
      yield { texts, schema };
      texts = [];
    }
  } catch (error) {
    throw new BadRow(`${key}: ${(error as Error).message}`, texts);
  }
  if (texts.length > 0) yield { texts, schema };
}
