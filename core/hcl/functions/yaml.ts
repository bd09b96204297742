/**
 * `yamldecode`. The library is loaded beforehand, and only when a file calls it.
 *
 * Numbers keep their digits where they are decimal; aliases are followed up to
 * a bound, because a few lines of them can stand for billions of values.
 *
 * @module
 */

import type { Alias, Document, Node, Pair, Scalar } from "yaml";
import { fromNumber, parseDigits, plainDigits } from "../expressions/number.ts";
import {
  booleanValue,
  listValue,
  nullValue,
  numberValue,
  objectValue,
  stringValue,
  type Value,
} from "../value.ts";
import { STRING, textOf } from "./arguments.ts";
import { type FunctionDefinition, FunctionError } from "./definition.ts";

type Yaml = typeof import("yaml");

/** Terraform's YAML takes these for booleans, as version 1.1 did. */
const TRUE_WORDS = /^(?:y|yes|on)$/i;
const FALSE_WORDS = /^(?:n|no|off)$/i;
const MAX_VALUES = 1_000_000;
const MAX_DEPTH = 500;

let yaml: Yaml | undefined;

/** Has to be done before `yamldecode` is called. */
export async function loadYaml(): Promise<void> {
  yaml ??= await import("yaml");
}

export const YAML_FUNCTIONS: Record<string, FunctionDefinition> = {
  yamldecode: {
    parameters: [{ name: "src", type: STRING }],
    call: (text) => decode(textOf(text)),
  },
};

function decode(text: string): Value {
  if (yaml === undefined) throw new Error("loadYaml() comes first");
  const documents = yaml.parseAllDocuments(text, {
    intAsBigInt: true,
    merge: true,
  });
  const parsed = Array.isArray(documents) ? documents : [];
  if (parsed.length > 1) throw invalid("there is more than one document");
  const [document] = parsed;
  if (document === undefined || document.contents === null) {
    throw invalid("there is nothing in it");
  }
  // A tag that means nothing here is only a warning to the library.
  const [error] = [...document.errors, ...document.warnings];
  if (error !== undefined) throw invalid(describe(error));
  return new YamlReader(yaml, document).value(document.contents, 0);
}

/** Says where, never what: the text may be a secret. */
function describe(error: { code: string; linePos?: { line: number }[] }) {
  const line = error.linePos?.[0]?.line;
  const what = error.code.toLowerCase().replaceAll("_", " ");
  return line === undefined ? what : `${what} (line ${line})`;
}

function invalid(message: string): FunctionError {
  return new FunctionError(`not valid YAML: ${message}`, {
    argument: 0,
    isPublic: true,
  });
}

class YamlReader {
  #count = 0;

  constructor(
    readonly yaml: Yaml,
    readonly document: Document.Parsed,
  ) {}

  value(node: Node | null, depth: number): Value {
    const { isAlias, isMap, isSeq, isScalar } = this.yaml;
    if (++this.#count > MAX_VALUES) {
      throw invalid(`it stands for more than ${MAX_VALUES} values`);
    }
    if (depth > MAX_DEPTH) throw invalid("it is nested too deep");
    if (isAlias(node)) return this.#alias(node, depth);
    if (isScalar(node)) return this.#scalar(node);
    if (isSeq(node)) {
      return listValue(
        node.items.map((item) => this.value(item as Node, depth + 1)),
      );
    }
    return isMap(node) ? this.#map(node.items as Pair[], depth) : nullValue();
  }

  #alias(node: Alias, depth: number): Value {
    const target = node.resolve(this.document);
    if (target === undefined) {
      throw invalid(`there is no anchor "${node.source}"`);
    }
    return this.value(target, depth + 1);
  }

  #map(pairs: readonly Pair[], depth: number): Value {
    const own = new Map<string, Value>();
    const merged = new Map<string, Value>();
    for (const pair of pairs) {
      const key = this.value(pair.key as Node, depth + 1);
      const value = this.value(pair.value as Node, depth + 1);
      if (this.#isMerge(pair)) this.#merge(value, merged);
      else own.set(keyText(key), value);
    }
    for (const [key, value] of merged) if (!own.has(key)) own.set(key, value);
    return objectValue(own);
  }

  #isMerge({ key }: Pair): boolean {
    return this.yaml.isScalar(key) && key.source === "<<" &&
      key.type === "PLAIN";
  }

  /** Of several sources the first that has a key wins. */
  #merge(value: Value, into: Map<string, Value>): void {
    const sources = value.kind === "list" ? value.items : [value];
    for (const source of sources) {
      if (source.kind !== "object") throw invalid("<< needs a mapping");
      for (const [key, entry] of source.entries) {
        if (!into.has(key)) into.set(key, entry);
      }
    }
  }

  #scalar(node: Scalar): Value {
    const { value, source } = node;
    switch (typeof value) {
      case "string":
        return node.type === "PLAIN" ? plainText(value) : stringValue(value);
      case "boolean":
        return booleanValue(value);
      case "bigint":
        return numberValue(value);
      case "number":
        return this.#number(value, source);
      case "symbol":
        return stringValue("<<");
      default:
        return value === null ? nullValue() : stringValue(String(source));
    }
  }

  #number(value: number, source: string | undefined): Value {
    const digits = parseDigits(source ?? "");
    if (digits !== undefined) return numberValue(digits);
    if (Number.isFinite(value)) return numberValue(fromNumber(value));
    throw invalid(`"${source}" is no finite number`);
  }
}

function plainText(text: string): Value {
  if (TRUE_WORDS.test(text)) return booleanValue(true);
  return FALSE_WORDS.test(text) ? booleanValue(false) : stringValue(text);
}

function keyText(key: Value): string {
  if (key.kind === "string") return key.value;
  if (key.kind === "number") return plainDigits(key.digits);
  if (key.kind === "boolean") return String(key.value);
  throw invalid("a key must be a string");
}
