/**
 * A provider's config made from parts of a root block.
 *
 * Every part that was written keeps its place and whether it is secret, so that
 * what a provider finds wrong is shown where the user wrote it.
 *
 * @module
 */

import {
  canonical,
  type KeyPlace,
} from "../../core/config/load/config_places.ts";
import { EvaluatedConfig } from "../../core/config/load/config_tree.ts";
import {
  booleanValue,
  listValue,
  numberValue,
  type ObjectValue,
  objectValue,
  stringValue,
  type Value,
} from "../../core/hcl/mod.ts";
import type { SourceBlock } from "./source_block.ts";

/** What a literal may be. */
export type Literal =
  | string
  | number
  | boolean
  | Value
  | readonly Literal[]
  | { readonly [key: string]: Literal | undefined };

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

  /**
   * Takes over every key of a block `config`; the members of an object that is
   * there already are added to it.
   * @returns Keys and members it had already.
   */
  takeAll(from: SourceBlock): string[] {
    return from.keys().flatMap((key) => {
      const own = this.#keyOf(key);
      if (own === undefined) {
        this.take(from, key);
        return [];
      }
      const inside = from.inside(key);
      return this.#isObject(own) && inside.isObject
        ? this.#addMembers(own, key, inside)
        : [key];
    });
  }

  #addMembers(own: string, key: string, from: SourceBlock): string[] {
    const { entries } = this.#entries.get(own) as ObjectValue;
    const names = [...entries.keys()].map(canonical);
    const isTaken = (name: string) => names.includes(canonical(name));
    const free = from.keys().filter((name) => !isTaken(name));
    const added = free.map((name) => [name, from.value(name)!] as const)
      .filter(([, value]) => value !== undefined);
    this.#entries.set(own, objectValue([...entries, ...added]));
    const place = from.ownPlace;
    if (place !== undefined) this.#places.set(own, place);
    return from.keys().filter(isTaken).map((name) => `${key}.${name}`);
  }

  #isObject(key: string): boolean {
    return this.#entries.get(key)?.kind === "object";
  }

  /** As it is spelt here. */
  #keyOf(key: string): string | undefined {
    const wanted = canonical(key);
    return [...this.#entries.keys()].find((one) => canonical(one) === wanted);
  }

  /** Whether a key is there, however it is spelt. */
  has(key: string): boolean {
    return this.#keyOf(key) !== undefined;
  }

  build(): EvaluatedConfig {
    const { tree, ownPlace: place } = this.block;
    const at = place === undefined
      ? tree.block
      : { source: place.source, span: place.nameSpan };
    const value = objectValue(this.#entries);
    return new EvaluatedConfig(value, this.#places, at);
  }
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
