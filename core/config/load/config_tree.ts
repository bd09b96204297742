/**
 * A `config` block → a value that remembers where each key was written.
 *
 * Nested blocks become objects, repeated ones arrays, labelled ones objects by
 * label.
 *
 * @module
 */

import type { Location } from "../../errors.ts";
import { evaluate } from "../expressions/mod.ts";
import type { SourceText } from "../source_text.ts";
import type {
  Attribute,
  Block,
  Body,
  Expression,
  Span,
} from "../syntax_tree.ts";
import type { ConfigTree } from "../task.ts";
import {
  markSensitive,
  type ObjectValue,
  sensitiveTexts,
  type Value,
} from "../value.ts";
import { toJson, toRedactedJson } from "../value_json.ts";
import { headOf, type ReadContext } from "./reader.ts";

/** Where a key is: its name, what it was set with, and what is inside. */
export interface KeyPlace {
  readonly source: SourceText;
  readonly nameSpan: Span;
  readonly valueSpan: Span;
  /** Literals of the value that would show a secret in an excerpt. */
  readonly expression?: Expression;
  /** Of a nested block; a list for repeated ones. */
  readonly inside?: ReadonlyMap<string, KeyPlace> | readonly KeyPlace[];
}

/** The {@link ConfigTree} of everything that was loaded from files. */
export class EvaluatedConfig implements ConfigTree {
  constructor(
    readonly value: ObjectValue,
    readonly places: ReadonlyMap<string, KeyPlace>,
    /** Paths that are secret for another reason than their value's mark. */
    readonly hidden: ReadonlySet<string> = new Set(),
  ) {}

  json(): string {
    return toJson(this.value);
  }

  redactedJson(): string {
    return toRedactedJson(
      this.hidden.size === 0 ? this.value : hide(
        this.value,
        "",
        this.hidden,
      ),
    );
  }

  locate(path: string): Location | undefined {
    return locate(this, parsePath(path));
  }

  keys(): ReadonlyMap<string, Location> {
    return new Map(
      [...this.places].map(([key, place]) => [
        key,
        place.source.locate(place.nameSpan),
      ]),
    );
  }

  /** Every text that must not be printed. */
  secretTexts(): Iterable<string> {
    const value = hide(this.value, "", this.hidden);
    return sensitiveTexts(value);
  }

  /** The same with more keys that are secret, such as `auth.password`. */
  withSensitiveKeys(paths: Iterable<string>): EvaluatedConfig {
    const hidden = new Set([...this.hidden, ...paths]);
    return new EvaluatedConfig(this.value, this.places, hidden);
  }
}

/** An empty config: the block was left out. */
export function emptyConfig(): EvaluatedConfig {
  const value: ObjectValue = { kind: "object", entries: new Map() };
  return new EvaluatedConfig(value, new Map());
}

/**
 * Evaluates a whole body.
 * @returns `undefined` when the context does not evaluate. A key that failed is
 * left out, and reported.
 */
export function readConfig(
  body: Body,
  context: ReadContext,
): EvaluatedConfig | undefined {
  const reader = new BodyEvaluator(context);
  const { value, places } = reader.body(body);
  return context.scope && new EvaluatedConfig(value, places);
}

type Evaluated = {
  readonly value: ObjectValue;
  readonly places: ReadonlyMap<string, KeyPlace>;
};

class BodyEvaluator {
  constructor(readonly context: ReadContext) {}

  body(body: Body): Evaluated {
    const entries = new Map<string, Value>();
    const places = new Map<string, KeyPlace>();
    for (const [name, items] of grouped(body)) {
      const [first] = items;
      const result = first.kind === "attribute"
        ? this.#attribute(first, items)
        : this.#blocks(items);
      if (result === undefined) continue;
      entries.set(name, result.value);
      places.set(name, result.place);
    }
    return { value: { kind: "object", entries }, places };
  }

  #attribute(attribute: Attribute, items: readonly (Attribute | Block)[]) {
    const { source, problems, scope } = this.context;
    for (const other of items.slice(1)) this.#clash(other);
    const { nameSpan, value: expression } = attribute;
    if (scope === undefined) return undefined;
    const value = problems.attempt(() => evaluate(expression, scope));
    const valueSpan = expression.span;
    const place: KeyPlace = { source, nameSpan, valueSpan, expression };
    return value && { value, place };
  }

  #blocks(items: readonly (Attribute | Block)[]) {
    const blocks: Block[] = [];
    for (const item of items) {
      if (item.kind === "block") blocks.push(item);
      else this.#clash(item);
    }
    const [first] = blocks;
    const isLabelled = first.labels.length > 0;
    for (const block of blocks) {
      if (block.labels.length > 0 !== isLabelled) this.#mixed(block);
    }
    if (isLabelled) return this.#byLabel(blocks, 0);
    const all = blocks.map((block) => this.#block(block));
    if (all.length === 1) return all[0];
    const value: Value = { kind: "list", items: all.map((one) => one.value) };
    const inside = all.map((one) => one.place);
    return { value, place: { ...all[0].place, inside } };
  }

  #block(block: Block) {
    const { source } = this.context;
    const { value, places } = this.body(block.body);
    const nameSpan = headOf(block);
    const place = { source, nameSpan, valueSpan: nameSpan, inside: places };
    return { value, place };
  }

  /** `table "a" "b" { … }` is `table = { a = { b = { … } } }`. */
  #byLabel(
    blocks: readonly Block[],
    depth: number,
  ): { value: ObjectValue; place: KeyPlace } {
    const entries = new Map<string, Value>();
    const inside = new Map<string, KeyPlace>();
    for (const [label, group] of groupedByLabel(blocks, depth)) {
      const [first, ...others] = group;
      const isDeeper = first.labels.length > depth + 1;
      if (!isDeeper) others.forEach((other) => this.#secondLabel(other));
      const { value, place } = isDeeper
        ? this.#byLabel(group, depth + 1)
        : this.#block(first);
      entries.set(label, value);
      inside.set(label, place);
    }
    const { source } = this.context;
    const nameSpan = headOf(blocks[0]);
    const place = { source, nameSpan, valueSpan: nameSpan, inside };
    return { value: { kind: "object", entries }, place };
  }

  #clash(item: Attribute | Block): void {
    const [name, span] = item.kind === "attribute"
      ? [item.name, item.nameSpan]
      : [item.type, item.typeSpan];
    this.#report(span, `"${name}" is there as an attribute and as a block`);
  }

  #mixed(block: Block): void {
    const message =
      `either all "${block.type}" blocks have a label or none of them`;
    this.#report(headOf(block), message);
  }

  #secondLabel(block: Block): void {
    const label = block.labels.at(-1)?.value;
    const message = `there is a second "${block.type}" block "${label}"`;
    this.#report(headOf(block), message);
  }

  #report(span: Span, message: string): void {
    const { source, problems } = this.context;
    problems.report({ source, span }, "config.block_duplicate", message);
  }
}

function grouped(body: Body): Map<string, (Attribute | Block)[]> {
  return Map.groupBy(body.items, (item) => {
    return item.kind === "attribute" ? item.name : item.type;
  });
}

function groupedByLabel(
  blocks: readonly Block[],
  depth: number,
): Map<string, Block[]> {
  const labelled = blocks.filter((block) => block.labels.length > depth);
  return Map.groupBy(labelled, (block) => block.labels[depth].value);
}

/** `config.tables[0].name` → `tables`, `0`, `name`. */
export function parsePath(path: string): string[] {
  const parts = [...path.matchAll(/\["([^"]*)"\]|\[(\d+)\]|([^.[\]]+)/g)]
    .map(([, quoted, index, name]) => quoted ?? index ?? name);
  return parts[0] === "config" ? parts.slice(1) : parts;
}

function locate(
  tree: EvaluatedConfig,
  path: readonly string[],
): Location | undefined {
  let places: KeyPlace["inside"] = tree.places;
  let value: Value | undefined = tree.value;
  let found: Location | undefined;
  let isSensitive = false;
  for (const [depth, name] of path.entries()) {
    const key = findKey(value, name);
    value = child(value, key);
    if (value === undefined) break;
    isSensitive ||= value.isSensitive === true ||
      tree.hidden.has(path.slice(0, depth + 1).join("."));
    const place: KeyPlace | undefined = places && placeOf(places, key);
    places = place?.inside;
    found = (place && locateKey(place, isSensitive)) ??
      (isSensitive ? found : locateValue(value)) ?? found;
  }
  return found;
}

function placeOf(
  places: NonNullable<KeyPlace["inside"]>,
  key: string,
): KeyPlace | undefined {
  return "get" in places ? places.get(key) : places[Number(key)];
}

function child(value: Value | undefined, key: string): Value | undefined {
  if (value?.kind === "object") return value.entries.get(key);
  return value?.kind === "list" ? value.items[Number(key)] : undefined;
}

/** The key as written: `max_count` answers to `maxCount`. */
function findKey(value: Value | undefined, name: string): string {
  if (value?.kind !== "object" || value.entries.has(name)) return name;
  const wanted = canonical(name);
  return [...value.entries.keys()].find((key) => canonical(key) === wanted) ??
    name;
}

/** snake_case and camelCase of one key are the same key. */
export function canonical(key: string): string {
  return key.replace(/[_-]/g, "").toLowerCase();
}

function locateValue({ span, source }: Value): Location | undefined {
  return span && source?.locate(span);
}

function locateKey(place: KeyPlace, isSensitive: boolean): Location {
  const { source, valueSpan, expression } = place;
  const at = source.locate(valueSpan);
  return isSensitive && expression !== undefined
    ? masked(at, source, expression)
    : at;
}

/** A secret that stands in the file as such must not be in an excerpt. */
function masked(
  at: Location,
  source: SourceText,
  expression: Expression,
): Location {
  const characters = [...at.text];
  for (const span of literalSpans(expression)) {
    const { line, column, width } = source.locate(span);
    if (line !== at.line) continue;
    // A template's own text shows where a secret comes from, not what it is.
    const written = at.text.slice(column - 1, column - 1 + width);
    if (written.includes("{{")) continue;
    characters.fill("•", column - 1, column - 1 + width);
  }
  return { ...at, text: characters.join("") };
}

/** Literals, but not the `"NAME"` of `env("NAME")`. */
function* literalSpans(expression: Expression): Generator<Span> {
  if (expression.kind === "call" && expression.name === "env") return;
  if (expression.kind === "template" || expression.kind === "number") {
    yield expression.span;
    return;
  }
  for (const value of Object.values(expression)) {
    for (const inner of Array.isArray(value) ? value : [value]) {
      if (isExpression(inner)) yield* literalSpans(inner);
      else if (isExpression(inner?.value)) yield* literalSpans(inner.value);
    }
  }
}

function isExpression(value: unknown): value is Expression {
  return typeof value === "object" && value !== null && "kind" in value &&
    "span" in value;
}

function hide(
  value: Value,
  path: string,
  hidden: ReadonlySet<string>,
): ObjectValue;
function hide(value: Value, path: string, hidden: ReadonlySet<string>): Value {
  if (hidden.has(path) && value.kind !== "null") return markSensitive(value);
  if (value.kind === "list") {
    const items = value.items.map((item) => hide(item, path, hidden));
    return { ...value, items };
  }
  if (value.kind !== "object") return value;
  const entries = new Map<string, Value>();
  for (const [key, entry] of value.entries) {
    const inner = path === "" ? key : `${path}.${key}`;
    entries.set(key, hide(entry, inner, hidden));
  }
  return { ...value, entries };
}
