/**
 * Our syntax tree in the shape of hcl2json, so that the two can be compared:
 * literals as themselves, everything else as `"${source text}"`.
 *
 * It follows hcl2json's conversion to its oddities; where hcl2json gives up
 * (`a "x" {}` beside `a {}`), so does {@link toRefereeJson}.
 *
 * @module
 */

import { type Decimal, toDecimal } from "./decimal.ts";
import type {
  Block,
  Body,
  Expression,
  Span,
  Template,
  TemplatePart,
} from "./syntax_tree.ts";

/** JSON whose numbers keep all digits; objects are maps. */
export type Json =
  | null
  | boolean
  | string
  | Decimal
  | Json[]
  | Map<string, Json>;

/** hcl2json cannot express it. */
export class NotExpressible extends Error {
  override readonly name = "NotExpressible";
}

/**
 * @param text What `body` was parsed from.
 * @throws {NotExpressible}
 */
export function toRefereeJson(body: Body, text: string): Json {
  return new Converter(text).body(body);
}

class Converter {
  constructor(readonly text: string) {}

  body({ items }: Body): Map<string, Json> {
    const out = new Map<string, Json>();
    for (const item of items) {
      if (item.kind === "block") this.#addBlock(item, out);
    }
    for (const item of items) {
      if (item.kind === "attribute") out.set(item.name, this.value(item.value));
    }
    return out;
  }

  /** Labels nest, and blocks of the same name and labels become a list. */
  #addBlock(block: Block, body: Map<string, Json>): void {
    let out = body;
    let key = block.type;
    for (const { value } of block.labels) {
      const inner = out.get(key) ?? new Map();
      if (!(inner instanceof Map)) throw new NotExpressible(key);
      out.set(key, inner);
      out = inner;
      key = value;
    }
    const list = out.get(key) ?? [];
    if (!Array.isArray(list)) throw new NotExpressible(key);
    list.push(this.body(block.body));
    out.set(key, list);
  }

  value(expression: Expression): Json {
    switch (expression.kind) {
      case "number":
        return toDecimal(expression.digits);
      case "keyword":
        return expression.value;
      case "unary":
        return this.#unary(expression);
      case "template":
        return isWrapped(expression)
          ? this.value(expression.parts[0].value)
          : this.#template(expression);
      case "tuple":
        return expression.items.map((item) => this.value(item));
      case "object":
        return new Map(expression.items.map(
          ({ key, value }) => [this.#key(key), this.value(value)],
        ));
      default:
        return this.#source(expression);
    }
  }

  #unary(expression: Expression & { kind: "unary" }): Json {
    const { operator, operand } = expression;
    if (operand.kind === "number" && operator === "-") {
      return toDecimal(`-${operand.digits}`);
    }
    if (
      operand.kind === "keyword" && operator === "!" && operand.value !== null
    ) {
      return !operand.value;
    }
    if (operand.kind === "number" || operand.kind === "keyword") {
      throw new NotExpressible(`${operator} before a literal`);
    }
    return this.#source(expression);
  }

  #template({ parts }: Template): string {
    return this.#parts(parts);
  }

  #parts(parts: readonly TemplatePart[]): string {
    const [only] = parts;
    if (parts.length === 1 && isNull(only)) throw new NotExpressible("null");
    return parts.map((part) => this.#part(part)).join("");
  }

  #part(part: TemplatePart): string {
    switch (part.kind) {
      case "text":
        return escapeText(part.value);
      case "interpolation":
        return this.#embedded(part.value);
      case "if":
        return this.#conditional(
          part.condition,
          () => this.#parts(part.then),
          () => this.#parts(part.otherwise),
        );
      case "for": {
        const names = part.keyName === undefined
          ? part.valueName
          : `${part.keyName}, ${part.valueName}`;
        const collection = this.#written(part.collection.span);
        return `%{for ${names} in ${collection}}${
          this.#parts(part.body)
        }%{endfor}`;
      }
    }
  }

  /** An expression inside of a text. */
  #embedded(expression: Expression): string {
    switch (expression.kind) {
      case "number":
        return toDecimal(expression.digits).plain;
      case "keyword":
        return String(expression.value);
      case "template":
        return isWrapped(expression)
          ? this.#embedded(expression.parts[0].value)
          : this.#template(expression);
      case "conditional":
        return this.#conditional(
          expression.condition,
          () => this.#embedded(expression.then),
          () => this.#embedded(expression.otherwise),
        );
      default:
        return this.#source(expression);
    }
  }

  /** hcl2json forgets the whole when a case is not expressible. */
  #conditional(
    condition: Expression,
    then: () => string,
    otherwise: () => string,
  ): string {
    const first = attempt(then);
    if (first === undefined) return "";
    const second = attempt(otherwise) ?? "";
    const rest = second === "" ? "" : `%{else}${second}`;
    return `%{if ${this.#written(condition.span)}}${first}${rest}%{endif}`;
  }

  #key(key: Expression): string {
    return isReference(key) ? this.#written(key.span) : this.#embedded(key);
  }

  #source({ span }: Expression): string {
    return `\${${this.#written(span)}}`;
  }

  #written({ start, end }: Span): string {
    return this.text.slice(start, this.text[end] === ")" ? end + 1 : end);
  }
}

function attempt(action: () => string): string | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof NotExpressible) return undefined;
    throw error;
  }
}

type WrappedTemplate = Template & {
  readonly parts: readonly [TemplatePart & { kind: "interpolation" }];
};

function isWrapped(template: Template): template is WrappedTemplate {
  return template.isWrapped;
}

function isNull(part: TemplatePart): boolean {
  return part.kind === "interpolation" && part.value.kind === "keyword" &&
    part.value.value === null;
}

/** A name with fixed steps: `a.b["c"][0]`. */
function isReference(expression: Expression): boolean {
  switch (expression.kind) {
    case "variable":
      return true;
    case "get_attribute":
      return isReference(expression.target);
    case "index":
      return isFixed(expression.key) && isReference(expression.target);
    default:
      return false;
  }
}

function isFixed(key: Expression): boolean {
  if (key.kind === "number" || key.kind === "keyword") return true;
  return key.kind === "template" && !key.isWrapped &&
    (key.parts.length === 0 ||
      (key.parts.length === 1 && key.parts[0].kind === "text"));
}

function escapeText(text: string): string {
  return text.replace(/[$%]\{/g, (opener) => opener[0] + opener);
}
