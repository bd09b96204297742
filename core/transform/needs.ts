/**
 * Which fields expressions read, so that only those are made ready for them.
 *
 * @module
 */

import type { ASTNode } from "@marcbachmann/cel-js";
import type { Json } from "../protocol/mod.ts";
import { type FieldPath, ROOTS } from "./path.ts";
import { isPlainObject, type ToCel } from "./to_cel.ts";

/** Names that mean something else on an object than on a Map. */
const SPECIAL = new Set(["constructor", "__proto__"]);

/** What is read of one value: all of it, or only fields. */
export class Needs {
  #isWhole = false;
  readonly #fields = new Map<string, Needs>();

  /** Nothing is read yet. */
  get isEmpty(): boolean {
    return !this.#isWhole && this.#fields.size === 0;
  }

  /** Learns what an expression reads; may learn too much, never too little. */
  addAllOf(node: unknown): void {
    if (Array.isArray(node)) return node.forEach((each) => this.addAllOf(each));
    if (!isNode(node)) return;
    const path = pathOf(node, true);
    if (path === undefined) this.addAllOf(node.args);
    else this.#add(path);
  }

  /** A value with nothing in it but what is read. */
  pick(value: Json, toCel: ToCel): unknown {
    if (this.#isWhole || !isPlainObject(value)) return toCel.convert(value);
    const picked: Record<string, unknown> = {};
    for (const [name, needs] of this.#fields) {
      if (!Object.hasOwn(value, name)) continue;
      picked[name] = needs.pick(value[name], toCel);
    }
    return picked;
  }

  /** Of one field. */
  field(name: string): Needs | undefined {
    return this.#fields.get(name);
  }

  #add(path: FieldPath): void {
    const [first, ...rest] = path;
    if (first === undefined || SPECIAL.has(first)) {
      this.#isWhole = true;
      return;
    }
    let field = this.#fields.get(first);
    if (field === undefined) this.#fields.set(first, field = new Needs());
    field.#add(rest);
  }
}

/**
 * The path that an expression is, if it is nothing else.
 *
 * @param withOptional Whether `data.?a` counts too: it reads the same field, but
 * means something else.
 */
export function pathOf(
  node: ASTNode,
  withOptional = false,
): FieldPath | undefined {
  const { op, args } = node as { op: string; args: unknown };
  if (op === "id") {
    return ROOTS.some((root) => root === args) ? [args as string] : undefined;
  }
  if (!Array.isArray(args)) return undefined;
  const isOptional = op === ".?" || op === "[?]";
  if (isOptional && !withOptional) return undefined;
  const name = op === "." || op === ".?"
    ? args[1]
    : op === "[]" || op === "[?]"
    ? literal(args[1])
    : undefined;
  if (typeof name !== "string") return undefined;
  const path = pathOf(args[0], withOptional);
  return path && [...path, name];
}

/** The value that an expression is, if it is nothing else. */
export function literal(node: unknown): unknown {
  return isNode(node) && node.op === "value" ? node.args : undefined;
}

function isNode(node: unknown): node is ASTNode {
  return typeof node === "object" && node !== null && "op" in node;
}
