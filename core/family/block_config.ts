/**
 * A provider's config made from parts of a root block.
 *
 * Every part that was written keeps its place and whether it is secret, so that
 * what a provider finds wrong is shown where the user wrote it.
 *
 * @module
 */

import { canonical, type KeyPlace } from "../config/load/config_places.ts";
import { EvaluatedConfig } from "../config/load/config_tree.ts";
import type { Location } from "../errors.ts";
import {
  booleanValue,
  listValue,
  numberValue,
  objectValue,
  stringValue,
  type Value,
} from "../config/value.ts";

/** What a literal may be. */
export type Literal =
  | string
  | number
  | boolean
  | Value
  | readonly Literal[]
  | { readonly [key: string]: Literal | undefined };

/** A block of the configuration, and the way to what is inside. */
export class SourceBlock {
  constructor(
    readonly tree: EvaluatedConfig,
    readonly path: readonly string[] = [],
  ) {}

  /** The block's own place. */
  get at(): Location {
    if (this.path.length === 0) return this.tree.at;
    return this.tree.locate(pathOf(this.path)) ?? this.tree.at;
  }

  /** A block inside; it may be missing. */
  inside(key: string): SourceBlock {
    return new SourceBlock(this.tree, [...this.path, key]);
  }

  /** Where a key's value stands, else the block. */
  locate(key: string): Location {
    return this.tree.locate(pathOf([...this.path, key])) ?? this.at;
  }

  /** What was written; `undefined` for what wasn't, or is null. */
  value(key: string): Value | undefined {
    const value = find(this.#own(), key)?.[1];
    return value?.kind === "null" ? undefined : value;
  }

  /** Whether it is several blocks of one name. */
  get isList(): boolean {
    return this.#own()?.kind === "list";
  }

  /** Every key of the block. */
  keys(): string[] {
    const own = this.#own();
    return own?.kind === "object" ? [...own.entries.keys()] : [];
  }

  /** Where a key was written. */
  place(key: string): KeyPlace | undefined {
    let inside: KeyPlace["inside"] = this.tree.places;
    let place: KeyPlace | undefined;
    for (const name of [...this.path, key]) {
      place = inside && findPlace(inside, name);
      inside = place?.inside;
    }
    return place;
  }

  #own(): Value | undefined {
    return this.path.reduce<Value | undefined>(
      (value, key) => find(value, key)?.[1],
      this.tree.value,
    );
  }
}

/** Collects the keys of one config block. */
export class ConfigBuilder {
  readonly #entries = new Map<string, Value>();
  readonly #places = new Map<string, KeyPlace>();

  constructor(readonly block: SourceBlock) {}

  /** Takes a key over, under its name or another; nothing if it isn't there. */
  take(from: SourceBlock, key: string, as = key): this {
    const value = from.value(key);
    if (value === undefined) return this;
    this.#entries.set(as, value);
    const place = from.place(key);
    if (place !== undefined) this.#places.set(as, place);
    return this;
  }

  /** Sets what the user needn't write. @param place A key that says why. */
  set(key: string, literal: Literal | undefined, place?: KeyPlace): this {
    if (literal === undefined) return this;
    this.#entries.set(key, toValue(literal));
    if (place !== undefined) this.#places.set(key, place);
    return this;
  }

  /** Takes over every key of a block `config`; @returns those it had already. */
  takeAll(from: SourceBlock): string[] {
    const taken = new Set([...this.#entries.keys()].map(canonical));
    const [double, free] = partition(
      from.keys(),
      (key) => taken.has(canonical(key)),
    );
    for (const key of free) this.take(from, key);
    return double;
  }

  /** Whether a key is there, however it is spelt. */
  has(key: string): boolean {
    const wanted = canonical(key);
    return [...this.#entries.keys()].some((one) => canonical(one) === wanted);
  }

  build(): EvaluatedConfig {
    const { tree, path } = this.block;
    const place = this.block.path.length === 0
      ? undefined
      : new SourceBlock(tree, path.slice(0, -1)).place(path.at(-1)!);
    const at = place === undefined
      ? tree.block
      : { source: place.source, span: place.nameSpan };
    const value = objectValue(this.#entries);
    return new EvaluatedConfig(value, this.#places, at);
  }
}

/** From `config`, which is taken off again: a block inside may have that name. */
function pathOf(keys: readonly string[]): string {
  return ["config", ...keys].join(".");
}

function toValue(literal: Literal): Value {
  if (typeof literal === "string") return stringValue(literal);
  if (typeof literal === "number") return numberValue(literal);
  if (typeof literal === "boolean") return booleanValue(literal);
  if (Array.isArray(literal)) return listValue(literal.map(toValue));
  if (isValue(literal)) return literal;
  const members = Object.entries(literal as Record<string, Literal>)
    .filter(([, member]) => member !== undefined);
  return objectValue(members.map(([key, one]) => [key, toValue(one)]));
}

function isValue(literal: Literal): literal is Value {
  return typeof literal === "object" && "kind" in literal;
}

/** snake_case and camelCase are one key. */
function find(
  value: Value | undefined,
  key: string,
): [string, Value] | undefined {
  if (value?.kind === "list") return [key, value.items[Number(key)]];
  if (value?.kind !== "object") return undefined;
  const wanted = canonical(key);
  return [...value.entries].find(([name]) => canonical(name) === wanted);
}

function findPlace(
  places: NonNullable<KeyPlace["inside"]>,
  key: string,
): KeyPlace | undefined {
  if (!("get" in places)) return places[Number(key)];
  const wanted = canonical(key);
  return [...places].find(([name]) => canonical(name) === wanted)?.[1];
}

function partition<T>(items: readonly T[], test: (item: T) => boolean) {
  return [items.filter(test), items.filter((item) => !test(item))];
}
