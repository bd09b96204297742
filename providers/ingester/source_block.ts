/**
 * A block of the configuration and the way to what is inside, by keys in any
 * spelling.
 *
 * @module
 */

import {
  canonical,
  type KeyPlace,
} from "../../core/config/load/config_places.ts";
import type { EvaluatedConfig } from "../../core/config/load/config_tree.ts";
import type { Value } from "../../core/hcl/mod.ts";
import type { Location } from "../../core/base/errors.ts";

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

  /** Where the block itself was written; nothing for a root block. */
  get ownPlace(): KeyPlace | undefined {
    const parent = new SourceBlock(this.tree, this.path.slice(0, -1));
    return this.path.length === 0 ? undefined : parent.place(this.path.at(-1)!);
  }

  /** Whether it is several blocks of one name. */
  get isList(): boolean {
    return this.#own()?.kind === "list";
  }

  get isObject(): boolean {
    return this.#own()?.kind === "object";
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

/** From `config`, which is taken off again: a block inside may have that name. */
function pathOf(keys: readonly string[]): string {
  return ["config", ...keys].join(".");
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
