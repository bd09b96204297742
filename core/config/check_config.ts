/**
 * A config block against the JSON Schema in a provider's spec, each mistake with
 * its place in the file.
 *
 * The subset of JSON Schema that such specs use; what isn't understood is let
 * pass, because the provider itself has the last word.
 *
 * @module
 */

import type { Diagnostic, ErrorCode, Location } from "../base/errors.ts";
import { didYouMean } from "../base/nearest.ts";
import { parseDurationMs, parseSizeBytes } from "../base/units.ts";
import { type JsonSchema, type JsonType, SchemaView } from "./config_schema.ts";
import {
  dotted,
  hasType,
  isDeclared,
  matches,
  measure,
  type Path,
  patternWords,
  shown,
  TYPE_WORDS,
} from "./config_words.ts";
import { append } from "../base/append.ts";
import { canonical } from "./load/config_places.ts";
import { suggest } from "./load/suggest.ts";
import { EvaluatedConfig } from "./load/config_tree.ts";
import type { ConfigTree } from "./task.ts";
import { type ObjectValue, toJson, type Value } from "../hcl/mod.ts";

/** More are not told. */
const MOST_PROBLEMS = 1_000;

/**
 * @param tree From `load()`; any other tree has no places and passes.
 * @param schema The `config` of a provider's spec.
 * @returns Every mistake, in the order of the keys.
 */
export function checkConfig(
  tree: ConfigTree,
  schema: JsonSchema,
): Diagnostic[] {
  if (!(tree instanceof EvaluatedConfig)) return [];
  const checker = new Checker(tree);
  checker.check(tree.value, new SchemaView(schema), [], false);
  return checker.found;
}

/**
 * The same tree with what the schema marks `writeOnly` as sensitive.
 * @param tree From `load()`; any other is returned as it is.
 */
export function hideWriteOnly(
  tree: ConfigTree,
  schema: JsonSchema,
): ConfigTree {
  if (!(tree instanceof EvaluatedConfig)) return tree;
  const paths = [...secretPaths(tree.value, new SchemaView(schema), "")];
  return paths.length === 0 ? tree : tree.withSensitiveKeys(paths);
}

/**
 * The same tree with a text where a key is not given.
 * @param tree From `load()`; any other is returned as it is.
 */
export function withDefault(
  tree: ConfigTree,
  key: string,
  text: string,
): ConfigTree {
  return tree instanceof EvaluatedConfig ? tree.withDefault(key, text) : tree;
}

/** Every text in a tree that must not be printed. */
export function secretTexts(tree: ConfigTree): string[] {
  return tree instanceof EvaluatedConfig ? [...tree.secretTexts()] : [];
}

class Checker {
  readonly found: Diagnostic[] = [];

  constructor(readonly tree: EvaluatedConfig) {}

  check(
    value: Value,
    view: SchemaView,
    path: Path,
    isInSecret: boolean,
  ): void {
    const isSecret = isInSecret || view.isSecret || value.isSensitive === true;
    const chosen = this.#choose(value, view, path, isSecret);
    if (chosen === undefined) return;
    if (!this.#checkType(value, chosen, path, isSecret)) return;
    this.#checkScalar(value, chosen, path, isSecret);
    if (value.kind === "object") this.#object(value, chosen, path, isSecret);
    if (value.kind === "list") {
      this.#count(value.items.length, chosen, path, "Items");
      value.items.forEach((item, i) => {
        const items = chosen.items;
        if (items) this.check(item, items, [...path, i], isSecret);
      });
    }
  }

  /** Of several schemas the one that fits, else the one of the right type. */
  #choose(
    value: Value,
    view: SchemaView,
    path: Path,
    isSecret: boolean,
  ): SchemaView | undefined {
    const { alternatives } = view;
    if (alternatives.length === 0) return view;
    const attempts = alternatives.map((one) => {
      const checker = new Checker(this.tree);
      checker.check(value, one, path, isSecret);
      return { one, found: checker.found };
    });
    if (attempts.some(({ found }) => found.length === 0)) return undefined;
    const near = attempts.find(({ one }) => hasType(value, one.types));
    if (near !== undefined) {
      append(this.found, near.found);
      return undefined;
    }
    const types = alternatives.flatMap((one) => one.types);
    this.#typeMismatch(value, types, path, isSecret);
    return undefined;
  }

  #checkType(
    value: Value,
    { types }: SchemaView,
    path: Path,
    isSecret: boolean,
  ): boolean {
    if (types.length === 0 || hasType(value, types)) return true;
    this.#typeMismatch(value, types, path, isSecret);
    return false;
  }

  #typeMismatch(
    value: Value,
    types: readonly JsonType[],
    path: Path,
    isSecret: boolean,
  ): void {
    const wanted = [...new Set(types)].filter((type) => type !== "null");
    const words = wanted.map((type) => TYPE_WORDS[type]).join(" or ");
    const isNumeric = value.kind === "string" && /^\d+$/.test(value.value) &&
      wanted.some((type) => type === "number" || type === "integer");
    const hint = isNumeric ? "turn it into a number: tonumber(…)" : undefined;
    this.#wrong(path, `must be ${words}, got ${shown(value, isSecret)}`, hint);
  }

  #checkScalar(
    value: Value,
    view: SchemaView,
    path: Path,
    isSecret: boolean,
  ): void {
    this.#checkChoices(value, view, path, isSecret);
    const got = shown(value, isSecret);
    if (value.kind === "string") this.#checkText(value.value, view, path, got);
    const number = measure(value, view.schema.format);
    if (number === undefined) return;
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = view
      .schema as Record<string, number | undefined>;
    const bound = minimum !== undefined && number < minimum
      ? `at least ${minimum}`
      : maximum !== undefined && number > maximum
      ? `at most ${maximum}`
      : exclusiveMinimum !== undefined && number <= exclusiveMinimum
      ? `more than ${exclusiveMinimum}`
      : exclusiveMaximum !== undefined && number >= exclusiveMaximum
      ? `less than ${exclusiveMaximum}`
      : undefined;
    if (bound !== undefined) this.#wrong(path, `must be ${bound}, got ${got}`);
  }

  #checkChoices(
    value: Value,
    { choices }: SchemaView,
    path: Path,
    isSecret: boolean,
  ): void {
    if (choices === undefined || value.kind === "null") return;
    const json = toJson(value);
    if (choices.some((choice) => JSON.stringify(choice) === json)) return;
    const words = choices.filter((choice) => choice !== null);
    const all = words.map((word) => JSON.stringify(word)).join(", ");
    const hint = value.kind === "string" && !isSecret
      ? didYouMean(value.value, words.map(String))
      : undefined;
    const got = shown(value, isSecret);
    this.#wrong(path, `must be one of ${all}, got ${got}`, hint);
  }

  #checkText(text: string, view: SchemaView, path: Path, got: string): void {
    const { format, pattern } = view.schema;
    if (format === "go-duration" && parseDurationMs(text) === undefined) {
      const hint = 'write "1m30s", "500ms" or a number of milliseconds';
      return this.#wrong(path, `must be a duration, got ${got}`, hint);
    }
    if (format === "byte-size" && parseSizeBytes(text) === undefined) {
      const hint = 'write "64MiB", "10MB" or a number of bytes';
      return this.#wrong(path, `must be a size, got ${got}`, hint);
    }
    const length = [...text].length;
    if (length < (view.number("minLength") ?? 0)) {
      const message = length === 0 ? "must not be empty" : `is too short`;
      return this.#wrong(path, message);
    }
    if (length > (view.number("maxLength") ?? Infinity)) {
      const most = view.number("maxLength");
      return this.#wrong(path, `must have at most ${most} characters`);
    }
    if (typeof pattern === "string" && !matches(text, pattern)) {
      this.#wrong(path, `${patternWords(view, pattern)}, got ${got}`);
    }
  }

  #object(
    value: ObjectValue,
    view: SchemaView,
    path: Path,
    isSecret: boolean,
  ): void {
    this.#count(value.entries.size, view, path, "Properties");
    this.#spellings(value, view, path);
    for (const [key, entry] of value.entries) {
      const property = view.property(key);
      if (property === undefined) {
        if (view.isClosed) this.#unknownKey(key, view, path);
        continue;
      }
      // null is "not given"; whether it must be given is asked below.
      if (entry.kind === "null") continue;
      this.check(entry, property, [...path, key], isSecret);
    }
    for (const names of view.required) this.#required(names, value, path);
  }

  /** One key in two spellings: nobody could say which one counts. */
  #spellings(value: ObjectValue, view: SchemaView, path: Path): void {
    const seen = new Map<string, string>();
    for (const key of value.entries.keys()) {
      if (view.property(key) === undefined || !isDeclared(key, view)) continue;
      const first = seen.get(canonical(key));
      if (first === undefined) {
        seen.set(canonical(key), key);
        continue;
      }
      const message = `"${first}" and "${key}" are the same key`;
      this.#report(this.#keyPlace(key, path), message, "keep one of them");
    }
  }

  #required(names: readonly string[], value: ObjectValue, path: Path): void {
    const wanted = new Set(names.map(canonical));
    const isThere = [...value.entries].some(([key, entry]) =>
      wanted.has(canonical(key)) && entry.kind !== "null"
    );
    if (isThere) return;
    const at = path.length === 0 ? this.tree.at : this.#place(path);
    const where = path.length === 0 ? "the config" : `"${dotted(path)}"`;
    this.#report(
      at,
      `${where} needs "${names[0]}"`,
      undefined,
      "config.key_missing",
    );
  }

  #unknownKey(key: string, view: SchemaView, path: Path): void {
    if (this.#isFull) return;
    const { keys } = view;
    const hint = suggest(key, keys);
    const where = path.length === 0 ? "" : ` in "${dotted(path)}"`;
    const at = this.#keyPlace(key, path);
    const message = `there is no key "${key}"${where}`;
    this.#report(at, message, hint, "config.key_unknown");
  }

  #count(
    count: number,
    view: SchemaView,
    path: Path,
    noun: "Items" | "Properties",
  ): void {
    const least = view.number(`min${noun}`) ?? 0;
    const most = view.number(`max${noun}`) ?? Infinity;
    if (count < least) {
      this.#wrong(path, `must have at least ${least} of them, got ${count}`);
    } else if (count > most) {
      this.#wrong(path, `must have at most ${most} of them, got ${count}`);
    }
  }

  #wrong(path: Path, message: string, hint?: string): void {
    if (this.#isFull) return;
    const name = path.length === 0 ? "the config" : `"${dotted(path)}"`;
    this.#report(this.#place(path), `${name} ${message}`, hint);
  }

  /** Nobody reads on; and each place costs a walk over its line. */
  get #isFull(): boolean {
    return this.found.length >= MOST_PROBLEMS;
  }

  #report(
    at: Location,
    message: string,
    hint?: string,
    code: ErrorCode = "config.key_invalid",
  ): void {
    const problem = { severity: "error" as const, code, message, at };
    this.found.push(hint === undefined ? problem : { ...problem, hint });
  }

  #place(path: Path): Location {
    return this.tree.locate(dotted(path)) ?? this.tree.at;
  }

  #keyPlace(key: string, path: Path): Location {
    return this.tree.locateKey([...path.map(String), key]) ??
      this.#place([...path, key]);
  }
}

/** Paths as `withSensitiveKeys` takes them: lists have no part of their own. */
function* secretPaths(
  value: Value,
  view: SchemaView,
  path: string,
): Generator<string> {
  if (view.isSecret && path !== "") yield path;
  for (const one of view.alternatives) yield* secretPaths(value, one, path);
  if (value.kind === "list" && view.items !== undefined) {
    for (const item of value.items) yield* secretPaths(item, view.items, path);
  }
  if (value.kind !== "object") return;
  for (const [key, entry] of value.entries) {
    const property = view.property(key);
    const inner = path === "" ? key : `${path}.${key}`;
    if (property !== undefined) yield* secretPaths(entry, property, inner);
  }
}
