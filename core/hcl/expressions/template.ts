/**
 * Quoted strings and heredocs: text with values and directives in it.
 *
 * @module
 */

import type { Expression, Template, TemplatePart } from "../syntax_tree.ts";
import { markSensitiveIf, type Value } from "../value.ts";
import { conditionOf, elementsOf, loopVariables } from "./comprehension.ts";
import { ConversionError, toText } from "./convert.ts";
import { evaluate } from "./evaluate.ts";
import { failure, ProblemCollector } from "./problem.ts";
import type { Scope } from "./scope.ts";
import { describeValue } from "./types.ts";

/** A template that uses itself over and over must not fill the memory. */
const MAX_TEXT_LENGTH = 64 * 1024 * 1024;

export function evaluateTemplate(expression: Template, scope: Scope): Value {
  const place = scope.place(expression.span);
  const [only] = expression.parts;
  if (expression.isWrapped && only.kind === "interpolation") {
    return evaluate(only.value, scope);
  }
  if (expression.parts.length === 1 && only.kind === "text") {
    return { kind: "string", value: only.value, ...place };
  }
  const rendering = new Rendering(expression);
  rendering.parts(expression.parts, scope);
  return markSensitiveIf(
    { kind: "string", value: rendering.text, ...place },
    rendering.isSensitive,
  );
}

class Rendering {
  text = "";
  isSensitive = false;

  constructor(readonly expression: Template) {}

  parts(parts: readonly TemplatePart[], scope: Scope): void {
    const collector = new ProblemCollector();
    for (const part of parts) collector.attempt(() => this.#part(part, scope));
    collector.check();
  }

  #part(part: TemplatePart, scope: Scope): void {
    switch (part.kind) {
      case "text":
        return this.#add(part.value, scope);
      case "interpolation":
        return this.#interpolation(part.value, scope);
      case "if":
        return this.#if(part, scope);
      case "for":
        return this.#for(part, scope);
    }
  }

  #interpolation(expression: Expression, scope: Scope): void {
    const value = evaluate(expression, scope);
    const place = scope.place(expression.span);
    if (value.kind === "null") {
      throw failure(
        place,
        "config.value_null",
        "cannot put null into a string",
        "give it another value with coalesce(…)",
      );
    }
    this.isSensitive ||= value.isSensitive === true;
    try {
      this.#add(toText(value), scope);
    } catch (error) {
      if (!(error instanceof ConversionError)) throw error;
      throw failure(
        place,
        "config.template_value",
        `cannot put ${describeValue(value)} into a string`,
        'for JSON text use jsonencode(…), for a list join(", ", …)',
      );
    }
  }

  #if(part: Extract<TemplatePart, { kind: "if" }>, scope: Scope): void {
    const value = evaluate(part.condition, scope);
    this.isSensitive ||= value.isSensitive === true;
    const isTrue = conditionOf(value, part.condition.span, scope, "condition");
    this.parts(isTrue ? part.then : part.otherwise, scope);
  }

  #for(part: Extract<TemplatePart, { kind: "for" }>, scope: Scope): void {
    const collection = evaluate(part.collection, scope);
    this.isSensitive ||= collection.isSensitive === true;
    const place = scope.place(part.collection.span);
    for (const element of elementsOf(collection, place)) {
      this.parts(part.body, scope.with(loopVariables(part, element)));
    }
  }

  #add(text: string, scope: Scope): void {
    if (this.text.length + text.length > MAX_TEXT_LENGTH) {
      throw failure(
        scope.place(this.expression.span),
        "config.value_too_large",
        "the string is longer than 64 Mi characters",
      );
    }
    this.text += text;
  }
}
