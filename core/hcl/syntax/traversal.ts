/**
 * Parses what follows a value to read from it: `.name`, `[key]`, `.*`, `[*]`.
 *
 * @module
 */

import type { Expression, Span, SplatStep } from "../syntax_tree.ts";
import { parseExpression } from "./expression.ts";
import { parseDigits } from "./number.ts";
import type { Reader } from "./reader.ts";
import type { Token } from "./token.ts";
import { failUnclosed } from "./unclosed.ts";

type Form = "attribute" | "full";

export function parseTraversals(reader: Reader, from: Expression): Expression {
  let target = from;
  for (const step of parseSteps(reader)) target = applyStep(target, step);
  return target;
}

function applyStep(target: Expression, step: SplatStep): Expression {
  const span = { start: target.span.start, end: step.span.end };
  switch (step.kind) {
    case "attribute": {
      const { name, span: { end } } = step;
      const nameSpan = { start: end - name.length, end };
      return { kind: "get_attribute", span, target, name, nameSpan };
    }
    case "index":
      return { kind: "index", span, target, key: step.key };
    case "splat":
      return { ...step, span, target };
  }
}

/** As many steps as there are; each is read when it is asked for. */
function* parseSteps(reader: Reader): Generator<SplatStep> {
  for (;;) {
    const next = reader.peek();
    if (next.kind === ".") {
      reader.read();
      const star = reader.skip("*");
      yield star
        ? parseAttributeSplat(reader, next, star)
        : parseName(reader, next);
    } else if (next.kind === "[") {
      reader.read();
      yield reader.skip("*")
        ? reader.nested(() => parseFullSplat(reader, next))
        : parseIndex(reader, next);
    } else return;
  }
}

/** Behind a dot: a word, or the digits of the legacy `list.0`. */
function parseName(reader: Reader, dot: Token): SplatStep {
  const token = reader.peek();
  if (token.kind === "number") return parseLegacyIndex(reader, dot);
  if (token.kind !== "identifier") {
    reader.fail(
      "reference",
      token,
      `expected a name behind ".", found ${reader.describe(token)}`,
      'a name that is no word stands in brackets: ["a name"]',
      token.kind === "newline" ? dot : token,
    );
  }
  reader.read();
  const span = { start: dot.start, end: token.end };
  return { kind: "attribute", name: reader.textOf(token), span };
}

function parseLegacyIndex(reader: Reader, dot: Token): SplatStep {
  const token = reader.read();
  const text = reader.textOf(token);
  if (text.includes(".")) {
    const [first, second] = text.split(".");
    reader.problems.report(
      "reference",
      token,
      `".${text}" holds the number ${text}, not two indexes`,
      `write [${first}][${second}]`,
    );
  }
  const span: Span = { start: dot.start, end: token.end };
  const digits = parseDigits(reader, token);
  if (/^\d+$/.test(text)) return { kind: "attribute", name: text, span };
  const { start, end } = token;
  const key = { kind: "number", span: { start, end }, digits } as const;
  return { kind: "index", key, span };
}

/** `target.*.a.b`: takes names only. */
function parseAttributeSplat(
  reader: Reader,
  { start }: Token,
  star: Token,
): SplatStep {
  const rest: SplatStep[] = [];
  for (;;) {
    const dot = reader.skip(".");
    if (dot === undefined) break;
    const next = reader.peek();
    if (next.kind === "*") {
      reader.fail(
        "reference",
        next,
        'a second ".*" cannot follow the first',
        "write [*] instead, as in: list[*].items[*]",
      );
    }
    rest.push(parseName(reader, dot));
  }
  return splat("attribute", start, rest, star);
}

/** `target[*]…`: takes everything that follows. */
function parseFullSplat(reader: Reader, open: Token): SplatStep {
  const close = reader.peek();
  if (close.kind !== "]") {
    failUnclosed(reader, open, close, 'the splat "[*]"', '"]"');
  }
  reader.read();
  return splat("full", open.start, [...parseSteps(reader)], close);
}

function splat(
  form: Form,
  start: number,
  rest: readonly SplatStep[],
  marker: Token,
): SplatStep {
  const end = rest.at(-1)?.span.end ?? marker.end;
  return { kind: "splat", form, rest, span: { start, end } };
}

function parseIndex(reader: Reader, open: Token): SplatStep {
  return reader.withNewlines(false, () => {
    const key = parseExpression(reader);
    const close = reader.peek();
    if (close.kind !== "]") {
      failUnclosed(reader, open, close, "the index", '"]"');
    }
    reader.read();
    const span = { start: open.start, end: close.end };
    return { kind: "index", key, span };
  });
}
