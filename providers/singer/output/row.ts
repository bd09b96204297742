/**
 * An envelope as what Singer has words for: a row that is there, or is gone.
 *
 * @module
 */

import type { Json, JsonObject, OutputBatch } from "@dstream/sdk";
import {
  type Change,
  oldKeyValues,
  parseExactJson,
  readChange,
} from "@dstream/sdk/changes";
import { asObject, asText } from "../json.ts";
import { DELETED_AT, SINGER_KEY } from "../words.ts";

/** What an envelope says. */
export type Row =
  | {
    readonly kind: "row";
    readonly table: string | undefined;
    readonly key: readonly string[] | undefined;
    /** The record as JSON, with all its digits. */
    readonly text: string;
    /** The row under its old key, which is gone. */
    readonly gone: string | undefined;
    /** Whether rows of this table may be gone. */
    readonly marksDeletes: boolean;
    /** As JSON. */
    readonly extracted: string | undefined;
    readonly version: string | undefined;
  }
  | {
    readonly kind: "activate";
    readonly table: string | undefined;
    /** As JSON; of a truncated table there is none. */
    readonly version: string | undefined;
  }
  | { readonly kind: "nothing"; readonly why: string }
  | { readonly kind: "wrong"; readonly reason: string; readonly code: string };

/** A row that is there, or is marked as gone. */
export type ChangedRow = Extract<Row, { kind: "row" }>;

/** @returns `undefined` where the line is no envelope (rejected by then). */
export function readRow(
  batch: OutputBatch,
  index: number,
  now: () => number,
): Row | undefined {
  const metadata = batch.metadata(index);
  if (metadata === undefined) return undefined;
  if (metadata.source === "singer") return readTapRow(batch, index, metadata);
  return readChangedRow(batch, index, metadata, now);
}

/** What a tap said: its record goes back as it came. */
function readTapRow(
  batch: OutputBatch,
  index: number,
  { table, key, time_extracted, version, ...metadata }: JsonObject,
): Row | undefined {
  if (metadata[SINGER_KEY] === "ACTIVATE_VERSION") {
    return {
      kind: "activate",
      table: asText(table),
      version: JSON.stringify(version),
    };
  }
  const text = batch.dataText(index);
  if (text === undefined) return undefined;
  if (!text.startsWith("{")) return noRow();
  return {
    kind: "row",
    table: asText(table),
    key: key as readonly string[] | undefined,
    text,
    gone: undefined,
    marksDeletes: false,
    extracted: jsonOf(time_extracted),
    version: jsonOf(version),
  };
}

function readChangedRow(
  batch: OutputBatch,
  index: number,
  metadata: JsonObject,
  now: () => number,
): Row | undefined {
  const text = batch.dataText(index);
  if (text === undefined) return undefined;
  const change = readChange({ data: parseExactJson(text), metadata });
  const { table, operation, data } = change;
  if (operation === "truncate") {
    return { kind: "activate", table, version: undefined };
  }
  if (operation === "gap") {
    return { kind: "nothing", why: `changes of ${table} may be missing here` };
  }
  const row = asObject(data);
  if (row === undefined) {
    // A record that is one value gets a field for it.
    return operation === undefined
      ? aRow(change, `{"value":${text}}`)
      : noRow();
  }
  const whole = withUnchanged(change, row);
  if (whole === undefined) return incomplete(change.unchanged ?? []);
  const isOwnText = whole === row && change.form !== "debezium";
  const record = isOwnText ? text : JSON.stringify(whole);
  const at = change.timestamp ?? new Date(now()).toISOString();
  return {
    ...aRow(change, operation === "delete" ? markedText(record, at) : record),
    gone: goneText(change, at),
  };
}

function aRow({ table, key, operation }: Change, text: string): ChangedRow {
  return {
    kind: "row",
    table,
    key,
    text,
    gone: undefined,
    // A record without an operation is one, not a row that may go.
    marksDeletes: operation !== undefined,
    extracted: undefined,
    version: undefined,
  };
}

/** @returns `undefined` where a column isn't known. */
function withUnchanged(
  change: Change,
  row: JsonObject,
): JsonObject | undefined {
  const { unchanged = [], before = {} } = change;
  if (change.operation === "delete") return { ...before, ...row };
  const missing = unchanged.filter((name) => !Object.hasOwn(row, name));
  if (missing.length === 0) return row;
  if (!missing.every((name) => Object.hasOwn(before, name))) return undefined;
  const known = Object.fromEntries(missing.map((name) => [name, before[name]]));
  return { ...row, ...known };
}

function goneText(change: Change, at: string): string | undefined {
  const { key = [] } = change;
  const old = change.operation === "update" ? oldKeyValues(change) : undefined;
  if (old === undefined) return undefined;
  const row = Object.fromEntries(key.map((name, index) => [name, old[index]]));
  return markedText(JSON.stringify(row), at);
}

/** Says in a record that its row is gone. */
function markedText(record: string, at: string): string {
  const inside = record.trim().slice(1, -1).trim();
  const mark = `"${DELETED_AT}":${JSON.stringify(at)}`;
  return inside === "" ? `{${mark}}` : `{${inside},${mark}}`;
}

function jsonOf(value: Json | undefined): string | undefined {
  return value === undefined || value === null
    ? undefined
    : JSON.stringify(value);
}

function noRow(): Row {
  const reason = "its data is no object, so it is no row";
  return { kind: "wrong", reason, code: "no_row" };
}

function incomplete(unchanged: readonly string[]): Row {
  const reason =
    `the source did not send ${unchanged.join(", ")}, and a Singer ` +
    "record replaces the whole row; have the source send whole rows, such as " +
    "with REPLICA IDENTITY FULL";
  return { kind: "wrong", reason, code: "incomplete" };
}
