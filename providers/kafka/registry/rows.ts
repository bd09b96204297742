/**
 * Rows as the writers of all formats take them.
 *
 * @module
 */

import type { Json, JsonObject } from "@dstream/sdk";
import { type FieldType, parseExactJson } from "@dstream/sdk/changes";
import { RowProblem } from "./problems.ts";

/** Numbers of so many digits may be more than a double holds. */
const LONG_NUMBER = /\d{16}/;

/** @throws {RowProblem} For what is no object. */
export function rowOf(text: string): JsonObject {
  const row = LONG_NUMBER.test(text) ? parseExactJson(text) : JSON.parse(text);
  if (typeof row === "object" && row !== null && !Array.isArray(row)) {
    return row;
  }
  throw new RowProblem("it is no row");
}

interface RawNumber {
  readonly rawJSON: string;
}

const { isRawJSON } = JSON as unknown as { isRawJSON(value: unknown): boolean };

/** A number with more digits than a double has is a text of them. */
export function plain(value: Json): Json {
  if (isRawJSON(value)) return (value as unknown as RawNumber).rawJSON;
  return Array.isArray(value) ? value.map(plain) : value;
}

/** What a format has no word for is text; lists, structs and JSON are JSON. */
export function textOf(
  value: Json,
  { type }: FieldType,
  read: (value: Json) => unknown,
): string {
  const found = read(value);
  if (typeof found === "bigint") return String(found);
  return typeof found === "string" && type !== "json"
    ? found
    : JSON.stringify(value);
}

/** Runs it, and says which column failed. @throws {RowProblem} */
export function ofColumn<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new RowProblem(
      `the column ${JSON.stringify(name)}: ${(error as Error).message}`,
    );
  }
}
