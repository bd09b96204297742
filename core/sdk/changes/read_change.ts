/**
 * Any envelope → a change, whoever wrote it: dstream, upstream or Debezium.
 *
 * @module
 */

import type { Envelope, JsonObject } from "../../protocol/envelope.ts";
import {
  asNames,
  asObject,
  asText,
  type Change,
  type ChangeForm,
  type Operation,
  OPERATIONS,
  present,
} from "./change.ts";
import { isDebezium, readDebezium } from "./debezium.ts";
import { isUpstream, readUpstream } from "./upstream.ts";

/** What an envelope doesn't say by itself. */
export interface ReadOptions {
  /** Where a record belongs that names no table. */
  readonly table?: string;
  /** The key of a row that names none. */
  readonly key?: readonly string[];
}

/**
 * Reads the change of an envelope. One without any metadata of a change is a
 * record: it has no operation.
 *
 * @example
 * ```ts
 * import { readChange } from "@dstream/sdk/changes";
 *
 * const change = readChange({
 *   data: { ID: "7" },
 *   metadata: { TableName: "orders", OperationType: "Delete" },
 * }, { key: ["ID"] });
 * if (change.table !== "orders" || change.operation !== "delete") throw new Error();
 * ```
 */
export function readChange(
  envelope: Envelope,
  options: ReadOptions = {},
): Change & { readonly form: ChangeForm } {
  const form = formOf(envelope);
  const change = READERS[form](envelope);
  const table = change.table ?? options.table;
  const key = change.key ?? options.key;
  return present({ ...change, table, key, form });
}

function formOf({ data, metadata }: Envelope): ChangeForm {
  const form = formOfMetadata(metadata);
  if (form !== undefined) return form;
  if (isDebezium(data)) return "debezium";
  return isPartlyOurs(metadata) ? "dstream" : "none";
}

/** @returns `undefined` where only `data` can tell. */
export function formOfMetadata(metadata: JsonObject): ChangeForm | undefined {
  if (isOurs(metadata)) return "dstream";
  return isUpstream(metadata) ? "upstream" : undefined;
}

const READERS: Readonly<Record<ChangeForm, (envelope: Envelope) => Change>> = {
  dstream: readOurs,
  upstream: readUpstream,
  debezium: readDebezium,
  none: ({ data }) => ({ data }),
};

function isOurs(metadata: JsonObject): boolean {
  return asOperation(metadata.operation) !== undefined;
}

/** A record with a table; a Debezium change in a topic has one too. */
function isPartlyOurs(metadata: JsonObject): boolean {
  return asText(metadata.table) !== undefined;
}

/** @returns The operation, or `undefined` for anything else. */
export function asOperation(value: unknown): Operation | undefined {
  return OPERATIONS.find((each) => each === value);
}

function readOurs({ data, metadata }: Envelope): Change {
  return {
    data,
    table: asText(metadata.table),
    operation: asOperation(metadata.operation),
    key: asNames(metadata.key),
    before: asObject(metadata.before),
    unchanged: asNames(metadata.unchanged),
    position: asText(metadata.position),
    transaction: asText(metadata.transaction),
    timestamp: asText(metadata.timestamp),
    source: asText(metadata.source),
  };
}
