/**
 * Where the keys of a config were written, without giving away what is secret.
 *
 * An excerpt is a whole line; a secret that stands in it as such is dotted out,
 * whichever key of the line the problem is about.
 *
 * @module
 */

import type { Location } from "../../base/errors.ts";
import {
  type Expression,
  hasSensitive,
  type ObjectValue,
  type SourceText,
  type Span,
  type Value,
} from "../../hcl/mod.ts";
import type { Place } from "./problems.ts";

/** Where a key is: its name, what it was set with, and what is inside. */
export interface KeyPlace {
  readonly source: SourceText;
  readonly nameSpan: Span;
  readonly valueSpan: Span;
  /** Absent for a block. */
  readonly expression?: Expression;
  /** Of a nested block; a list for repeated ones. */
  readonly inside?: Inside;
}

type Inside = ReadonlyMap<string, KeyPlace> | readonly KeyPlace[];

/** Answers where something is. */
export class PlaceFinder {
  #secrets: readonly Place[] | undefined;

  constructor(
    readonly value: ObjectValue,
    readonly places: ReadonlyMap<string, KeyPlace>,
  ) {}

  /**
   * What a key was set with; the deepest part of the path that is known.
   * A part of a value answers with its own place, wherever that is, unless it
   * is secret.
   */
  find(path: readonly string[]): Location | undefined {
    let inside: Inside | undefined = this.places;
    let value: Value | undefined = this.value;
    let found: Place | undefined;
    for (const name of path) {
      const key = findKey(value, name);
      value = child(value, key);
      if (value === undefined) break;
      const place: KeyPlace | undefined = inside && placeOf(inside, key);
      inside = place?.inside;
      if (place) found = { source: place.source, span: place.valueSpan };
      else if (!hasSensitive(value)) found = placeOfValue(value) ?? found;
    }
    return found && this.locate(found);
  }

  /** Where a key's name is, if it is in a block. */
  key(path: readonly string[]): Location | undefined {
    let inside: Inside | undefined = this.places;
    let place: KeyPlace | undefined;
    for (const key of path) {
      place = inside && placeOf(inside, key);
      inside = place?.inside;
    }
    return place && this.locate({ source: place.source, span: place.nameSpan });
  }

  locate({ source, span }: Place): Location {
    const at = source.locate(span);
    this.#secrets ??= [...secretLiterals(this.value, this.places)];
    // A line may be long, and is asked for at each mistake in it.
    if (this.#secrets.length === 0) return at;
    const characters = [...at.text];
    for (const secret of this.#secrets) {
      if (secret.source !== source) continue;
      const { line, column, width } = source.locate(secret.span);
      if (line !== at.line) continue;
      characters.fill("•", column - 1, column - 1 + width);
    }
    return { ...at, text: characters.join("") };
  }
}

function placeOf(inside: Inside, key: string): KeyPlace | undefined {
  return "get" in inside ? inside.get(key) : inside[Number(key)];
}

function placeOfValue({ span, source }: Value): Place | undefined {
  return span && source && { source, span };
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

/** `config.tables[0].name` → `tables`, `0`, `name`. */
export function parsePath(path: string): string[] {
  const parts = [...path.matchAll(/\["([^"]*)"\]|\[(\d+)\]|([^.[\]]+)/g)]
    .map(([, quoted, index, name]) => quoted ?? index ?? name);
  return parts[0] === "config" ? parts.slice(1) : parts;
}

/** Literals in the text of every key that holds something secret. */
function* secretLiterals(value: Value, inside: Inside): Generator<Place> {
  for (const [key, place] of inside.entries()) {
    const inner = child(value, String(key));
    const { source, expression } = place;
    if (inner === undefined) continue;
    if (place.inside !== undefined) yield* secretLiterals(inner, place.inside);
    if (expression === undefined || !hasSensitive(inner)) continue;
    for (const span of literalSpans(expression)) {
      // A template's own text shows where a secret comes from, not what it is.
      if (!source.writtenOf(span).includes("{{")) yield { source, span };
    }
  }
}

/** Literals, but not the `"NAME"` of `env("NAME")`. */
function* literalSpans(expression: Expression): Generator<Span> {
  // Over whatever nodes there are, without recursion.
  const pending: unknown[] = [expression];
  while (pending.length > 0) {
    const node = pending.pop();
    if (Array.isArray(node)) { for (const one of node) pending.push(one); }
    else if (typeof node === "object" && node !== null) {
      const { kind, name, span } = node as Record<string, unknown>;
      if (kind === "call" && name === "env") continue;
      if (kind === "template" || kind === "number") yield span as Span;
      else for (const one of Object.values(node)) pending.push(one);
    }
  }
}
