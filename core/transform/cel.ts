/**
 * Expressions over `data` and `metadata` in CEL, compiled once.
 *
 * Integers are exact; where an integer and a fraction meet, the integer becomes a
 * double, because in JSON both are numbers and a price may be 10 or 10.5.
 *
 * @module
 */

import type { ASTNode, Environment } from "@marcbachmann/cel-js";
import type { PlacedText } from "../config/task.ts";
import type { Diagnostic } from "../base/errors.ts";
import type { FieldPath } from "./path.ts";
import { type CelError, celProblem } from "./cel_problem.ts";
import { literal, type Needs, pathOf } from "./needs.ts";
import { registerTimestamp, renameTimestampCalls } from "./timestamp.ts";

/** What an expression sees. */
export interface CelContext {
  readonly data: unknown;
  readonly metadata: unknown;
}

/** One compiled expression. */
export interface Expression {
  readonly written: PlacedText;
  /** Set when it is nothing but the path of a field. */
  readonly path: FieldPath | undefined;
  /** What the library knows of its result: `string`, `int`, `dyn`. */
  readonly type: string | undefined;
  /** Set when it is nothing but a value as it stands there. */
  readonly constant: unknown;
  /** @throws {CelError} And whatever the library throws on strange values. */
  evaluate(context: CelContext): unknown;
}

/** What an expression has to give. */
export type Wanted = "bool" | "any";

/** Arithmetic of an integer and a double. */
const MIXED: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
};

/** Compiles expressions; one for a whole task. */
export class CelCompiler {
  readonly #environment: Environment;

  /** Loads the library. */
  static async load(): Promise<CelCompiler> {
    const { Environment } = await import("@marcbachmann/cel-js");
    return new CelCompiler(
      new Environment({
        enableOptionalTypes: true,
        // Lists and objects of JSON are mixed.
        homogeneousAggregateLiterals: false,
      }),
    );
  }

  private constructor(environment: Environment) {
    this.#environment = environment;
    environment.registerVariable("data", "dyn");
    environment.registerVariable("metadata", "dyn");
    for (const [operator, compute] of Object.entries(MIXED)) {
      const mixed = (a: number | bigint, b: number | bigint) =>
        compute(Number(a), Number(b));
      environment.registerOperator(`int ${operator} double: double`, mixed);
      environment.registerOperator(`double ${operator} int: double`, mixed);
    }
    registerTimestamp(environment);
  }

  /**
   * @param needs Learns which fields the expression reads.
   * @returns What is wrong with it as a diagnostic.
   */
  compile(
    written: PlacedText,
    wanted: Wanted,
    needs: Needs,
  ): Expression | Diagnostic {
    try {
      const parsed = this.#environment.parse(written.text);
      renameTimestampCalls(parsed.ast);
      const { valid, error, type } = parsed.check();
      if (!valid) throw error;
      if (wanted === "bool" && !isMaybeBool(type)) {
        return notBool(written, type ?? "something else");
      }
      const ast = parsed.ast as ASTNode;
      needs.addAllOf(ast);
      return {
        written,
        path: pathOf(ast),
        type,
        constant: literal(ast),
        evaluate: (context) => parsed(context as unknown as Context),
      };
    } catch (error) {
      const names = this.#environment.getDefinitions();
      return celProblem(error as CelError, written, names);
    }
  }
}

type Context = Record<string, unknown>;

function isMaybeBool(type: string | undefined): boolean {
  return type === undefined || type === "bool" || type.startsWith("dyn");
}

function notBool(written: PlacedText, type: string): Diagnostic {
  return {
    severity: "error",
    code: "config.expression_type",
    message: `a filter's condition must be true or false, and this is ${type}`,
    at: written.at,
    hint: "compare it with something, such as == or >",
  };
}
