/**
 * Steps made by hand, for tests that are not about reading files.
 *
 * @module
 */

import type {
  FilterStep,
  MapStep,
  PlacedText,
  TransformStep,
  ValidateStep,
} from "../../core/config/task.ts";
import {
  createTransformer,
  type LineOutcome,
  type Transformer,
} from "../../core/transform/mod.ts";

/** A text that stands alone on line 3 of `dstream.hcl`. */
export function placed(text: string): PlacedText {
  const place = { file: "dstream.hcl", line: 3, text };
  const locate = (start: number, end: number) => ({
    ...place,
    column: start + 1,
    width: Math.max(1, end - start),
  });
  return { text, at: locate(0, text.length), locate };
}

const AT = placed("filter {").at;

export function filter(where: string): FilterStep {
  return { kind: "filter", at: AT, where: placed(where) };
}

/** What a `map` block says. */
export interface MapParts {
  readonly set?: Readonly<Record<string, string>>;
  readonly remove?: readonly string[];
  readonly rename?: Readonly<Record<string, string>>;
}

export function map({ set = {}, remove = [], rename = {} }: MapParts): MapStep {
  return {
    kind: "map",
    at: AT,
    set: Object.entries(set).map(([path, value]) => ({
      path: placed(path),
      value: placed(value),
    })),
    remove: remove.map(placed),
    rename: Object.entries(rename).map(([from, to]) => ({
      from: placed(from),
      to: placed(to),
    })),
  };
}

export function validate(
  schema: unknown,
  onInvalid: ValidateStep["onInvalid"] = "dead_letter",
): ValidateStep {
  const text = typeof schema === "string" ? schema : JSON.stringify(schema);
  return { kind: "validate", at: AT, schema: placed(text), onInvalid };
}

export function transformer(
  steps: readonly TransformStep[],
  maxLineBytes = 1_000_000,
): Promise<Transformer> {
  return createTransformer(steps, { maxLineBytes });
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Text to bytes and back. */
export const toBytes = (text: string) => encoder.encode(text);
export const toText = (bytes: Uint8Array) => decoder.decode(bytes);

/** What one line becomes: its text, "dropped", or why it is refused. */
export async function outcomeOf(
  steps: readonly TransformStep[],
  line: string,
): Promise<string> {
  return describe((await transformer(steps)).apply(toBytes(line)));
}

/** One word and a text for an outcome. */
export function describe(outcome: LineOutcome): string {
  switch (outcome.kind) {
    case "pass":
      return toText(outcome.line);
    case "drop":
      return "dropped";
    case "reject":
      return `${outcome.code}: ${outcome.reason}`;
    case "fail":
      return `fails: ${outcome.error.message}`;
  }
}
