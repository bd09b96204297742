/**
 * Columns that a config declares: `columns = { id = "int64", total = "decimal(19,4)" }`.
 *
 * @module
 */

import { type ConfigProblem, didYouMean } from "@dstream/sdk";
import {
  FIELD_TYPES,
  type FieldType,
  type FieldTypeName,
  type SchemaField,
} from "@dstream/sdk/changes";

const TYPE = /^([a-z]+\d*)(?:\((\d+)(?:,\s*(\d+))?\))?$/;
/** What can't be said in one word. */
const NESTED: readonly string[] = ["list", "struct"];

/** @returns The fields in the order they are declared. */
export function declaredFields(
  columns: Readonly<Record<string, string>>,
): SchemaField[] {
  return Object.entries(columns).map(([name, text]) => ({
    name,
    nullable: true,
    ...parseType(text)!,
  }));
}

/** Types that are none. */
export function* checkColumns(
  columns: Readonly<Record<string, string>> | undefined,
): Generator<ConfigProblem> {
  for (const [name, text] of Object.entries(columns ?? {})) {
    if (parseType(text) !== undefined) continue;
    const known = FIELD_TYPES.filter((type) => !NESTED.includes(type));
    yield {
      path: `config.columns.${name}`,
      message: `the column ${name} has the unknown type ${
        JSON.stringify(text)
      }`,
      hint: didYouMean(text, known) ?? `one of ${known.join(", ")}`,
    };
  }
}

function parseType(text: string): FieldType | undefined {
  const [, name, precision, scale] = TYPE.exec(text) ?? [];
  const isKnown = FIELD_TYPES.includes(name as FieldTypeName) &&
    !NESTED.includes(name);
  if (!isKnown) return undefined;
  return {
    type: name as FieldTypeName,
    ...(precision === undefined ? {} : { precision: Number(precision) }),
    ...(scale === undefined ? {} : { scale: Number(scale) }),
  };
}
