/**
 * A parsed template → text, with what the environment gave kept apart.
 *
 * Goes on after a mistake: something harmless takes the place of what failed.
 *
 * @module
 */

import type { Span } from "../syntax_tree.ts";
import {
  type Datum,
  isDict,
  isEmpty,
  isList,
  type Result,
  sortedEntries,
  typeName,
} from "./datum.ts";
import { Evaluator, failed, NIL, type TemplateWorld } from "./evaluate.ts";
import { print } from "./go_format.ts";
import {
  type ConditionNode,
  type InsertNode,
  type Node,
  type Pipeline,
  type RangeNode,
  TemplateProblem,
} from "./nodes.ts";
import type { Output } from "./output.ts";

/** A mistake met while executing; `expandedOffset` says where in the result. */
export interface Failure {
  readonly problem: TemplateProblem;
  readonly expandedOffset: number;
}

/** What leaves a `range` early. */
type Jump = "break" | "continue" | undefined;

/** Nodes executed before we call it endless. */
const MAX_STEPS = 1_000_000;

/** Executes nodes into an {@link Output}. */
export class Execution {
  readonly failures: Failure[] = [];
  /** Texts that must not be printed. */
  readonly secrets = new Set<string>();
  /** Sensitive texts that stand in the file anyway. */
  readonly defaults = new Set<string>();
  readonly #evaluator: Evaluator;
  #steps = 0;

  constructor(readonly output: Output, world: TemplateWorld) {
    const charge = (steps: number, span: Span) => this.#charge(steps, span);
    this.#evaluator = new Evaluator(world, charge);
  }

  /**
   * @throws {TemplateProblem} When a limit is passed; everything else is in
   * `failures`.
   */
  run(nodes: readonly Node[]): void {
    this.#nodes(nodes, NIL);
  }

  #nodes(nodes: readonly Node[], dot: Result): Jump {
    return this.#evaluator.inScope(() => {
      for (const node of nodes) {
        const jump = this.#node(node, dot);
        if (jump !== undefined) return jump;
      }
      return undefined;
    });
  }

  #node(node: Node, dot: Result): Jump {
    this.#charge(1, node.span);
    switch (node.kind) {
      case "text":
        return void this.output.copy(node.span);
      case "hole":
        return void this.output.hole(node.span, node.place);
      case "insert":
        return void this.#insert(node, dot);
      case "if":
      case "with":
        return this.#condition(node, dot);
      case "range":
        return this.#range(node, dot);
      case "break":
      case "continue":
        return node.kind;
    }
  }

  #insert(node: InsertNode, dot: Result): void {
    const { pipeline, span, place } = node;
    const isPrinted = pipeline.declares === undefined;
    const result = this.#attempt(() => {
      const value = this.#pipeline(pipeline, dot);
      return isPrinted ? this.#evaluator.used(value) : value;
    });
    if (result === undefined) return this.output.hole(span, place);
    if (!isPrinted) return;
    const printed = result.value === null ? "<no value>" : print(result.value);
    const isSecret = result.secrets.length > 0;
    if (isSecret) this.#remember(printed, result.secrets);
    const isLiteral = result.isLiteral === true;
    this.output.insert(printed, span, place, { isSecret, isLiteral });
  }

  #remember(printed: string, secrets: readonly string[]): void {
    const read = secrets.filter((secret) => secret !== "");
    if (read.length === 0) this.defaults.add(printed);
    else for (const text of [printed, ...read]) this.secrets.add(text);
  }

  #condition(node: ConditionNode, dot: Result): Jump {
    return this.#evaluator.inScope(() => {
      const result = this.#attempt(() => {
        return this.#evaluator.used(this.#pipeline(node.pipeline, dot));
      });
      const isTrue = result !== undefined && !isEmpty(result.value);
      const inner = isTrue && node.kind === "with" ? result : dot;
      return this.#nodes(isTrue ? node.body : node.otherwise, inner);
    });
  }

  #range(node: RangeNode, dot: Result): Jump {
    const collection = this.#attempt(() => {
      const value = this.#evaluator.value(node.pipeline, dot);
      const result = this.#evaluator.used(value);
      return { result, items: itemsOf(result.value, node.pipeline.span) };
    });
    if (collection === undefined) return undefined;
    const { result, items } = collection;
    if (items.length === 0) return this.#nodes(node.otherwise, dot);
    for (const [key, value] of items) {
      this.#charge(1, node.span);
      const item = { value, secrets: result.secrets };
      const jump = this.#evaluator.inScope(() => {
        this.#declare(node.pipeline, { value: key, secrets: [] }, item);
        return this.#nodes(node.body, item);
      });
      if (jump === "break") break;
    }
    return undefined;
  }

  /** `range $x := …` names the item, `range $i, $x := …` the key, too. */
  #declare({ declares }: Pipeline, key: Result, item: Result): void {
    if (declares === undefined) return;
    const [first, second] = declares.names;
    const values = second === undefined ? [item] : [key, item];
    [first, second].slice(0, values.length).forEach((name, i) => {
      this.#evaluator.set(name, values[i], declares.isNew);
    });
  }

  #pipeline(pipeline: Pipeline, dot: Result): Result {
    const result = this.#evaluator.value(pipeline, dot);
    const { declares } = pipeline;
    if (declares !== undefined) {
      this.#evaluator.set(declares.names[0], result, declares.isNew);
    }
    return result;
  }

  /** Work is counted, so that it ends. */
  #charge(steps: number, span: Span): void {
    this.#steps += steps;
    if (this.#steps <= MAX_STEPS) return;
    throw new TemplateProblem(
      span,
      "config.template_too_large",
      "the templates of this file take too many steps",
    );
  }

  #attempt<T>(action: () => T): T | undefined {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof TemplateProblem)) throw error;
      if (error.code === "config.template_too_large") throw error;
      const expandedOffset = this.output.length;
      this.failures.push({ problem: error, expandedOffset });
      return undefined;
    }
  }
}

function itemsOf(value: Datum, span: Span): (readonly [Datum, Datum])[] {
  if (value === null) return [];
  if (isList(value)) return value.map((item, i) => [BigInt(i), item]);
  if (isDict(value)) return sortedEntries(value);
  if (typeof value === "bigint") {
    if (value > MAX_STEPS) throw failed(span, "that is too far to count");
    const length = Math.max(0, Number(value));
    return Array.from({ length }, (_, i) => [BigInt(i), BigInt(i)]);
  }
  throw failed(span, `"range" needs a list or a dict, got ${typeName(value)}`);
}
