/**
 * A pipeline → its value, with what the environment gave remembered.
 *
 * An unset variable is a value like any other until it is used as a text:
 * `default` and the like may still replace it.
 *
 * @module
 */

import { didYouMean } from "../../base/nearest.ts";
import type { Span } from "../syntax_tree.ts";
import {
  type Datum,
  isDict,
  isEmpty,
  isList,
  type Result,
  typeName,
} from "./datum.ts";
import { FUNCTIONS, text } from "./functions.ts";
import {
  type Command,
  type Operand,
  type Pipeline,
  TemplateProblem,
} from "./nodes.ts";

/** What a template may look at. */
export interface TemplateWorld {
  /** `undefined` when it is not set. */
  readonly env: (name: string) => string | undefined;
  /** For "did you mean"; values are never shown. */
  readonly envNames: () => Iterable<string>;
  /** An unset variable is an empty text. */
  readonly allowMissingEnv: boolean;
  readonly wallMs: () => number;
}

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

/** Nothing at all. */
export const NIL: Result = { value: null, secrets: [] };

/** Works out pipelines. Problems are thrown as {@link TemplateProblem}. */
export class Evaluator {
  #scopes: Map<string, Result>[] = [new Map([["$", NIL]])];

  /** @param charge Called with the cost of each step; throws at the limit. */
  constructor(
    readonly world: TemplateWorld,
    readonly charge: (steps: number, span: Span) => void,
  ) {}

  /** Runs something in which variables of its own may be declared. */
  inScope<T>(action: () => T): T {
    this.#scopes.push(new Map());
    try {
      return action();
    } finally {
      this.#scopes.pop();
    }
  }

  /** Sets a variable where it lives, or makes a new one. */
  set(name: string, result: Result, isNew: boolean): void {
    const owner = isNew
      ? this.#scopes[this.#scopes.length - 1]
      : this.#scopes.findLast((scope) => scope.has(name));
    owner?.set(name, result);
  }

  /** A pipeline's value; what it declares is the caller's. */
  value(pipeline: Pipeline, dot: Result): Result {
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
        return this.#path(this.value(operand.pipeline, dot), operand);
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
    let { value } = operand.path.length > 0 ? this.used(result) : result;
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
    const values = args.map((arg) => this.used(arg).value);
    try {
      const value = definition.call(values, this.world.wallMs);
      this.charge(sizeOf(value), span);
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
        return this.#env(this.used(args[0]).value, span);
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
    const found = this.world.env(value);
    if (found !== undefined) return { value: found, secrets: [found] };
    if (this.world.allowMissingEnv) return { value: "", secrets: [""] };
    return { value: "", secrets: [], unset: { name: value, span } };
  }

  #required([message, arg]: readonly Result[], span: Span): Result {
    const isMissing = arg.value === null || arg.value === "";
    if (isMissing) throw failed(span, text(this.used(message).value));
    return arg;
  }

  /** The moment an unset variable becomes an error. */
  used(result: Result): Result {
    if (result.unset === undefined) return result;
    const { name, span } = result.unset;
    throw new TemplateProblem(
      span,
      "config.env_missing",
      `the environment variable "${name}" is not set`,
      didYouMean(
        name,
        [...this.world.envNames()],
        `set it, or write {{ env "${name}" | default "…" }}`,
      ),
    );
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

/** A mistake met while executing. */
export function failed(
  span: Span,
  message: string,
  hint?: string,
): TemplateProblem {
  return new TemplateProblem(span, "config.template_failed", message, hint);
}
