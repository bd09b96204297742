/**
 * `jsonencode` and `jsondecode`.
 *
 * Encoding is Terraform's: keys sorted, and `<`, `>`, `&` escaped so that the
 * text may stand in HTML. Decoding keeps every digit of a number and the order
 * of keys, which `JSON.parse` does not.
 *
 * @module
 */

import { plainDigits } from "../expressions/number.ts";
import { sortedEntries } from "../expressions/order.ts";
import {
  booleanValue,
  listValue,
  nullValue,
  numberValue,
  objectValue,
  stringValue,
  type Value,
} from "../value.ts";
import { ANY, STRING, textOf } from "./arguments.ts";
import { type FunctionDefinition, FunctionError } from "./definition.ts";

const MAX_DEPTH = 500;
/** Unrolled, so that it never goes back over a long text. */
const STRING_TOKEN =
  // deno-lint-ignore no-control-regex
  /"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"/;
const NUMBER_TOKEN = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/;
const TOKEN = new RegExp(
  `[ \\t\\n\\r]*([{}[\\],:]|${STRING_TOKEN.source}|${NUMBER_TOKEN.source}|true|false|null)`,
  "y",
);

export const JSON_FUNCTIONS: Record<string, FunctionDefinition> = {
  jsonencode: {
    parameters: [{ name: "value", type: ANY, isNullable: true }],
    call: (value) => stringValue(encodeJson(value)),
  },
  jsondecode: {
    parameters: [{ name: "str", type: STRING }],
    call: (text) => decodeJson(textOf(text)),
  },
};

/**
 * Reads JSON with all digits of its numbers.
 *
 * @throws {FunctionError} For a text that is none.
 */
export function decodeJson(text: string): Value {
  return new JsonReader(text).read();
}

/** JSON as Terraform writes it. */
export function encodeJson(value: Value): string {
  switch (value.kind) {
    case "null":
      return "null";
    case "boolean":
      return String(value.value);
    case "number":
      return plainDigits(value.digits);
    case "string":
      return encodeString(value.value);
    case "list":
      return `[${value.items.map(encodeJson).join(",")}]`;
    case "object": {
      const entries = sortedEntries(value.entries)
        .map(([key, entry]) => `${encodeString(key)}:${encodeJson(entry)}`);
      return `{${entries.join(",")}}`;
    }
  }
}

/** A JSON string, safe inside HTML. */
export function encodeString(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

class JsonReader {
  #at = 0;
  #depth = 0;

  constructor(readonly text: string) {}

  read(): Value {
    const value = this.#value(this.#token());
    if (this.text.slice(this.#at).trim() !== "") {
      throw this.#problem("there is more after the end of the value");
    }
    return value;
  }

  #value(token: string): Value {
    switch (token[0]) {
      case "{":
        return this.#nested(() => this.#object());
      case "[":
        return this.#nested(() => this.#list());
      case '"':
        return stringValue(JSON.parse(token));
      case "t":
      case "f":
        return booleanValue(token === "true");
      case "n":
        return nullValue();
      case "}":
      case "]":
      case ",":
      case ":":
        throw this.#problem(`unexpected "${token}"`);
      default:
        return numberValue(token);
    }
  }

  #list(): Value {
    const items: Value[] = [];
    let token = this.#token();
    if (token === "]") return listValue(items);
    for (;;) {
      items.push(this.#value(token));
      const next = this.#token();
      if (next === "]") return listValue(items);
      if (next !== ",") throw this.#problem(`expected "," or "]"`);
      token = this.#token();
    }
  }

  #object(): Value {
    const entries = new Map<string, Value>();
    let token = this.#token();
    if (token === "}") return objectValue(entries);
    for (;;) {
      if (token[0] !== '"') throw this.#problem("expected a key in quotes");
      if (this.#token() !== ":") throw this.#problem(`expected ":"`);
      entries.set(JSON.parse(token), this.#value(this.#token()));
      const next = this.#token();
      if (next === "}") return objectValue(entries);
      if (next !== ",") throw this.#problem(`expected "," or "}"`);
      token = this.#token();
    }
  }

  #nested(read: () => Value): Value {
    if (++this.#depth > MAX_DEPTH) {
      throw this.#problem(`nested more than ${MAX_DEPTH} levels deep`);
    }
    const value = read();
    this.#depth--;
    return value;
  }

  #token(): string {
    TOKEN.lastIndex = this.#at;
    const match = TOKEN.exec(this.text);
    if (match === null) {
      const isEnd = this.text.slice(this.#at).trim() === "";
      throw this.#problem(isEnd ? "it ends too early" : "unexpected text");
    }
    this.#at = TOKEN.lastIndex;
    return match[1];
  }

  /** Says where, never what: the text may be a secret. */
  #problem(message: string): FunctionError {
    const lines = this.text.slice(0, this.#at).split("\n");
    const place = `line ${lines.length}, column ${lines.at(-1)!.length + 1}`;
    return new FunctionError(`not valid JSON: ${message} (${place})`, {
      argument: 0,
      isPublic: true,
    });
  }
}
