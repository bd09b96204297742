/**
 * Parses `[ … ]` and `{ … }` in expressions.
 *
 * @module
 */

import type {
  Expression,
  ObjectExpression,
  Template,
  Tuple,
} from "../syntax_tree.ts";
import { parseExpression } from "./expression.ts";
import { parseFor } from "./for.ts";
import type { Reader } from "./reader.ts";
import type { Token } from "./token.ts";
import { failUnclosed, hintForWord, refuseForeignCloser } from "./unclosed.ts";

type Item = ObjectExpression["items"][number];

export function parseTuple(reader: Reader): Expression {
  const open = reader.read();
  return reader.withNewlines(false, () => {
    if (reader.isWord(reader.peek(), "for")) {
      return parseFor(reader, open, "tuple");
    }
    const items = parseTupleItems(reader, open);
    const span = { start: open.start, end: reader.read().end };
    return { kind: "tuple", span, items } satisfies Tuple;
  });
}

/** Up to the `]`, which is the next token then. */
function parseTupleItems(reader: Reader, open: Token): Expression[] {
  const items: Expression[] = [];
  const recovery = { container: open, separators: [","] as const };
  while (reader.peek().kind !== "]") {
    const item = reader.attempt(recovery, () => {
      refuseForeignCloser(reader, open, "the list", '"," or "]"');
      const value = parseExpression(reader);
      const next = reader.peek();
      if (next.kind !== "," && next.kind !== "]") {
        failUnclosed(
          reader,
          open,
          next,
          "the list",
          '"," or "]"',
          hintForWord(reader, value, next) ?? "items are separated by commas",
        );
      }
      return value;
    });
    if (item !== undefined) items.push(item);
    if (!reader.skip(",")) break;
  }
  return items;
}

export function parseObject(reader: Reader): Expression {
  const open = reader.read();
  const isFor = reader.withNewlines(
    false,
    () => reader.isWord(reader.peek(), "for"),
  );
  if (isFor) {
    return reader.withNewlines(false, () => parseFor(reader, open, "object"));
  }
  return reader.withNewlines(true, () => {
    const items = parseObjectItems(reader, open);
    const span = { start: open.start, end: reader.read().end };
    return { kind: "object", span, items } satisfies ObjectExpression;
  });
}

/** Up to the `}`, which is the next token then. */
function parseObjectItems(reader: Reader, open: Token): Item[] {
  const items: Item[] = [];
  const recovery = { container: open, separators: [",", "newline"] as const };
  for (;;) {
    const next = reader.peek();
    if (next.kind === "newline") reader.read();
    else if (next.kind === "}") return items;
    else {
      const item = reader.attempt(recovery, () => parseItem(reader, open));
      if (item !== undefined) items.push(item);
      if (reader.peek().kind !== "}") skipSeparator(reader);
    }
  }
}

/** After a mistake there may be none: the next line begins at once. */
function skipSeparator(reader: Reader): void {
  if (!reader.skip(",")) reader.skip("newline");
}

function parseItem(reader: Reader, open: Token): Item {
  refuseForeignCloser(reader, open, "the object", '"}"');
  const { key, isBareKey } = parseKey(reader);
  const sign = reader.peek();
  if (!reader.skip("=") && !reader.skip(":")) {
    failUnclosed(
      reader,
      open,
      sign,
      "the object",
      '"=" behind the key',
      sign.kind === "newline" || sign.kind === ","
        ? "every key has a value: key = value"
        : "a key that is no single word stands in quotes",
    );
  }
  const value = parseExpression(reader);
  const next = reader.peek();
  if (!["}", ",", "newline"].includes(next.kind)) {
    failUnclosed(
      reader,
      open,
      next,
      "the object",
      'a line break, "," or "}"',
      hintForWord(reader, value, next) ??
        "items are separated by line breaks or commas",
    );
  }
  return { key, isBareKey, value };
}

/** A single word is the key itself, not a reference. */
function parseKey(reader: Reader): { key: Expression; isBareKey: boolean } {
  const key = parseExpression(reader);
  if (key.kind !== "variable" && key.kind !== "keyword") {
    return { key, isBareKey: false };
  }
  const { span } = key;
  const part = { kind: "text", span, value: reader.textOf(span) } as const;
  const word: Template = {
    kind: "template",
    span,
    form: "quoted",
    parts: [part],
    isWrapped: false,
  };
  return { key: word, isBareKey: true };
}
