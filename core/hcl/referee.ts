/**
 * A second opinion on a file, from HashiCorp's own parser.
 *
 * Ours reads every file; this one is asked by `validate`, by `init` and by the
 * tests, and says what it would have done. It is not asked what it could not
 * answer in a reasonable time and amount of memory.
 *
 * @module
 */

import { DstreamError } from "../base/errors.ts";
import { Decimal, toDecimal } from "./decimal.ts";
import { FunctionError } from "./functions/definition.ts";
import { decodeJson } from "./functions/json.ts";
import { getProgram, GoError } from "./hashicorp.ts";
import { parse } from "./parse.ts";
import { type Json, NotExpressible, toRefereeJson } from "./referee_json.ts";
import { SourceText } from "./source_text.ts";
import type { Body } from "./syntax_tree.ts";
import type { Value } from "./value.ts";

/** What HashiCorp's parser says. */
export type RefereeVerdict =
  /** Without `json` where hcl2json cannot express what the parser accepts. */
  | { readonly kind: "accepted"; readonly json?: string }
  /** `problem` in HashiCorp's words. */
  | { readonly kind: "refused"; readonly problem: string }
  /** Not asked, or no answer. */
  | { readonly kind: "absent"; readonly reason: string };

/** Its heredocs take quadratic time in lines. */
const MAX_LINES = 10_000;
const MAX_CHARACTERS = 1_000_000;

/**
 * Asks HashiCorp's parser; the first question takes about 100 ms.
 *
 * @param text HCL without `{{ … }}`: templates expanded.
 * @param file Named in the problem.
 * @returns Never rejects: a referee that does not work is `absent`.
 *
 * @example
 * ```ts
 * const verdict = await askReferee("a = 1\n", "dstream.hcl");
 * if (verdict.kind !== "accepted") throw new Error(verdict.kind);
 * ```
 */
export async function askReferee(
  text: string,
  file: string,
): Promise<RefereeVerdict> {
  const reason = reasonNotToAsk(text, file);
  if (reason !== undefined) return { kind: "absent", reason };
  try {
    const program = await getProgram("hcl2json");
    return { kind: "accepted", json: program.call("parse", file, text) };
  } catch (error) {
    return readRefusal(error);
  }
}

/**
 * Where our parser and HashiCorp's differ on a text.
 *
 * @returns `undefined` when they agree or the referee is absent; else one line.
 */
export async function findDisagreement(
  text: string,
  file: string,
): Promise<string | undefined> {
  const { body, diagnostics } = parse(new SourceText(file, text));
  const verdict = await askReferee(text, file);
  const [problem] = diagnostics;
  switch (verdict.kind) {
    case "absent":
      return undefined;
    case "refused":
      return problem === undefined
        ? `only HashiCorp's parser refuses it: ${verdict.problem}`
        : undefined;
    case "accepted": {
      if (problem !== undefined) {
        return `only HashiCorp's parser accepts it; ours: ${problem.message}`;
      }
      return compare(body, text, verdict.json);
    }
  }
}

function compare(
  body: Body,
  text: string,
  json: string | undefined,
): string | undefined {
  try {
    const ours = attemptJson(() => toRefereeJson(body, text));
    const theirs = json === undefined ? undefined : readJson(json);
    return findDifference(ours, theirs, "the file");
  } catch (error) {
    // Deeper than the reader goes: labels count there, too.
    if (error instanceof FunctionError) return undefined;
    throw error;
  }
}

function reasonNotToAsk(text: string, file: string): string | undefined {
  if (text.length > MAX_CHARACTERS) return "the file is too long to ask";
  if (text.split("\n", MAX_LINES + 1).length > MAX_LINES) {
    return "the file has too many lines to ask";
  }
  const { diagnostics } = parse(new SourceText(file, text));
  if (diagnostics.length >= 50) return "the file has too many mistakes to ask";
  return diagnostics.find(({ code }) => code.startsWith("config.syntax_too_"))
    ?.message;
}

function readRefusal(error: unknown): RefereeVerdict {
  if (error instanceof DstreamError) {
    return { kind: "absent", reason: error.message };
  }
  if (!(error instanceof GoError)) throw error;
  const [, area, problem] = /^(parse config|convert[^:]*): (.*)$/s
    .exec(error.message) ?? [];
  if (area === "parse config") return { kind: "refused", problem };
  if (area !== undefined) return { kind: "accepted" };
  return { kind: "absent", reason: error.message };
}

function attemptJson(action: () => Json): Json | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof NotExpressible) return undefined;
    throw error;
  }
}

/**
 * Not by `JSON.parse`: after an object with the key "\\" V8 takes the key "\t" of
 * the next one for the same (seen in versions 14.5 and 15.0).
 */
function readJson(text: string): Json {
  return toJson(decodeJson(text));
}

function toJson(value: Value): Json {
  switch (value.kind) {
    case "null":
      return null;
    case "boolean":
    case "string":
      return value.value;
    case "number":
      return toDecimal(value.digits);
    case "list":
      return value.items.map(toJson);
    case "object":
      return new Map(
        Array.from(value.entries, ([key, entry]) => [key, toJson(entry)]),
      );
  }
}

/** The first place where the two differ, as a line for people. */
function findDifference(
  ours: Json | undefined,
  theirs: Json | undefined,
  path: string,
): string | undefined {
  if (ours instanceof Decimal && theirs instanceof Decimal) {
    if (roundLike(ours) === roundLike(theirs)) return undefined;
  } else if (ours instanceof Map && theirs instanceof Map) {
    const keys = [...new Set([...ours.keys(), ...theirs.keys()])];
    return firstOf(
      keys,
      (key) =>
        findDifference(ours.get(key), theirs.get(key), `${path} → ${key}`),
    );
  } else if (Array.isArray(ours) && Array.isArray(theirs)) {
    const length = Math.max(ours.length, theirs.length);
    return firstOf(
      [...Array(length).keys()],
      (i) => findDifference(ours[i], theirs[i], `${path}[${i}]`),
    );
  } else if (ours === theirs) return undefined;
  return `${path}: ours is ${show(ours)}, HashiCorp's is ${show(theirs)}`;
}

/** HashiCorp's numbers have 512 bits: 154 digits, the last of them rounded. */
function roundLike({ plain }: Decimal): string {
  const significant = plain.replace(/^-?0?\.?0*/, "").replace(".", "");
  return significant.length <= 150 ? plain : significant.slice(0, 150);
}

function firstOf<T>(
  items: readonly T[],
  find: (item: T) => string | undefined,
): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function show(json: Json | undefined): string {
  if (json === undefined) return "absent";
  if (json instanceof Map) return "an object";
  if (json instanceof Decimal) return json.plain;
  return Array.isArray(json) ? "a list" : JSON.stringify(json);
}
