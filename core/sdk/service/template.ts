/**
 * Texts with expressions in them: `{metadata.Destination}`, `orders-{data.region}`.
 *
 * An expression is `data` or `metadata` and a path of keys. Where one has no value
 * the whole text has none.
 *
 * @module
 */

import type { ConfigProblem } from "../mod.ts";
import type { Scope, Side } from "./scope.ts";

const EXPRESSION = /\{([^{}]*)\}/g;
const PATH = /^\s*(data|metadata)((?:\.[^.{}\s]+)*)\s*$/;

type Part =
  | { readonly text: string }
  | { readonly side: Side; readonly path: readonly string[] };

/** A parsed text. */
export class Template {
  readonly #parts: readonly Part[];

  /** @param text Checked before by {@link checkTemplates}. */
  constructor(readonly text: string) {
    this.#parts = parse(text);
  }

  /** Whether it is the same for every envelope. */
  get isFixed(): boolean {
    return this.#parts.every((part) => "text" in part);
  }

  /** The text for one envelope; undefined where an expression has no value. */
  render(scope: Scope): string | undefined {
    let rendered = "";
    for (const part of this.#parts) {
      const text = "text" in part
        ? part.text
        : scope.lookUp(part.side, part.path);
      if (text === undefined) return undefined;
      rendered += text;
    }
    return rendered;
  }
}

/** Expressions that are none, in the values of these keys. */
export function* checkTemplates(
  texts: Readonly<Record<string, string | undefined>>,
): Generator<ConfigProblem> {
  for (const [key, text] of Object.entries(texts)) {
    for (const [whole, inner] of text?.matchAll(EXPRESSION) ?? []) {
      if (PATH.test(inner)) continue;
      yield {
        path: `config.${key}`,
        message: `${key} has the expression ${JSON.stringify(whole)}, which ` +
          "names nothing",
        hint: "for example {metadata.Destination} or {data.customer.id}",
      };
    }
  }
}

function parse(text: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(EXPRESSION)) {
    if (match.index > end) parts.push({ text: text.slice(end, match.index) });
    const [, side, keys] = PATH.exec(match[1])!;
    parts.push({ side: side as Side, path: keys.split(".").slice(1) });
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}
