/**
 * What an output wants to know of each line before it looks at any row.
 *
 * @module
 */

import type { Envelope, JsonObject } from "../../protocol/envelope.ts";
import type { LineHead } from "../output.ts";
import type { ChangeHead } from "./change.ts";
import {
  asOperation,
  formOfMetadata,
  readChange,
  type ReadOptions,
} from "./read_change.ts";

/** The part of a batch that is looked at. */
export interface HeadSource {
  head(index: number): LineHead | undefined;
  dataText(index: number): string | undefined;
  metadataText(index: number): string | undefined;
  envelope(index: number): Envelope | undefined;
}

/**
 * Table, operation, key and position of a line's change. `data` isn't parsed,
 * unless only it can tell (what may be Debezium's envelope).
 *
 * @returns `undefined` where the line is no envelope (rejected by then).
 *
 * @example
 * ```ts
 * import type { OutputBatch } from "@dstream/sdk";
 * import { readHead } from "@dstream/sdk/changes";
 *
 * export function tablesOf(batch: OutputBatch): Set<string | undefined> {
 *   const tables = new Set<string | undefined>();
 *   for (let index = 0; index < batch.count; index++) {
 *     tables.add(readHead(batch, index, { table: "rest" })?.table);
 *   }
 *   return tables;
 * }
 * ```
 */
export function readHead(
  batch: HeadSource,
  index: number,
  options: ReadOptions = NO_OPTIONS,
): ChangeHead | undefined {
  const head = batch.head(index);
  const operation = asOperation(head?.operation);
  const isKnown = head !== undefined &&
    (operation !== undefined || isPlainRecord(batch, index, head));
  if (!isKnown) return readSlowly(batch, index, options);
  return {
    form: "dstream",
    table: head.table || options.table,
    operation,
    key: head.key ?? options.key,
    position: head.position || undefined,
  };
}

const NO_OPTIONS: ReadOptions = {};

/**
 * Whether a line without an operation names its table and is nobody's change: it
 * lacks a word that upstream's metadata has, and one that Debezium's data has.
 * Metadata with a head has no escapes; in data one may spell any word.
 */
function isPlainRecord(
  batch: HeadSource,
  index: number,
  { table, operation }: LineHead,
): boolean {
  if (!table || operation !== undefined) return false;
  if (batch.metadataText(index)?.includes('"TableName"')) return false;
  const data = batch.dataText(index);
  return data !== undefined && !data.includes('"op"') && !data.includes("\\u");
}

function readSlowly(
  batch: HeadSource,
  index: number,
  options: ReadOptions,
): ChangeHead | undefined {
  const text = batch.metadataText(index);
  if (text === undefined) return undefined;
  const metadata: JsonObject = JSON.parse(text);
  const envelope = formOfMetadata(metadata) === undefined
    ? batch.envelope(index)
    : { data: null, metadata };
  if (envelope === undefined) return undefined;
  const { form, table, operation, key, position } = readChange(
    envelope,
    options,
  );
  return { form, table, operation, key, position };
}
