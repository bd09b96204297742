/**
 * One envelope on its way through the steps: its text, parsed at most once for
 * each form it takes.
 *
 * @module
 */

import { isJsonObject } from "../base/json.ts";
import { type JsonObject, parseExactJson } from "../protocol/mod.ts";
import { LineProblem } from "./verdict.ts";

/** Reused for every line: {@link Line.reset} makes it the next one. */
export class Line {
  /** Holds the line somewhere; it may be a whole chunk. */
  text = "";
  /** UTF-16 offsets into `text`. */
  start = 0;
  end = 0;
  /** Whether a step has changed it. */
  isChanged = false;
  #value: JsonObject | undefined;
  #exact: JsonObject | undefined;

  reset(text: string, start: number, end: number): void {
    this.text = text;
    this.start = start;
    this.end = end;
    this.isChanged = false;
    this.#value = undefined;
    this.#exact = undefined;
  }

  /** The line's new text. */
  change(text: string): void {
    this.reset(text, 0, text.length);
    this.isChanged = true;
  }

  toString(): string {
    return this.text.slice(this.start, this.end);
  }

  /**
   * Numbers are doubles here.
   * @throws {LineProblem} For what is no envelope.
   */
  get value(): JsonObject {
    return this.#value ??= this.#parse();
  }

  /** The same with every number that a double can't hold as its source text. */
  get exact(): JsonObject {
    return this.#exact ??= parseExactJson(this.toString()) as JsonObject;
  }

  /** Some providers of version 1 write the names with capitals. */
  get dataKey(): "data" | "Data" {
    return Object.hasOwn(this.value, "data") ? "data" : "Data";
  }

  get metadataKey(): "metadata" | "Metadata" {
    const { value } = this;
    const isCapital = !Object.hasOwn(value, "metadata") &&
      Object.hasOwn(value, "Metadata");
    return isCapital ? "Metadata" : "metadata";
  }

  #parse(): JsonObject {
    const value = parseJson(this.toString());
    const isObject = typeof value === "object" && value !== null &&
      !Array.isArray(value);
    if (!isObject) throw new LineProblem("the line is not a JSON object");
    if (!Object.hasOwn(value, "data") && !Object.hasOwn(value, "Data")) {
      throw new LineProblem(
        problemIn(value as JsonObject) ?? "the envelope has no data",
      );
    }
    return value as JsonObject;
  }
}

/** Why an input could not make an envelope of something, in its own words. */
function problemIn({ metadata }: Record<string, unknown>): string | undefined {
  if (!isJsonObject(metadata)) return undefined;
  const { problem } = metadata;
  return typeof problem === "string" ? problem : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new LineProblem("the line is not JSON");
  }
}
