/**
 * A change: what happened to one row, and what is known about it.
 *
 * `data` of the envelope is the row after the change (of a delete: as far as it is
 * known, its key at least). A column that is absent is not known, which is never
 * the same as `null`.
 *
 * @module
 */

import type { Json, JsonObject } from "../../protocol/envelope.ts";

/** What can happen; `read` is a row as it was found, by a snapshot or a poll. */
export const OPERATIONS = [
  "insert",
  "update",
  "delete",
  "read",
  "truncate",
  "gap",
] as const;

/** `truncate` and `gap` (changes may be missing here) have no row. */
export type Operation = typeof OPERATIONS[number];

/** The metadata of a change. Every key may be absent. */
export interface ChangeMetadata {
  /**
   * Where the row belongs: `orders` in the database's usual schema, else
   * `sales.orders`; a stream; a topic. One value is one schema.
   */
  readonly table?: string;
  /** Absent: a record, to be appended. */
  readonly operation?: Operation;
  /** Names of the columns that identify the row, in order. */
  readonly key?: readonly string[];
  /** The row before, as far as known; the old key at least when it changed. */
  readonly before?: JsonObject;
  /** Columns the source did not send because the change left them alone. */
  readonly unchanged?: readonly string[];
  /**
   * Names this change at its source, now and after any restart, and sorts as text
   * in the order of the changes of one table; see {@link positionText}.
   */
  readonly position?: string;
  /** Groups what was committed together. */
  readonly transaction?: string;
  /** When it was committed: RFC 3339 with a zone. */
  readonly timestamp?: string;
  /** The provider: `mssql`. */
  readonly source?: string;
}

/** A change with its row. */
export interface Change extends ChangeMetadata {
  /** The row after the change; `null` of `truncate` and `gap`. */
  readonly data: Json;
}

/** How the metadata of an envelope is spelt; `none`: it is a record. */
export type ChangeForm = "dstream" | "upstream" | "debezium" | "none";

/** What an output wants to know of every change before it looks at its row. */
export interface ChangeHead
  extends Pick<ChangeMetadata, "table" | "operation" | "key" | "position"> {
  readonly form: ChangeForm;
}

/** The keys of {@link ChangeMetadata}, in the order they are written. */
export const CHANGE_KEYS = [
  "table",
  "operation",
  "key",
  "before",
  "unchanged",
  "position",
  "transaction",
  "timestamp",
  "source",
] as const satisfies readonly (keyof ChangeMetadata)[];

/** Without what is undefined. */
export function present<T extends object>(value: T): T {
  const found: Partial<T> = {};
  for (const key in value) {
    if (value[key] !== undefined) found[key] = value[key];
  }
  return found as T;
}

/** @returns The object, or `undefined` for anything else. */
export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as JsonObject
    : undefined;
}

/** @returns The text, or `undefined` for anything else and for none. */
export function asText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** @returns The names, or `undefined` for anything else. */
export function asNames(value: unknown): readonly string[] | undefined {
  const isNames = Array.isArray(value) &&
    value.every((name) => typeof name === "string");
  return isNames ? value : undefined;
}
