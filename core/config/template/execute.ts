/**
 * A parsed template → text, with what the environment gave kept apart.
 *
 * @module
 */

import { didYouMean } from "../../nearest.ts";
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
import { FUNCTIONS, text } from "./functions.ts";
import { print } from "./go_format.ts";
import {
  type Command,
  type ConditionNode,
  type InsertNode,
  type Node,
  type Operand,
  type Pipeline,
  type RangeNode,
  TemplateProblem,
} from "./nodes.ts";
import type { Output } from "./output.ts";

/** What a template may look at. */
export interface TemplateWorld {
  readonly env: Readonly<Record<string, string>>;
  /** An unset variable is an empty text. */
  readonly allowMissingEnv: boolean;
  readonly wallMs: () => number;
}

/** A mistake met while executing; `expandedOffset` says where in the result. */
export interface Failure {
  readonly problem: TemplateProblem;
  readonly expandedOffset: number;
}

/** Nodes executed before we call it endless. */
const MAX_STEPS = 1_000_000;

/** Functions that look at more than their arguments' values. */
const SPECIAL: ReadonlyMap<string, number> = new Map([
  ["env", 1],
  ["default", 1],
  ["coalesce", 0],
  ["empty", 1],
  ["required", 2],
  ["and", 1],
  ["or", 1],
]);

/** Every function name a template may use. */
export const FUNCTION_NAMES: ReadonlySet<string> = new Set([
  ...SPECIAL.keys(),
  ...FUNCTIONS.keys(),
]);

const NIL: Result = { value: null, secrets: [] };

type Scope = Map<string, Result>;

/** Executes nodes into an {@link Output}. */
export class Execution {
  readonly failures: Failure[] = [];
  /** Texts that must not be printed. */
  readonly secrets = new Set<string>();
  /** Sensitive texts that stand in the file anyway. */
  readonly defaults = new Set<string>();
  #scopes: Scope[] = [new Map([["$", NIL]])];
  #steps = 0;

  constructor(readonly output: Output, readonly world: TemplateWorld) {}

  /**
   * @throws {TemplateProblem} When a limit is passed; everything else is in
   * `failures`.
   */
  run(nodes: readonly Node[], dot: Result = NIL): void {
    this.#nodes(nodes, dot);
  }

  #nodes(
    nodes: readonly Node[],
    dot: Result,
  ): "break" | "continue" | undefined {
    this.#scopes.push(new Map());
    try {
      for (const node of nodes) {
        const jump = this.#node(node, dot);
        if (jump !== undefined) return jump;
      }
      return undefined;
    } finally {
      this.#scopes.pop();
    }
  }

  #node(node: Node, dot: Result): "break" | "continue" | undefined {
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

  #insert(node: InsertNode, dot: Result): void {
    const result = this.#attempt(() => {
      return node.pipeline.declares === undefined
        ? this.#used(this.#pipeline(node.pipeline, dot))
        : this.#pipeline(node.pipeline, dot);
    });
    if (result === undefined) {
      return this.output.hole(node.span, node.place);
    }
    if (node.pipeline.declares !== undefined) return;
    const printed = result.value === null ? "<no value>" : print(result.value);
    const isSecret = result.secrets.length > 0;
    if (isSecret) this.#remember(printed, result.secrets);
    const isLiteral = result.isLiteral === true;
    this.output.insert(printed, node.span, node.place, { isSecret, isLiteral });
  }

  #remember(printed: string, secrets: readonly string[]): void {
    const read = secrets.filter((secret) => secret !== "");
    if (read.length === 0) this.defaults.add(printed);
    else for (const text of [printed, ...read]) this.secrets.add(text);
  }

  #condition(node: ConditionNode, dot: Result) {
    this.#scopes.push(new Map());
    try {
      const result = this.#attempt(() => {
        return this.#used(this.#pipeline(node.pipeline, dot));
      });
      const isTrue = result !== undefined && !isEmpty(result.value);
      const inner = isTrue && node.kind === "with" ? result : dot;
      return this.#nodes(isTrue ? node.body : node.otherwise, inner);
    } finally {
      this.#scopes.pop();
    }
  }

  #range(node: RangeNode, dot: Result) {
    const collection = this.#attempt(() => {
      const result = this.#used(this.#value(node.pipeline, dot));
      return { result, items: itemsOf(result.value, node.pipeline.span) };
    });
    if (collection === undefined) return undefined;
    const { result, items } = collection;
    if (items.length === 0) return this.#nodes(node.otherwise, dot);
    for (const [key, value] of items) {
      this.#charge(1, node.span);
      const item = { value, secrets: result.secrets };
      this.#scopes.push(new Map());
      this.#declare(node.pipeline, { value: key, secrets: [] }, item);
      const jump = this.#nodes(node.body, item);
      this.#scopes.pop();
      if (jump === "break") break;
    }
    return undefined;
  }

  /** `range $x := …` names the item, `range $i, $x := …` the key, too. */
  #declare(pipeline: Pipeline, key: Result, item: Result): void {
    const names = pipeline.declares?.names ?? [];
    if (names.length === 1) this.#set(names[0], item, pipeline);
    if (names.length === 2) {
      this.#set(names[0], key, pipeline);
      this.#set(names[1], item, pipeline);
    }
  }

  #set(name: string, result: Result, pipeline: Pipeline): void {
    const owner = pipeline.declares?.isNew
      ? this.#scopes[this.#scopes.length - 1]
      : this.#scopes.findLast((scope) => scope.has(name));
    owner?.set(name, result);
  }

  #pipeline(pipeline: Pipeline, dot: Result): Result {
    const result = this.#value(pipeline, dot);
    const name = pipeline.declares?.names[0];
    if (name !== undefined) this.#set(name, result, pipeline);
    return result;
  }

  #value(pipeline: Pipeline, dot: Result): Result {
    let piped: Result | undefined;
    for (const command of pipeline.commands) {
      piped = this.#command(command, dot, piped);
    }
    return piped ?? NIL;
  }

  #command(command: Command, dot: Result, piped: Result | undefined): Result {
    const [first, ...rest] = command.operands;
    if (first.kind !== "function") return this.#operand(first, dot);
    const { name } = first;
    if (name === "and" || name === "or") {
      return this.#shortCircuit(name === "and", rest, dot, piped);
    }
    const args = rest.map((operand) => this.#operand(operand, dot));
    if (piped !== undefined) args.push(piped);
    return this.#call(name, args, command.span);
  }

  #operand(operand: Operand, dot: Result): Result {
    switch (operand.kind) {
      case "literal":
        return { value: operand.value, secrets: [] };
      case "dot":
        return this.#path(dot, operand);
      case "variable":
        return this.#path(this.#variable(operand.name), operand);
      case "function":
        return this.#call(operand.name, [], operand.span);
      case "group":
        return this.#path(this.#value(operand.pipeline, dot), operand);
    }
  }

  #variable(name: string): Result {
    const scope = this.#scopes.findLast((s) => s.has(name));
    return scope?.get(name) ?? NIL;
  }

  #path(
    result: Result,
    operand: { readonly path: readonly string[]; readonly span: Span },
  ): Result {
    let { value } = operand.path.length > 0 ? this.#used(result) : result;
    for (const name of operand.path) value = field(value, name, operand.span);
    return operand.path.length > 0 ? { ...result, value } : result;
  }

  /** `and` stops at the first empty value, `or` at the first that isn't. */
  #shortCircuit(
    isAnd: boolean,
    operands: readonly Operand[],
    dot: Result,
    piped: Result | undefined,
  ): Result {
    const passed: Result[] = [];
    for (const operand of operands) {
      const value = this.#operand(operand, dot);
      if (isEmpty(value.value) === isAnd) return instead(passed, value);
      passed.push(value);
    }
    return instead(passed, piped ?? passed.at(-1) ?? NIL);
  }

  #call(name: string, args: readonly Result[], span: Span): Result {
    const minArgs = SPECIAL.get(name);
    if (minArgs !== undefined) {
      if (args.length < minArgs) throw wrongCount(name, args.length, span);
      return this.#special(name, args, span);
    }
    const definition = FUNCTIONS.get(name)!;
    if (args.length < definition.minArgs || args.length > definition.maxArgs) {
      throw wrongCount(name, args.length, span);
    }
    const values = args.map((arg) => this.#used(arg).value);
    try {
      const value = definition.call(values, this.world.wallMs);
      this.#charge(sizeOf(value), span);
      const isLiteral = definition.isLiteral;
      return { value, secrets: args.flatMap((arg) => arg.secrets), isLiteral };
    } catch (error) {
      if (error instanceof TemplateProblem) throw error;
      throw failed(span, `"${name}": ${(error as Error).message}`);
    }
  }

  #special(name: string, args: readonly Result[], span: Span): Result {
    switch (name) {
      case "env":
        return this.#env(this.#used(args[0]).value, span);
      case "default":
        return args.length < 2 || isEmpty(args[1].value)
          ? instead(args.slice(1), args[0])
          : args[1];
      case "coalesce":
        return coalesce(args);
      case "empty":
        return { value: isEmpty(args[0].value), secrets: [] };
      default:
        return this.#required(args, span);
    }
  }

  #env(value: Datum, span: Span): Result {
    if (typeof value !== "string") {
      throw failed(span, `"env" needs a name, got ${typeName(value)}`);
    }
    const found = Object.hasOwn(this.world.env, value)
      ? this.world.env[value]
      : undefined;
    if (found !== undefined) return { value: found, secrets: [found] };
    if (this.world.allowMissingEnv) return { value: "", secrets: [""] };
    return { value: "", secrets: [], unset: { name: value, span } };
  }

  #required([message, arg]: readonly Result[], span: Span): Result {
    const isMissing = arg.value === null || arg.value === "";
    if (isMissing) throw failed(span, text(this.#used(message).value));
    return arg;
  }

  /** The moment an unset variable becomes an error. */
  #used(result: Result): Result {
    if (result.unset === undefined) return result;
    const { name, span } = result.unset;
    throw new TemplateProblem(
      span,
      "config.env_missing",
      `the environment variable "${name}" is not set`,
      didYouMean(
        name,
        Object.keys(this.world.env),
        `set it, or write {{ env "${name}" | default "…" }}`,
      ),
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

/**
 * `chosen`, because `passed` were empty. What stands in for something from the
 * environment is sensitive too: both have to look the same when printed.
 */
function instead(passed: readonly Result[], chosen: Result): Result {
  const isFromEnv = passed.some((r) => r.unset || r.secrets.length > 0);
  if (!isFromEnv || chosen.unset !== undefined) return chosen;
  return { ...chosen, secrets: [...chosen.secrets, ""] };
}

function coalesce(args: readonly Result[]): Result {
  const index = args.findIndex((arg) => !isEmpty(arg.value));
  const at = index < 0 ? args.length - 1 : index;
  return instead(args.slice(0, at), args[at] ?? NIL);
}

function itemsOf(value: Datum, span: Span): (readonly [Datum, Datum])[] {
  if (value === null) return [];
  if (isList(value)) return value.map((item, i) => [BigInt(i), item]);
  if (isDict(value)) return sortedEntries(value);
  if (typeof value === "bigint") {
    if (value > MAX_STEPS) throw failed(span, `${value} is too far to count`);
    const length = Math.max(0, Number(value));
    return Array.from({ length }, (_, i) => [BigInt(i), BigInt(i)]);
  }
  throw failed(span, `"range" needs a list or a dict, got ${typeName(value)}`);
}

/** What a function's result costs in steps. */
function sizeOf(value: Datum): number {
  if (typeof value === "string") return Math.ceil(value.length / 64);
  if (isList(value)) return value.length;
  return isDict(value) ? value.size : 1;
}

function field(value: Datum, name: string, span: Span): Datum {
  if (isDict(value)) return value.get(name) ?? null;
  if (value === null) {
    throw failed(
      span,
      `there is no "${name}" here: "." has no fields`,
      'write {{ env "NAME" }} for an environment variable',
    );
  }
  throw failed(span, `${typeName(value)} has no field "${name}"`);
}

function wrongCount(name: string, count: number, span: Span): TemplateProblem {
  const definition = FUNCTIONS.get(name);
  const min = definition?.minArgs ?? SPECIAL.get(name) ?? 0;
  const max = definition?.maxArgs ?? Infinity;
  const wanted = max === Infinity
    ? `at least ${min}`
    : min === max
    ? `${min}`
    : `${min} to ${max}`;
  const values = wanted.endsWith(" 1") || wanted === "1" ? "value" : "values";
  return failed(span, `"${name}" needs ${wanted} ${values}, got ${count}`);
}

function failed(span: Span, message: string, hint?: string): TemplateProblem {
  return new TemplateProblem(span, "config.template_failed", message, hint);
}
