/**
 * What a template says, before it is executed.
 *
 * Spans are UTF-16 offsets into the text as written.
 *
 * @module
 */

import type { ErrorCode } from "../../base/errors.ts";
import type { Span } from "../syntax_tree.ts";
import type { Datum } from "./datum.ts";

/** Where an action stands in the HCL around it: decides how a value is escaped. */
export type Place = "quoted" | "heredoc" | "bare";

/** A piece of text, or what one or several `{{ … }}` mean. */
export type Node =
  | TextNode
  | InsertNode
  | ConditionNode
  | RangeNode
  | HoleNode
  | { readonly kind: "break" | "continue"; readonly span: Span };

export interface TextNode {
  readonly kind: "text";
  readonly span: Span;
}
/** `{{ pipeline }}`; prints nothing when it declares a variable. */
export interface InsertNode {
  readonly kind: "insert";
  /** The whole `{{ … }}`. */
  readonly span: Span;
  readonly place: Place;
  readonly pipeline: Pipeline;
}
/** An action that was reported as wrong; something harmless takes its place. */
export interface HoleNode {
  readonly kind: "hole";
  readonly span: Span;
  readonly place: Place;
}
/** `if` and `with`; `else if` is a nested node in `otherwise`. */
export interface ConditionNode {
  readonly kind: "if" | "with";
  readonly span: Span;
  readonly pipeline: Pipeline;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}
export interface RangeNode {
  readonly kind: "range";
  readonly span: Span;
  readonly pipeline: Pipeline;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}

/** `$x := command | command` */
export interface Pipeline {
  readonly span: Span;
  /** Names with their `$`; `isNew` is `:=`, otherwise `=`. */
  readonly declares?: { readonly names: readonly string[]; isNew: boolean };
  readonly commands: readonly Command[];
}
/** A function with its arguments, or one value alone. */
export interface Command {
  readonly span: Span;
  readonly operands: readonly Operand[];
}
/** `path` are the field names after it: `.a.b`, `$x.a`, `(…).a`. */
export type Operand =
  | { readonly kind: "literal"; readonly span: Span; readonly value: Datum }
  | {
    readonly kind: "dot";
    readonly span: Span;
    readonly path: readonly string[];
  }
  | {
    readonly kind: "variable";
    readonly span: Span;
    readonly name: string;
    readonly path: readonly string[];
  }
  | { readonly kind: "function"; readonly span: Span; readonly name: string }
  | {
    readonly kind: "group";
    readonly span: Span;
    readonly pipeline: Pipeline;
    readonly path: readonly string[];
  };

/** A mistake in a template, on its way to becoming a diagnostic. */
export class TemplateProblem extends Error {
  constructor(
    readonly span: Span,
    readonly code: ErrorCode,
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}
