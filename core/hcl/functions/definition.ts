/**
 * What a function of the language is: its parameters, and what it does.
 *
 * Checking and converting arguments, secrets and places of errors are
 * expressions/call.ts, so a definition is only about its own work.
 *
 * @module
 */

import type { ErrorCode } from "../../base/errors.ts";
import type { Type, Value } from "../value.ts";

/** One argument, by position. */
export interface Parameter {
  readonly name: string;
  readonly type: Type;
  /** Without this, null is an error. */
  readonly isNullable?: boolean;
}

/**
 * How much of a result is secret when an argument is.
 * - "deep": anything sensitive inside any argument makes the whole result so;
 * - "parts": elements keep their own mark, only a marked argument as a whole
 *   marks the result; for functions that move elements around;
 * - "own": the function says it all itself.
 */
export type Sensitivity = "deep" | "parts" | "own";

/** A function with values as arguments. */
export interface FunctionDefinition {
  readonly parameters: readonly Parameter[];
  /** How many of `parameters`, from the end, may be left out. */
  readonly optionalCount?: number;
  /** Any number of further arguments. */
  readonly rest?: Parameter;
  readonly sensitivity?: Sensitivity;
  /** @throws {FunctionError} */
  readonly call: (...args: Value[]) => Value;
}

/** `try` and `can`: arguments are worked out when asked for. */
export interface LazyFunctionDefinition {
  readonly isLazy: true;
  readonly minimumCount: number;
  readonly maximumCount: number;
  /** Each of `args` throws what its evaluation fails with. */
  readonly call: (...args: (() => Value)[]) => Value;
}

/** Name → function. */
export type FunctionTable = ReadonlyMap<
  string,
  FunctionDefinition | LazyFunctionDefinition
>;

/** A function can't do its work; the caller adds its name and the place. */
export class FunctionError extends Error {
  readonly argument: number | undefined;
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly about: Value | undefined;
  /** The message holds nothing from the arguments' content. */
  readonly isPublic: boolean;

  /**
   * @param more.argument Index of the argument that is wrong, or
   * @param more.about The argument itself.
   */
  constructor(
    message: string,
    more: {
      argument?: number;
      about?: Value;
      code?: ErrorCode;
      hint?: string;
      isPublic?: boolean;
    } = {},
  ) {
    super(message);
    this.argument = more.argument;
    this.about = more.about;
    this.code = more.code ?? "config.function_failed";
    this.hint = more.hint;
    this.isPublic = more.isPublic ?? false;
  }
}
