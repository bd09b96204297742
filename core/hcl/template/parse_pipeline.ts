/**
 * The tokens of one action → what it says: `$x := env "X" | upper`.
 *
 * @module
 */

import { didYouMean } from "../../base/nearest.ts";
import type { Span } from "../syntax_tree.ts";
import type { Token } from "./lex.ts";
import {
  type Command,
  type Operand,
  type Pipeline,
  TemplateProblem,
} from "./nodes.ts";

/** Nested parentheses before we refuse to go deeper. */
const MAX_DEPTH = 100;

/** Reads one action's tokens. */
export class PipelineReader {
  #index = 0;
  #depth = 0;

  constructor(
    readonly tokens: readonly Token[],
    readonly span: Span,
    readonly functions: ReadonlySet<string>,
    readonly scope: readonly string[],
  ) {}

  whole(maxNames: number): Pipeline {
    const declares = this.#declares(maxNames);
    const pipeline = this.#commands();
    const rest = this.#peek();
    if (rest !== undefined) {
      throw problem(rest.span, `"${rest.text}" is not expected here`);
    }
    return declares === undefined ? pipeline : { ...pipeline, declares };
  }

  /** `$x :=`, `$x =`, and for a range also `$i, $x :=`. */
  #declares(maxNames: number): Pipeline["declares"] {
    const names = [];
    let at = 0;
    while (this.tokens[at]?.kind === "variable") {
      names.push(this.tokens[at++]);
      if (!isSymbol(this.tokens[at], ",")) break;
      at++;
    }
    const sign = this.tokens[at];
    if (!isSymbol(sign, ":=") && !isSymbol(sign, "=")) return undefined;
    if (names.length === 0 || names.length > maxNames) {
      throw problem(sign.span, `"${sign.text}" is not expected here`);
    }
    const isNew = sign.text === ":=";
    if (!isNew) names.forEach((name) => this.#known(name));
    this.#index = at + 1;
    return { names: names.map((n) => n.text), isNew };
  }

  #commands(): Pipeline {
    const from = this.#peek()?.span.start ?? this.span.start;
    const commands = [this.#command()];
    while (isSymbol(this.#peek(), "|")) {
      this.#index++;
      const command = this.#command();
      const [first] = command.operands;
      if (first.kind !== "function") {
        throw problem(first.span, "only a function can stand after a |");
      }
      commands.push(command);
    }
    const end = commands[commands.length - 1].span.end;
    return { span: { start: from, end }, commands };
  }

  #command(): Command {
    const operands: Operand[] = [];
    for (;;) {
      const token = this.#peek();
      if (token === undefined) break;
      const isSymbolic = token.kind === "symbol";
      if (isSymbolic && (token.text === "|" || token.text === ")")) break;
      if (
        operands.length > 0 && !token.isAfterSpace && !isSymbolic
      ) {
        throw problem(token.span, `a space is missing before "${token.text}"`);
      }
      operands.push(this.#operand(token));
    }
    if (operands.length === 0) throw this.#missing();
    const [first, second] = operands;
    if (second !== undefined && first.kind !== "function") {
      throw problem(
        first.span,
        "this is no function, so nothing can follow it",
      );
    }
    if (first.kind === "literal" && first.value === null) {
      throw problem(first.span, "nil alone is no value");
    }
    const { end } = operands[operands.length - 1].span;
    return { span: { start: first.span.start, end }, operands };
  }

  #operand(token: Token): Operand {
    this.#index++;
    const { span } = token;
    switch (token.kind) {
      case "string":
        return { kind: "literal", span, value: token.text };
      case "number":
        return { kind: "literal", span, value: number(token) };
      case "variable":
        this.#known(token);
        return this.#withPath({ kind: "variable", span, name: token.text });
      case "field":
        this.#index--;
        return this.#withPath({ kind: "dot", span });
      case "word":
        return this.#word(token);
      case "symbol":
        return this.#symbol(token);
    }
  }

  #word(token: Token): Operand {
    const { span, text: name } = token;
    if (name === "true" || name === "false") {
      return { kind: "literal", span, value: name === "true" };
    }
    if (name === "nil") return { kind: "literal", span, value: null };
    if (this.functions.has(name)) return { kind: "function", span, name };
    throw new TemplateProblem(
      span,
      "config.template_function_unknown",
      `there is no template function "${name}"`,
      didYouMean(name, this.functions) ??
        'to keep "{{" as it is, write {{ "{{" }}',
    );
  }

  #symbol(token: Token): Operand {
    const { span } = token;
    if (token.text === ".") return { kind: "dot", span, path: [] };
    if (token.text !== "(") {
      throw problem(span, `"${token.text}" is not expected here`);
    }
    if (++this.#depth > MAX_DEPTH) throw problem(span, "nested too deeply");
    const pipeline = this.#commands();
    const close = this.#peek();
    if (!isSymbol(close, ")")) throw problem(span, 'this "(" is never closed');
    this.#index++;
    this.#depth--;
    const whole = { start: span.start, end: close.span.end };
    return this.#withPath({ kind: "group", span: whole, pipeline });
  }

  /** The `.a.b` right behind an operand. */
  #withPath<T extends { readonly span: Span }>(
    operand: T,
  ): T & { path: string[] } {
    const path: string[] = [];
    let { end } = operand.span;
    for (;;) {
      const token = this.#peek();
      const isFirstOfDot = token?.span.start === operand.span.start;
      if (token?.kind !== "field") break;
      if (token.isAfterSpace && !isFirstOfDot) break;
      path.push(token.text.slice(1));
      end = token.span.end;
      this.#index++;
    }
    return { ...operand, span: { start: operand.span.start, end }, path };
  }

  #known(token: Token): void {
    if (this.scope.includes(token.text)) return;
    const hint = didYouMean(
      token.text,
      this.scope.slice(1),
      `declare it: {{ ${token.text} := … }}`,
    );
    throw problem(token.span, `there is no variable "${token.text}"`, hint);
  }

  #missing(): TemplateProblem {
    const before = this.tokens[this.#index - 1];
    if (before === undefined) {
      return problem(this.span, "there is nothing between {{ and }}");
    }
    return problem(before.span, `a value is missing after "${before.text}"`);
  }

  #peek(): Token | undefined {
    return this.tokens[this.#index];
  }
}

function isSymbol(
  token: Token | undefined,
  ...symbols: string[]
): token is Token {
  return token?.kind === "symbol" && symbols.includes(token.text);
}

/** Go's number literals, as far as anybody writes them in a template. */
function number(token: Token): bigint | number {
  const text = token.text.replaceAll("_", "");
  const isNegative = text.startsWith("-");
  const digits = isNegative ? text.slice(1) : text;
  if (/^(\d+|0[xX][\da-fA-F]+|0[oO][0-7]+|0[bB][01]+)$/.test(digits)) {
    const isOctal = /^0[0-7]+$/.test(digits);
    const value = BigInt(isOctal ? `0o${digits.slice(1)}` : digits);
    return isNegative ? -value : value;
  }
  if (/^(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(digits)) return Number(text);
  throw problem(token.span, `"${token.text}" is not a number`);
}

/** A mistake in the form of a template. */
export function problem(
  span: Span,
  message: string,
  hint?: string,
): TemplateProblem {
  return new TemplateProblem(span, "config.template_syntax", message, hint);
}
