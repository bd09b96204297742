/**
 * Marks what templates brought from the environment as sensitive.
 *
 * A literal whose text overlaps such a place becomes `sensitive(literal)`; from
 * there the evaluator carries the mark on.
 *
 * @module
 */

import type {
  Attribute,
  Block,
  Body,
  Expression,
  Span,
  SplatStep,
  Template,
  TemplatePart,
} from "../../hcl/mod.ts";

/** @param secrets Sorted spans of the expanded text; none: nothing changes. */
export function markSecretLiterals(body: Body, secrets: readonly Span[]): Body {
  return secrets.length === 0 ? body : new Marker(secrets).body(body);
}

class Marker {
  constructor(readonly secrets: readonly Span[]) {}

  body(body: Body): Body {
    if (!this.#touches(body.span)) return body;
    return { ...body, items: body.items.map((item) => this.#item(item)) };
  }

  #item(item: Attribute | Block): Attribute | Block {
    return item.kind === "attribute"
      ? { ...item, value: this.#expression(item.value) }
      : { ...item, body: this.body(item.body) };
  }

  #touches({ start, end }: Span): boolean {
    return this.secrets.some((s) => s.start < end && s.end > start);
  }

  #expression(e: Expression): Expression {
    if (!this.#touches(e.span)) return e;
    const go = (inner: Expression) => this.#expression(inner);
    switch (e.kind) {
      case "number":
      case "keyword":
        return sensitive(e);
      case "template":
        return this.#template(e);
      case "variable":
        return e;
      case "get_attribute":
        return { ...e, target: go(e.target) };
      case "index":
        return { ...e, target: go(e.target), key: go(e.key) };
      case "splat":
        return { ...e, target: go(e.target), rest: this.#steps(e.rest) };
      case "call":
        return { ...e, args: e.args.map(go) };
      case "unary":
        return { ...e, operand: go(e.operand) };
      case "binary":
        return { ...e, left: go(e.left), right: go(e.right) };
      case "conditional":
        return {
          ...e,
          condition: go(e.condition),
          then: go(e.then),
          otherwise: go(e.otherwise),
        };
      case "tuple":
        return { ...e, items: e.items.map(go) };
      case "object":
        return {
          ...e,
          items: e.items.map((item) => ({
            ...item,
            key: go(item.key),
            value: go(item.value),
          })),
        };
      case "for":
        return {
          ...e,
          collection: go(e.collection),
          key: e.key && go(e.key),
          value: go(e.value),
          condition: e.condition && go(e.condition),
        };
      case "parentheses":
        return { ...e, inner: go(e.inner) };
    }
  }

  #template(template: Template): Expression {
    const parts = this.#parts(template.parts);
    const marked = { ...template, parts };
    return this.#hasSecretText(template.parts) ? sensitive(marked) : marked;
  }

  #hasSecretText(parts: readonly TemplatePart[]): boolean {
    return parts.some((part) => {
      switch (part.kind) {
        case "text":
          return this.#touches(part.span);
        case "interpolation":
          return false;
        case "if":
          return this.#hasSecretText(part.then) ||
            this.#hasSecretText(part.otherwise);
        case "for":
          return this.#hasSecretText(part.body);
      }
    });
  }

  #parts(parts: readonly TemplatePart[]): TemplatePart[] {
    return parts.map((part): TemplatePart => {
      switch (part.kind) {
        case "text":
          return part;
        case "interpolation":
          return { ...part, value: this.#expression(part.value) };
        case "if":
          return {
            ...part,
            condition: this.#expression(part.condition),
            then: this.#parts(part.then),
            otherwise: this.#parts(part.otherwise),
          };
        case "for":
          return {
            ...part,
            collection: this.#expression(part.collection),
            body: this.#parts(part.body),
          };
      }
    });
  }

  #steps(steps: readonly SplatStep[]): SplatStep[] {
    return steps.map((step): SplatStep => {
      switch (step.kind) {
        case "attribute":
          return step;
        case "index":
          return { ...step, key: this.#expression(step.key) };
        case "splat":
          return { ...step, rest: this.#steps(step.rest) };
      }
    });
  }
}

function sensitive(literal: Expression): Expression {
  const { span } = literal;
  return {
    kind: "call",
    span,
    name: "sensitive",
    nameSpan: span,
    args: [literal],
    expandLast: false,
  };
}
