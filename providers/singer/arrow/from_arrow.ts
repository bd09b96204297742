/**
 * `dstreams target --format arrow`: Arrow streams come in, Singer messages go out.
 *
 * Ours say of themselves which stream they are. Those of anybody else, such as
 * pyarrow or DuckDB, are one stream by the name of the file, and their types say
 * what its schema is.
 *
 * @module
 */

import {
  type Field,
  RecordBatch,
  RecordBatchReader,
  type Schema,
  type Vector,
} from "apache-arrow";
import { cellsOf } from "./cells.ts";
import { schemaOf } from "./types.ts";
import { IS_JSON, KEY_PROPERTIES, SCHEMA, STATE, STREAM } from "./metadata.ts";

/**
 * @param name The stream's name where nothing says it.
 * @returns Lines without their ends.
 */
export async function* messagesOf(
  stream: ReadableStream<Uint8Array>,
  name: string,
): AsyncGenerator<string> {
  let told: string | undefined;
  for await (const found of RecordBatchReader.readAll(stream)) {
    const reader = await (await found).open();
    const { schema } = reader;
    const state = schema.metadata.get(STATE);
    if (state !== undefined) {
      yield `{"type":"STATE","value":${state}}`;
      // It is read to its end before the next begins.
      for await (const _ of batchesOf(reader));
      continue;
    }
    const of = schema.metadata.get(STREAM) ?? name;
    const message = schemaMessage(of, schema);
    if (message !== told) yield message;
    told = message;
    for await (const batch of batchesOf(reader)) yield* records(of, batch);
  }
}

/**
 * For a stream without any, the library gives one of its own making, and would
 * read on into the next stream.
 */
async function* batchesOf(reader: RecordBatchReader) {
  for (;;) {
    const { done, value } = await reader.next();
    if (done === true || value.constructor !== RecordBatch) return;
    yield value as RecordBatch;
  }
}

function schemaMessage(name: string, schema: Schema): string {
  const { metadata } = schema;
  const given = metadata.get(SCHEMA) ?? JSON.stringify(schemaOf(schema));
  const key = metadata.get(KEY_PROPERTIES) ?? "[]";
  return `{"type":"SCHEMA","stream":${JSON.stringify(name)},` +
    `"schema":${given},"key_properties":${key}}`;
}

function* records(name: string, batch: RecordBatch): Generator<string> {
  const head = `{"type":"RECORD","stream":${JSON.stringify(name)},"record":{`;
  const columns = batch.schema.fields.map((field, index) => ({
    key: `${JSON.stringify(field.name)}:`,
    cells: textsOf(field, batch.getChildAt(index)!),
  }));
  for (let row = 0; row < batch.numRows; row++) {
    const entries = columns.map(({ key, cells }) => key + cells(row));
    yield `${head}${entries.join(",")}}}`;
  }
}

/** @returns The JSON of each row. */
function textsOf(field: Field, vector: Vector): (row: number) => string {
  if (field.metadata.get(IS_JSON) === "true") {
    return (row) => vector.get(row) as string | null ?? "null";
  }
  return cellsOf(field, vector);
}
