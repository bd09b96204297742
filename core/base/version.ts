/**
 * Versions and what is asked of them: `>= 0.1, < 2`, `~> 1.2`.
 *
 * Used for `required_version` and for the tags of providers.
 *
 * @see https://semver.org/spec/v2.0.0.html
 * @module
 */

type Operator = "=" | "!=" | ">" | ">=" | "<" | "<=" | "~>";

/** One condition; parts that were not written are absent. */
export interface Constraint {
  readonly operator: Operator;
  readonly parts: readonly number[];
}

/** @returns `undefined` when the text is no list of conditions. */
export function parseConstraints(text: string): Constraint[] | undefined {
  const constraints: Constraint[] = [];
  for (const one of text.split(",")) {
    const match = /^\s*(=|!=|>=?|<=?|~>)?\s*v?(\d+(?:\.\d+){0,2})\s*$/.exec(
      one,
    );
    if (match === null) return undefined;
    const operator = (match[1] ?? "=") as Operator;
    constraints.push({ operator, parts: match[2].split(".").map(Number) });
  }
  return constraints;
}

/** @param version `0.1.0`; what follows a `-` or `+` does not count. */
export function satisfies(
  version: string,
  constraints: readonly Constraint[],
): boolean {
  const parts = version.replace(/[-+].*$/, "").split(".").map(Number);
  return constraints.every((one) => holds(parts, one));
}

function holds(
  version: readonly number[],
  { operator, parts }: Constraint,
): boolean {
  const order = compare(version, parts);
  switch (operator) {
    case "=":
      return order === 0;
    case "!=":
      return order !== 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case "~>":
      // Only the last part written may grow.
      return order >= 0 && compare(version, ceiling(parts)) < 0;
  }
}

function ceiling(parts: readonly number[]): number[] {
  const kept = parts.slice(0, Math.max(1, parts.length - 1));
  return [...kept.slice(0, -1), kept[kept.length - 1] + 1];
}

const TAG = /^v?(\d+)\.(\d+)\.(\d+)(?:\+[0-9A-Za-z.-]+)?$/;

/**
 * The tag with the highest version that fits. Tags that are no full version, and
 * previews such as `2.0.0-rc.1`, are left alone: who wants one names it.
 *
 * @example
 * ```ts
 * import { newestTag, parseConstraints } from "./version.ts";
 *
 * const wanted = parseConstraints("~> 1.2")!;
 * const tags = ["v1.9.0", "v1.10.0", "v1.11.0-rc.1", "v2.0.0", "latest"];
 * if (newestTag(tags, wanted) !== "v1.10.0") throw new Error();
 * ```
 */
export function newestTag(
  tags: Iterable<string>,
  constraints: readonly Constraint[],
): string | undefined {
  let best: { tag: string; parts: readonly number[] } | undefined;
  for (const tag of tags) {
    const match = TAG.exec(tag);
    if (match === null) continue;
    const parts = match.slice(1, 4).map(Number);
    if (!constraints.every((one) => holds(parts, one))) continue;
    if (best === undefined || compare(parts, best.parts) > 0) {
      best = { tag, parts };
    }
  }
  return best?.tag;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < 3; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
