/**
 * Files that import each other in a circle.
 *
 * In a circle no file can be read, tested or moved alone, and which one is loaded
 * first decides what the others see. `import type` makes none: it is gone when the
 * program runs. The few circles that are allowed stand in `ALLOWED`.
 *
 * @module
 */

import type { Import } from "./check_layers.ts";

/** A circle that may stay, and why. */
export interface AllowedCircle {
  /** Its files; a folder, with `/` at its end, stands for all files below. */
  readonly files: readonly string[];
  readonly reason: string;
}

/** Every circle that may stay. */
export const ALLOWED: readonly AllowedCircle[] = [
  {
    files: [
      "call",
      "collection",
      "expression",
      "for",
      "template",
      "term",
      "traversal",
    ].map((name) => `core/hcl/syntax/${name}.ts`),
    reason: "an expression of HCL holds templates, calls and lists, and they " +
      "hold expressions; each has a file",
  },
  {
    files: [
      "access",
      "call",
      "comprehension",
      "conditional",
      "evaluate",
      "operators",
      "template",
    ].map((name) => `core/hcl/expressions/${name}.ts`),
    reason: "the same, evaluated",
  },
];

/** @returns The files of each circle, sorted. */
export function findCircles(imports: readonly Import[]): string[][] {
  const graph = toGraph(imports);
  const circles: string[][] = [];
  const seen = new Set<string>();
  for (const file of graph.keys()) {
    if (seen.has(file)) continue;
    const reached = reachable(graph, file);
    const circle = [...reached]
      .filter((other) => reachable(graph, other).has(file));
    if (circle.length === 0) continue;
    for (const one of circle) seen.add(one);
    circles.push(circle.sort());
  }
  return circles;
}

/** @returns A sentence for each circle that isn't allowed, each entry of no use. */
export function explainCircles(
  circles: readonly (readonly string[])[],
  allowed: readonly AllowedCircle[],
): string[] {
  const forbidden = circles.filter((circle) =>
    !allowed.some((one) => covers(one, circle))
  ).map((circle) =>
    `these import each other in a circle: ${circle.join(", ")}`
  );
  const unused = allowed.filter((one) =>
    one.reason !== "to be removed" &&
    !circles.some((circle) => covers(one, circle))
  ).map(({ files }) =>
    `scripts/circles.ts allows a circle that is gone: ${files.join(", ")}`
  );
  return [...forbidden, ...unused];
}

function covers({ files }: AllowedCircle, circle: readonly string[]): boolean {
  return circle.every((path) =>
    files.some((file) =>
      file.endsWith("/") ? path.startsWith(file) : path === file
    )
  );
}

type Graph = ReadonlyMap<string, readonly string[]>;

function toGraph(imports: readonly Import[]): Graph {
  const graph = new Map<string, string[]>();
  for (const { from, to, isTypeOnly } of imports) {
    if (isTypeOnly) continue;
    const targets = graph.get(from) ?? [];
    targets.push(to);
    graph.set(from, targets);
  }
  return graph;
}

/** What a file imports, directly or not: itself only when it is in a circle. */
function reachable(graph: Graph, file: string): Set<string> {
  const reached = new Set<string>();
  const waiting = [file];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const target of graph.get(next) ?? []) {
      if (reached.has(target)) continue;
      reached.add(target);
      waiting.push(target);
    }
  }
  return reached;
}
