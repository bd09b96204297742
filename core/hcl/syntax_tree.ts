/**
 * What an HCL text says, before anything in it is evaluated.
 *
 * Spans are UTF-16 offsets into the text that was parsed (after templates were
 * expanded); source_text.ts turns them into places in the file as written.
 *
 * @module
 */

/** Half-open range of UTF-16 offsets. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The inside of a block, or a whole file; items in the order written. */
export interface Body {
  readonly span: Span;
  readonly items: readonly (Attribute | Block)[];
}

/** `name = value` */
export interface Attribute {
  readonly kind: "attribute";
  readonly span: Span;
  readonly name: string;
  readonly nameSpan: Span;
  readonly value: Expression;
}

/** `type "label" { … }` */
export interface Block {
  readonly kind: "block";
  readonly span: Span;
  readonly type: string;
  readonly typeSpan: Span;
  readonly labels: readonly { readonly value: string; readonly span: Span }[];
  readonly body: Body;
}

/** Any expression of the HCL native syntax. */
export type Expression =
  | NumberLiteral
  | KeywordLiteral
  | Template
  | Variable
  | GetAttribute
  | Index
  | Splat
  | FunctionCall
  | Unary
  | Binary
  | Conditional
  | Tuple
  | ObjectExpression
  | ForExpression
  | Parentheses;

/**
 * `digits` is the literal as written: `1e3`, `9007199254740993`, `0.10`; always
 * a valid JSON number (leading zeros are left out).
 */
export interface NumberLiteral {
  readonly kind: "number";
  readonly span: Span;
  readonly digits: string;
}
/** `true`, `false`, `null` */
export interface KeywordLiteral {
  readonly kind: "keyword";
  readonly span: Span;
  readonly value: true | false | null;
}
/**
 * A quoted string or heredoc. One lone interpolation (`"${x}"`) yields its
 * value unchanged (`isWrapped`); anything else is a string.
 */
export interface Template {
  readonly kind: "template";
  readonly span: Span;
  readonly form: "quoted" | "heredoc";
  readonly parts: readonly TemplatePart[];
  readonly isWrapped: boolean;
}
/** Directives are already nested, strip markers (`~`) already applied. */
export type TemplatePart =
  | { readonly kind: "text"; readonly span: Span; readonly value: string }
  | {
    readonly kind: "interpolation";
    readonly span: Span;
    readonly value: Expression;
  }
  | {
    readonly kind: "if";
    readonly span: Span;
    readonly condition: Expression;
    readonly then: readonly TemplatePart[];
    readonly otherwise: readonly TemplatePart[];
  }
  | {
    readonly kind: "for";
    readonly span: Span;
    readonly keyName?: string;
    readonly valueName: string;
    readonly collection: Expression;
    readonly body: readonly TemplatePart[];
  };
/** The first word of a reference: `var`, `local`, `each`. */
export interface Variable {
  readonly kind: "variable";
  readonly span: Span;
  readonly name: string;
}
/** `target.name`, also the legacy `target.0` (then `name` is "0"). */
export interface GetAttribute {
  readonly kind: "get_attribute";
  readonly span: Span;
  readonly target: Expression;
  readonly name: string;
  readonly nameSpan: Span;
}
/** `target[key]` */
export interface Index {
  readonly kind: "index";
  readonly span: Span;
  readonly target: Expression;
  readonly key: Expression;
}
/**
 * `target.*.rest` (`form: "attribute"`) or `target[*].rest` (`form: "full"`).
 * The rest is applied to every element; what follows an attribute splat other
 * than names is applied to its result and stands outside of this node.
 */
export interface Splat {
  readonly kind: "splat";
  readonly span: Span;
  readonly form: "attribute" | "full";
  readonly target: Expression;
  /** Applied in order to every element. */
  readonly rest: readonly SplatStep[];
}
/** A splat in a splat (`a[*].b[*].c`) yields a list for every element. */
export type SplatStep =
  | { readonly kind: "attribute"; readonly name: string; readonly span: Span }
  | { readonly kind: "index"; readonly key: Expression; readonly span: Span }
  | {
    readonly kind: "splat";
    readonly form: "attribute" | "full";
    readonly rest: readonly SplatStep[];
    readonly span: Span;
  };
/** `name(a, b...)`; `expandLast` is the `...`. `name` may hold `::`. */
export interface FunctionCall {
  readonly kind: "call";
  readonly span: Span;
  readonly name: string;
  readonly nameSpan: Span;
  readonly args: readonly Expression[];
  readonly expandLast: boolean;
}
export interface Unary {
  readonly kind: "unary";
  readonly span: Span;
  readonly operator: "-" | "!";
  readonly operand: Expression;
}
/** An operator with two operands. */
export type BinaryOperator =
  | "+"
  | "-"
  | "*"
  | "/"
  | "%"
  | "=="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">="
  | "&&"
  | "||";
export interface Binary {
  readonly kind: "binary";
  readonly span: Span;
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}
export interface Conditional {
  readonly kind: "conditional";
  readonly span: Span;
  readonly condition: Expression;
  readonly then: Expression;
  readonly otherwise: Expression;
}
export interface Tuple {
  readonly kind: "tuple";
  readonly span: Span;
  readonly items: readonly Expression[];
}
/** A bare-word key is a `template` holding that word (`isBareKey`). */
export interface ObjectExpression {
  readonly kind: "object";
  readonly span: Span;
  readonly items: readonly {
    readonly key: Expression;
    readonly isBareKey: boolean;
    readonly value: Expression;
  }[];
}
/** `[for k, v in c : value if cond]` or `{for k, v in c : key => value...}` */
export interface ForExpression {
  readonly kind: "for";
  readonly span: Span;
  readonly form: "tuple" | "object";
  readonly keyName?: string;
  readonly valueName: string;
  readonly collection: Expression;
  readonly key?: Expression;
  readonly value: Expression;
  readonly condition?: Expression;
  /** `...` after the value: values of one key become a tuple. */
  readonly isGrouped: boolean;
}
export interface Parentheses {
  readonly kind: "parentheses";
  readonly span: Span;
  readonly inner: Expression;
}
