/**
 * A `config` block → a value that remembers where each key was written.
 *
 * Nested blocks become objects, repeated ones arrays, labelled ones objects by
 * label.
 *
 * @module
 */

import type { Location } from "../../base/errors.ts";
import {
  type Attribute,
  type Block,
  type Body,
  evaluate,
  markSensitive,
  type ObjectValue,
  sensitiveTexts,
  type Span,
  toJson,
  toRedactedJson,
  type Value,
} from "../../hcl/mod.ts";
import type { ConfigTree } from "../task.ts";
import { type KeyPlace, parsePath, PlaceFinder } from "./config_places.ts";
import type { Place } from "./problems.ts";
import { headOf, type ReadContext } from "./reader.ts";

/** The {@link ConfigTree} of everything that was loaded from files. */
export class EvaluatedConfig implements ConfigTree {
  readonly #finder: PlaceFinder;

  constructor(
    readonly value: ObjectValue,
    readonly places: ReadonlyMap<string, KeyPlace>,
    readonly block: Place,
    /** Paths that are secret for another reason than their value's mark. */
    readonly hidden: ReadonlySet<string> = new Set(),
  ) {
    this.#finder = new PlaceFinder(this.#hiddenValue(), places);
  }

  json(): string {
    return toJson(this.value);
  }

  redactedJson(): string {
    return toRedactedJson(this.#hiddenValue());
  }

  locate(path: string): Location | undefined {
    return this.#finder.find(parsePath(path));
  }

  /** Where a key's name was written, if it is in a block. */
  locateKey(path: readonly string[]): Location | undefined {
    return this.#finder.key(path);
  }

  keys(): ReadonlyMap<string, Location> {
    const keys = [...this.places.keys()];
    return new Map(keys.map((key) => [key, this.#finder.key([key])!]));
  }

  /** The block itself, or the one it was left out of. */
  get at(): Location {
    return this.#finder.locate(this.block);
  }

  /** Every text that must not be printed. */
  secretTexts(): Iterable<string> {
    return sensitiveTexts(this.#hiddenValue());
  }

  /** The same with more keys that are secret, such as `auth.password`. */
  withSensitiveKeys(paths: Iterable<string>): EvaluatedConfig {
    const hidden = new Set([...this.hidden, ...paths]);
    return new EvaluatedConfig(this.value, this.places, this.block, hidden);
  }

  /** The same with a text where a key is not given, or null. */
  withDefault(key: string, text: string): EvaluatedConfig {
    const given = this.value.entries.get(key);
    if (given !== undefined && given.kind !== "null") return this;
    const entries = new Map(this.value.entries);
    entries.set(key, { kind: "string", value: text });
    const value = { ...this.value, entries };
    return new EvaluatedConfig(value, this.places, this.block, this.hidden);
  }

  #hiddenValue(): ObjectValue {
    return this.hidden.size === 0
      ? this.value
      : hide(this.value, "", this.hidden);
  }
}

/** An empty config: the block was left out of the one at `place`. */
export function emptyConfig(place: Place): EvaluatedConfig {
  const value: ObjectValue = { kind: "object", entries: new Map() };
  return new EvaluatedConfig(value, new Map(), place);
}

/**
 * Evaluates a whole block.
 * @returns `undefined` when the context does not evaluate. A key that failed is
 * left out, and reported.
 */
export function readConfig(
  block: Block,
  context: ReadContext,
): EvaluatedConfig | undefined {
  const reader = new BodyEvaluator(context);
  const { value, places } = reader.body(block.body);
  const place = { source: context.source, span: headOf(block) };
  return context.scope && new EvaluatedConfig(value, places, place);
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
    // A second attribute of the name was reported by the parser.
    for (const other of items) if (other.kind === "block") this.#clash(other);
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
