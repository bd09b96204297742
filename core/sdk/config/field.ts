/**
 * One key of a config block: what it takes, what it is for, how it reads.
 *
 * A field is written once, in a provider's config.ts, and read four ways:
 * parse.ts turns JSON into typed values or problems, schema.ts into JSON Schema,
 * table.ts into the reference page, and {@link Config} into the TypeScript type.
 *
 * @module
 */

import type { Json, JsonObject } from "../../protocol/envelope.ts";

/** One problem with a config, for the person who wrote it. */
export interface ConfigProblem {
  /** As written by the user: `config.tls.ca_file`, `config.tables[2]`. */
  readonly path: string;
  /** Names the key and quotes the value (never a secret's). */
  readonly message: string;
  readonly hint?: string;
}

/** Where a value stands, and where its problems go. */
export interface Place {
  /** From `config`: `config.tls.ca_file`. */
  readonly path: string;
  /** Notes a problem; returns nothing so that `return place.fail(…)` reads well. */
  fail(message: string, hint?: string): undefined;
  /** The place of a key or an index inside this one. */
  inside(key: string | number): Place;
}

/** What every field may say about itself. */
export interface FieldOptions {
  /** One sentence for the reference page, without a full stop. */
  readonly doc: string;
  /** The key in a config block; snake_case of the property when left out. */
  readonly name?: string;
  /** Other names of the key. Each name is taken in snake_case and camelCase. */
  readonly aliases?: readonly string[];
  /** What it is when not given, as a user would write it. */
  readonly default?: Json;
  /** May be left out without a default: the value is then `undefined`. */
  readonly optional?: boolean;
  /** As a user would write it; the default when left out. */
  readonly example?: Json;
}

/** A field that yields a `T`. Made by `string()`, `integer()` and the like. */
export interface Field<T> {
  readonly options: FieldOptions;
  /** For the reference page: "duration", "list of string". */
  readonly type: string;
  readonly isSecret: boolean;
  /** The value, or `undefined` after a problem was noted. */
  read(value: Json, place: Place): T | undefined;
  /** JSON Schema of the value alone; `pointer` is where it will stand. */
  schema(pointer: string): JsonObject;
  /** The fields inside, for an object. */
  readonly inner?: Fields;
}

/** The fields of one block, keyed by the property the code reads. */
// deno-lint-ignore no-explicit-any
export type Fields = { readonly [property: string]: Field<any> };

/** The values that a block of fields yields. */
export type Config<F extends Fields> = {
  readonly [P in keyof F]: F[P] extends Field<infer T> ? T : never;
};

/** `T`, or also `undefined` where the options say `optional: true`. */
export type Value<T, O extends FieldOptions> = O extends { optional: true }
  ? T | undefined
  : T;

/** Whether a block without this key is wrong. */
export function isRequired(field: Field<unknown>): boolean {
  return field.options.default === undefined && !field.options.optional;
}

/** The key as the reference page shows it. */
export function keyOf(property: string, field: Field<unknown>): string {
  return field.options.name ?? snakeCase(property);
}

/** Every spelling that is taken for this key, the documented one first. */
export function spellingsOf(
  property: string,
  field: Field<unknown>,
): readonly string[] {
  const names = [keyOf(property, field), ...field.options.aliases ?? []];
  return [
    ...new Set(
      names.flatMap((name) => [name, snakeCase(name), camelCase(name)]),
    ),
  ];
}

/** `maxCount` → `max_count`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** `max_count` → `maxCount`. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
}
