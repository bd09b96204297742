/**
 * What an expression evaluates to.
 *
 * Numbers keep the digits they were written with, so a value that is only passed
 * on is never rounded. `isSensitive` marks what must not be printed; whatever is
 * made from a sensitive value is sensitive too.
 *
 * @module
 */

import type { Span } from "./syntax_tree.ts";

interface Common {
  readonly isSensitive?: boolean;
  /** Where it was written, when it stands in the file as such. */
  readonly span?: Span;
}

/** Any value of the language. */
export type Value =
  | NullValue
  | BooleanValue
  | NumberValue
  | StringValue
  | ListValue
  | ObjectValue;

export interface NullValue extends Common {
  readonly kind: "null";
}
export interface BooleanValue extends Common {
  readonly kind: "boolean";
  readonly value: boolean;
}
/** `digits` is a valid JSON number. */
export interface NumberValue extends Common {
  readonly kind: "number";
  readonly digits: string;
}
export interface StringValue extends Common {
  readonly kind: "string";
  readonly value: string;
}
/** Lists, sets and tuples of HCL. */
export interface ListValue extends Common {
  readonly kind: "list";
  readonly items: readonly Value[];
}
/** Maps and objects of HCL. */
export interface ObjectValue extends Common {
  readonly kind: "object";
  readonly entries: ReadonlyMap<string, Value>;
}
