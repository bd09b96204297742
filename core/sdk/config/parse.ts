/**
 * A config block as JSON → typed values, or every problem it has.
 *
 * snake_case and camelCase are one key, so upstream's `maxCount` and our
 * `max_count` mean the same; both at once is a mistake. null counts as not given.
 *
 * @module
 */

import { didYouMean } from "../../base/nearest.ts";
import type { JsonObject } from "../../protocol/envelope.ts";
import {
  type Config,
  type ConfigProblem,
  type Field,
  type Fields,
  isRequired,
  keyOf,
  type Place,
  spellingsOf,
} from "./field.ts";

/** The values, or at least one problem. */
export type ParsedConfig<F extends Fields> =
  | { readonly values: Config<F>; readonly problems: readonly [] }
  | {
    readonly values?: undefined;
    readonly problems: readonly ConfigProblem[];
  };

/**
 * Reads a whole config block.
 *
 * @example
 * ```ts
 * import { integer, parseConfig } from "@dstream/sdk";
 *
 * const fields = { maxCount: integer({ default: 0, min: 0, doc: "Stop after" }) };
 * const { values } = parseConfig(fields, { max_count: 5 });
 * if (values?.maxCount !== 5) throw new Error();
 * ```
 */
export function parseConfig<F extends Fields>(
  fields: F,
  config: JsonObject,
): ParsedConfig<F> {
  const problems: ConfigProblem[] = [];
  const values = readFields(fields, config, new Path("config", problems));
  return problems.length > 0 ? { problems } : { values, problems: [] };
}

/** Reads one block at its place; values are whole only if nothing was noted. */
export function readFields<F extends Fields>(
  fields: F,
  block: JsonObject,
  place: Place,
): Config<F> {
  const propertyOf = spellings(fields);
  const given = new Map<string, string>();
  for (const [key, value] of Object.entries(block)) {
    const property = propertyOf.get(key);
    if (property === undefined) failUnknown(key, fields, place);
    else if (given.has(property)) {
      place.inside(key).fail(
        `is "${given.get(property)}" once more`,
        "give one",
      );
    } else if (value !== null) given.set(property, key);
  }
  return Object.fromEntries(
    Object.entries(fields).map(([property, field]) => {
      const key = given.get(property);
      return [
        property,
        key === undefined
          ? valueWhenAbsent(property, field, place)
          : field.read(block[key], place.inside(key)),
      ];
    }),
  ) as Config<F>;
}

function valueWhenAbsent(
  property: string,
  field: Field<unknown>,
  place: Place,
): unknown {
  const inside = place.inside(keyOf(property, field));
  if (isRequired(field)) return inside.fail("is required");
  const { default: value } = field.options;
  return value === undefined ? undefined : field.read(value, inside);
}

function spellings(fields: Fields): Map<string, string> {
  const properties = new Map<string, string>();
  for (const [property, field] of Object.entries(fields)) {
    for (const key of spellingsOf(property, field)) {
      properties.set(key, property);
    }
  }
  return properties;
}

function failUnknown(key: string, fields: Fields, place: Place): void {
  const known = Object.entries(fields).map(([p, field]) => keyOf(p, field));
  const all = known.length === 0
    ? "there are no keys here"
    : `known keys: ${known.join(", ")}`;
  const candidates = [...spellings(fields).keys()];
  place.inside(key).fail("is not known", didYouMean(key, candidates, all));
}

/** A place that notes problems in a list all places share. */
class Path implements Place {
  readonly #problems: ConfigProblem[];

  constructor(readonly path: string, problems: ConfigProblem[]) {
    this.#problems = problems;
  }

  fail(message: string, hint?: string): undefined {
    const name = this.path.replace(/^config\.?/, "") || "config";
    this.#problems.push({
      path: this.path,
      message: `${name} ${message}`,
      ...(hint === undefined ? {} : { hint }),
    });
  }

  inside(key: string | number): Place {
    const step = typeof key === "number"
      ? `[${key}]`
      : /^[A-Za-z_][\w-]*$/.test(key)
      ? `.${key}`
      : `[${JSON.stringify(key)}]`;
    return new Path(this.path + step, this.#problems);
  }
}

/** All problems as one line, for a handshake or a log. */
export function describeProblems(problems: readonly ConfigProblem[]): string {
  return problems
    .map(({ message, hint }) => hint ? `${message} (${hint})` : message)
    .join("; ");
}
