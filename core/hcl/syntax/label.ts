/**
 * Parses what stands between a block's type and its `{`.
 *
 * @module
 */

import type { Block } from "../syntax_tree.ts";
import { unescapeQuoted } from "./escapes.ts";
import type { Reader } from "./reader.ts";
import type { Token } from "./token.ts";

type Label = Block["labels"][number];

export function parseLabel(reader: Reader, type: Token): Label {
  const next = reader.peek();
  switch (next.kind) {
    case "identifier":
      reader.read();
      return { value: reader.textOf(next), span: spanOf(next, next) };
    case "open_quote":
      return parseQuotedLabel(reader);
    default:
      return failInHeader(reader, type, next);
  }
}

function parseQuotedLabel(reader: Reader): Label {
  const open = reader.read();
  let value = "";
  for (;;) {
    const token = reader.read();
    switch (token.kind) {
      case "quoted_text":
        value += unescapeQuoted(reader.text, token, reader.problems);
        break;
      case "close_quote":
        return { value, span: spanOf(open, token) };
      default:
        reader.fail(
          "block",
          token,
          `a label is fixed text, found ${reader.describe(token)}`,
          "write $${ and %%{ for the characters themselves",
        );
    }
  }
}

function failInHeader(reader: Reader, type: Token, next: Token): never {
  const name = reader.textOf(type);
  if (next.kind === "=") {
    return reader.fail(
      "block",
      next,
      `"=" cannot stand in the header of the block "${name}"`,
      `leave it out: ${name} … {`,
    );
  }
  if (next.kind === "newline" || next.kind === "end") {
    return reader.fail(
      "block",
      next,
      `expected "{" on the same line as the block "${name}"`,
      `an attribute needs "=" behind its name: ${name} = …`,
    );
  }
  return reader.fail(
    "block",
    next,
    `expected a label or "{" behind the block "${name}", found ${
      reader.describe(next)
    }`,
  );
}

function spanOf(from: Token, to: Token): { start: number; end: number } {
  return { start: from.start, end: to.end };
}
