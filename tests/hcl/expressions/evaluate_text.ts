/**
 * Text → value, for tests: parses one expression and evaluates it.
 *
 * @module
 */

import {
  evaluate,
  EvaluationError,
  Scope,
} from "../../../core/hcl/expressions/mod.ts";
import {
  createFunctions,
  type World,
} from "../../../core/hcl/functions/mod.ts";
import { systemWorld } from "../../../core/config/world.ts";
import type { FunctionTable } from "../../../core/hcl/functions/definition.ts";
import { parse } from "../../../core/hcl/parse.ts";
import { SourceText } from "../../../core/hcl/source_text.ts";
import type { Expression } from "../../../core/hcl/syntax_tree.ts";
import type { Value } from "../../../core/hcl/value.ts";

const NEEDS_LIBRARIES = new Set(["regex", "yamldecode", "sha256"]);

/** A fixed world: nothing of the machine shows. */
export function testWorld(changes: Partial<World> = {}): World {
  return {
    ...systemWorld({ folder: Deno.cwd(), env: {}, wallMs: () => 0 }),
    uuid: () => "00000000-0000-4000-8000-000000000000",
    ...changes,
  };
}

/** Every function, with all libraries. */
export function allFunctions(world: World = testWorld()) {
  return createFunctions(world, NEEDS_LIBRARIES);
}

/** Parses `text` as the expression of an attribute. @throws {EvaluationError} */
export function parseExpressionText(text: string): {
  expression: Expression;
  source: SourceText;
} {
  const source = new SourceText("test.hcl", `x = (${text}\n)\n`);
  const { body, diagnostics } = parse(source);
  if (diagnostics.length > 0) {
    throw new EvaluationError(
      diagnostics.map((d) => ({ ...d, span: { start: 0, end: 0 } })),
    );
  }
  const [attribute] = body.items;
  if (attribute?.kind !== "attribute") throw new Error("no attribute");
  const { value } = attribute;
  return {
    expression: value.kind === "parentheses" ? value.inner : value,
    source,
  };
}

/** @throws {EvaluationError} */
export function evaluateText(
  text: string,
  variables: Iterable<readonly [string, Value]>,
  functions: FunctionTable,
): Value {
  const { expression, source } = parseExpressionText(text);
  return evaluate(expression, new Scope({ variables, functions, source }));
}

/** The attributes of a file as variables, evaluated in the order written. */
export function readVariables(
  path: URL,
  functions: FunctionTable,
): Map<string, Value> {
  const source = new SourceText(path.pathname, Deno.readTextFileSync(path));
  const { body, diagnostics } = parse(source);
  if (diagnostics.length > 0) throw new Error(diagnostics[0].message);
  const variables = new Map<string, Value>();
  for (const item of body.items) {
    if (item.kind !== "attribute") throw new Error("only attributes");
    const scope = new Scope({ variables, functions, source });
    variables.set(item.name, evaluate(item.value, scope));
  }
  return variables;
}
