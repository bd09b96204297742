/**
 * Parses what stands between braces, or in a whole file: attributes and blocks,
 * each on a line of its own.
 *
 * @module
 */

import type { Attribute, Block, Body, Expression } from "../syntax_tree.ts";
import { parseExpression } from "./expression.ts";
import { parseLabel } from "./label.ts";
import type { Reader } from "./reader.ts";
import type { Token } from "./token.ts";
import { hintForWord, reportUnclosedBlock } from "./unclosed.ts";

type Item = Attribute | Block;

/** Parses a whole file. */
export function parseFile(reader: Reader): Body {
  const items = parseItems(reader, undefined);
  return { span: { start: 0, end: reader.text.length }, items };
}

/** Items up to the closing brace of `open`, or to the end of the file. */
function parseItems(reader: Reader, open: Token | undefined): Item[] {
  const items: Item[] = [];
  const seen = new Map<string, Attribute>();
  const container = open && reader.isClosed(open) ? open : undefined;
  const recovery = { container, separators: ["newline"] as const };
  for (;;) {
    const next = reader.peek();
    if (next.kind === "newline") reader.read();
    else if (next.kind === "end" || (next.kind === "}" && open !== undefined)) {
      return items;
    } else {
      const item = reader.attempt(recovery, () => parseItem(reader));
      if (item === undefined) continue;
      if (item.kind === "attribute") refuseSecond(reader, item, seen);
      items.push(item);
    }
  }
}

function refuseSecond(
  { problems }: Reader,
  attribute: Attribute,
  seen: Map<string, Attribute>,
): void {
  const first = seen.get(attribute.name);
  if (first === undefined) {
    seen.set(attribute.name, attribute);
    return;
  }
  problems.report(
    "duplicate",
    attribute.nameSpan,
    `the attribute "${attribute.name}" is set twice`,
    `it is already set in line ${problems.lineOf(first.nameSpan)}`,
  );
}

function parseItem(reader: Reader): Item {
  const name = readName(reader);
  const next = reader.peek();
  switch (next.kind) {
    case "=": {
      const attribute = parseAttribute(reader, name);
      endAttribute(reader, attribute);
      return attribute;
    }
    case "open_quote":
    case "{":
    case "identifier":
      return reader.nested(() => parseBlock(reader, name));
    default:
      return failBehindName(reader, name, next);
  }
}

function readName(reader: Reader): Token {
  const token = reader.peek();
  if (token.kind === "identifier") return reader.read();
  if (token.kind === "open_quote") {
    return reader.fail(
      "item",
      token,
      "the name of an attribute or block is not quoted",
      "write it without quotes, as in: provider = …",
    );
  }
  if (token.kind === "}") {
    return reader.fail(
      "item",
      token,
      '"}" closes nothing',
      'remove it, or add the "{" that is missing before it',
    );
  }
  return reader.fail(
    "item",
    token,
    `expected an attribute or a block, found ${reader.describe(token)}`,
    "an attribute is written: name = value; a block: name { … }",
  );
}

function failBehindName(reader: Reader, name: Token, next: Token): never {
  const word = reader.textOf(name);
  if (next.kind === ":" || next.kind === "==" || next.kind === "=>") {
    const sign = reader.textOf(next);
    return reader.fail(
      "item",
      next,
      `an attribute is set with "=", not with "${sign}"`,
      `write: ${word} = …`,
    );
  }
  if (next.kind === "." || next.kind === "[") {
    return reader.fail(
      "item",
      next,
      `the name of an attribute is one word, found ${
        reader.describe(next)
      } behind "${word}"`,
      `nest it: ${word} = { … }, or a block: ${word} { … }`,
    );
  }
  const isAlone = next.kind === "newline" || next.kind === "end" ||
    next.kind === "}";
  return reader.fail(
    "item",
    isAlone ? name : next,
    isAlone
      ? `"${word}" is neither an attribute nor a block`
      : `expected "=" or "{" behind "${word}", found ${reader.describe(next)}`,
    `write: ${word} = value, or: ${word} { … }`,
  );
}

/** From the `=` to the end of the value. */
function parseAttribute(reader: Reader, name: Token): Attribute {
  const word = reader.textOf(name);
  reader.read();
  const next = reader.peek();
  if (next.kind === "newline" || next.kind === "end") {
    reader.fail(
      "value",
      name,
      `the attribute "${word}" has no value`,
      'the value begins on the line of the "="',
    );
  }
  const value: Expression = parseExpression(reader);
  return {
    kind: "attribute",
    span: { start: name.start, end: value.span.end },
    name: word,
    nameSpan: { start: name.start, end: name.end },
    value,
  };
}

function endAttribute(reader: Reader, { name, value }: Attribute): void {
  const next = reader.peek();
  if (next.kind === "end" || reader.skip("newline")) return;
  if (next.kind === ",") {
    reader.fail(
      "line_break",
      next,
      "attributes are separated by line breaks, not by commas",
      "put each attribute on a line of its own, without a comma",
    );
  }
  const found = reader.describe(next);
  const isNext = next.kind === "identifier" &&
    reader.peekSecond().kind === "=";
  reader.fail(
    "line_break",
    next,
    `expected a line break behind the value of "${name}", found ${found}`,
    next.kind === "}"
      ? 'put the "}" on a line of its own'
      : isNext
      ? `put ${found} on a line of its own`
      : next.kind === "{"
      ? 'a block has no "="'
      : hintForWord(reader, value, next),
  );
}

function parseBlock(reader: Reader, type: Token): Block {
  const labels = [];
  while (reader.peek().kind !== "{") {
    labels.push(parseLabel(reader, type));
  }
  const open = reader.read();
  const items = parseInside(reader, type, open);
  const close = reader.skip("}") ?? reader.peek();
  endBlock(reader, type);
  return {
    kind: "block",
    span: { start: type.start, end: close.end },
    type: reader.textOf(type),
    typeSpan: { start: type.start, end: type.end },
    labels,
    body: { span: { start: open.end, end: close.start }, items },
  };
}

/** Up to the closing brace, which is the next token then. */
function parseInside(reader: Reader, type: Token, open: Token): Item[] {
  const next = reader.peek();
  const isOneLine = next.kind !== "newline" && next.kind !== "}" &&
    next.kind !== "end";
  const items = isOneLine
    ? parseOneLine(reader, type, open)
    : parseItems(reader, open);
  if (reader.peek().kind === "end") reportUnclosedBlock(reader, type, open);
  return items;
}

/** `name { attribute = value }` */
function parseOneLine(reader: Reader, type: Token, open: Token): Item[] {
  const isClosed = reader.isClosed(open);
  const recovery = isClosed
    ? { container: open, separators: [] }
    : { separators: ["newline"] as const };
  const item = reader.attempt(recovery, () => {
    const name = readName(reader);
    const next = reader.peek();
    if (next.kind !== "=") failInOneLine(reader, name, next);
    const attribute = parseAttribute(reader, name);
    endOneLine(reader, attribute);
    return attribute;
  });
  const items = item === undefined ? [] : [item];
  if (reader.peek().kind !== "newline") return items;
  reader.problems.report(
    "block",
    open,
    `the block "${reader.textOf(type)}" begins on the line of its "{" and ` +
      "does not end there",
    'put a line break behind this "{", or "}" at the end of the line',
  );
  return isClosed ? [...items, ...parseItems(reader, open)] : items;
}

function failInOneLine(reader: Reader, name: Token, next: Token): never {
  const isBlock = next.kind === "{" || next.kind === "identifier" ||
    next.kind === "open_quote";
  if (!isBlock) return failBehindName(reader, name, next);
  return reader.fail(
    "block",
    name,
    `the block "${reader.textOf(name)}" stands in a block of one line`,
    "give it a line of its own; a block of one line holds just one attribute",
  );
}

function endOneLine(reader: Reader, { value }: Attribute): void {
  const next = reader.peek();
  if (["}", "newline", "end"].includes(next.kind)) return;
  reader.fail(
    "block",
    next,
    `a block of one line holds one attribute, found ${
      reader.describe(next)
    } behind it`,
    hintForWord(reader, value, next) ??
      "put each attribute on a line of its own",
  );
}

function endBlock(reader: Reader, type: Token): void {
  const next = reader.peek();
  if (next.kind === "end" || reader.skip("newline")) return;
  const found = reader.describe(next);
  reader.fail(
    "line_break",
    next,
    `expected a line break behind the block "${
      reader.textOf(type)
    }", found ${found}`,
    `put ${found} on a line of its own`,
  );
}
