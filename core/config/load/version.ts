/**
 * `required_version = ">= 0.1, < 2"` against the version that runs.
 *
 * @module
 */

type Operator = "=" | "!=" | ">" | ">=" | "<" | "<=" | "~>";

/** One condition; parts that were not written are absent. */
interface Constraint {
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

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < 3; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
