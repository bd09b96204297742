/**
 * Reads a block's attributes and blocks by name and type, and says what is wrong.
 *
 * What nobody has asked for when {@link BlockReader.finish} is called is unknown,
 * and gets the nearest of the names that were asked for. A reader that does not
 * evaluate still checks which attributes and blocks there are.
 *
 * @module
 */

import { nearest } from "../../base/nearest.ts";
import {
  formatDuration,
  formatSize,
  parseDurationMs,
  parseSizeBytes,
} from "../../base/units.ts";
import {
  type Attribute,
  type Block,
  type Body,
  ConversionError,
  convert,
  evaluate,
  type Scope,
  type SourceText,
  type Span,
  type Type,
  type Value,
} from "../../hcl/mod.ts";
import type { Place, Problems } from "./problems.ts";
import { suggest } from "./suggest.ts";
import { shown, unitHint } from "./words.ts";

/** What reading needs besides the text. */
export interface ReadContext {
  readonly source: SourceText;
  readonly problems: Problems;
  /** Names and functions; absent: only look at the structure. */
  readonly scope?: Scope;
}

/** The longest time a timer can wait. */
const MAX_DURATION_MS = 2 ** 31 - 1;

interface Range {
  readonly min?: number;
  readonly max?: number;
}

export class BlockReader {
  readonly #asked = {
    attributes: new Set<string>(),
    blocks: new Set<string>(),
  };

  readonly #failed = new Set<string>();

  /**
   * @param owner How messages call it: `task "orders"`, `an input block`.
   * @param headSpan What stands for the whole block in an error.
   */
  constructor(
    readonly body: Body,
    readonly owner: string,
    readonly headSpan: Span,
    readonly context: ReadContext,
  ) {}

  get isEvaluated(): boolean {
    return this.context.scope !== undefined;
  }

  place(span: Span): Place {
    return { source: this.context.source, span };
  }

  report(
    span: Span,
    code: `config.${string}`,
    message: string,
    hint?: string,
  ): void {
    this.context.problems.report(this.place(span), code, message, hint);
  }

  attribute(name: string): Attribute | undefined {
    this.#asked.attributes.add(name);
    return this.body.items.find((item) =>
      item.kind === "attribute" && item.name === name
    ) as Attribute | undefined;
  }

  /** Whether something is there that may have been meant as one of `names`. */
  hasMisspelt(names: readonly string[]): boolean {
    return this.body.items.some((item) => {
      const name = item.kind === "attribute" ? item.name : item.type;
      return !names.includes(name) && nearest(name, names) !== undefined;
    });
  }

  /** `undefined`: not there, null, not evaluated, or wrong (then reported). */
  value(name: string): Value | undefined {
    const attribute = this.attribute(name);
    const { scope, problems } = this.context;
    if (attribute === undefined || scope === undefined) return undefined;
    const value = problems.attempt(() => evaluate(attribute.value, scope));
    if (value === undefined) this.#failed.add(name);
    return value?.kind === "null" ? undefined : value;
  }

  /** Whether an attribute that was read is wrong, and was reported. */
  hasFailed(name: string): boolean {
    return this.#failed.has(name);
  }

  /** The value as another type, with the place of each part that has one. */
  converted(name: string, type: Type): Value | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    try {
      return convert(value, type);
    } catch (error) {
      if (!(error instanceof ConversionError)) throw error;
      this.#wrong(name, `"${name}": ${error.message}`);
      return undefined;
    }
  }

  string(name: string): string | undefined {
    const value = this.converted(name, { kind: "string" });
    return value?.kind === "string" ? value.value : undefined;
  }

  /** A string that must say something. */
  text(name: string): string | undefined {
    const text = this.string(name);
    if (text?.trim() !== "") return text;
    this.#wrong(name, `"${name}" must not be empty`);
    return undefined;
  }

  /** The text of a plain `"…"`, also where nothing is evaluated. */
  literal(name: string): string | undefined {
    const value = this.attribute(name)?.value;
    if (value?.kind !== "template") return undefined;
    const isPlain = value.parts.every((part) => part.kind === "text");
    if (!isPlain) return undefined;
    return value.parts.map((p) => p.kind === "text" ? p.value : "").join("");
  }

  boolean(name: string): boolean | undefined {
    const value = this.converted(name, { kind: "boolean" });
    return value?.kind === "boolean" ? value.value : undefined;
  }

  integer(name: string, range: Range = {}): number | undefined {
    const value = this.converted(name, { kind: "number" });
    if (value?.kind !== "number") return undefined;
    const number = Number(value.digits);
    if (!Number.isSafeInteger(number)) {
      const got = shown(value);
      this.#wrong(name, `"${name}" must be a whole number, got ${got}`);
      return undefined;
    }
    return this.#within(name, number, range, String);
  }

  /** Milliseconds from `"1m30s"` or a number. */
  duration(name: string, range: Range = {}): number | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    const ms = value.kind === "number"
      ? Number(value.digits)
      : value.kind === "string"
      ? parseDurationMs(value.value)
      : undefined;
    if (ms === undefined || !Number.isFinite(ms)) {
      const example = unitHint(value);
      const got = shown(value);
      this.#wrong(name, `"${name}" must be a duration, got ${got}`, example);
      return undefined;
    }
    const bounds = { min: 0, max: MAX_DURATION_MS, ...range };
    return this.#within(name, ms, bounds, formatDuration);
  }

  /** Bytes from `"64MiB"` or a number. */
  size(name: string, range: Range = {}): number | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    const bytes = value.kind === "number" || value.kind === "string"
      ? parseSizeBytes(value.kind === "number" ? value.digits : value.value)
      : undefined;
    if (bytes === undefined) {
      const hint = 'write "64MiB", "10MB" or a number of bytes';
      const got = shown(value);
      this.#wrong(name, `"${name}" must be a size, got ${got}`, hint);
      return undefined;
    }
    return this.#within(name, bytes, range, formatSize);
  }

  choice<T extends string>(
    name: string,
    choices: readonly T[],
  ): T | undefined {
    const value = this.converted(name, { kind: "string" });
    if (value?.kind !== "string") return undefined;
    const found = choices.find((choice) => choice === value.value);
    if (found !== undefined) return found;
    const near = value.isSensitive ? undefined : nearest(value.value, choices);
    const all = choices.map((choice) => `"${choice}"`).join(", ");
    this.#wrong(
      name,
      `"${name}" must be one of ${all}, got ${shown(value)}`,
      near && `did you mean "${near}"?`,
    );
    return undefined;
  }

  /** Each with its mark, so that nothing secret gets where it must not. */
  strings(name: string): readonly { text: string; isSensitive: boolean }[] {
    const element: Type = { kind: "string" };
    const list = this.converted(name, { kind: "list", element });
    if (list?.kind !== "list") return [];
    return list.items.flatMap((item, i) => {
      const isSensitive = (list.isSensitive || item.isSensitive) === true;
      if (item.kind === "string") return [{ text: item.value, isSensitive }];
      this.#wrong(name, `item ${i} of "${name}" must not be null`);
      return [];
    });
  }

  /** Entries that are null are left out. */
  stringMap(name: string): Readonly<Record<string, string>> {
    const element: Type = { kind: "string" };
    const map = this.converted(name, { kind: "map", element });
    if (map?.kind !== "object") return {};
    const entries: [string, string][] = [];
    for (const [key, value] of map.entries) {
      if (value.kind === "string") entries.push([key, value.value]);
    }
    return Object.fromEntries(entries);
  }

  blocks(type: string): Block[] {
    this.#asked.blocks.add(type);
    return this.body.items.filter((item): item is Block =>
      item.kind === "block" && item.type === type
    );
  }

  /** The one block of a type, without labels. */
  block(type: string): Block | undefined {
    const [first, ...others] = this.blocks(type);
    for (const other of others) this.#second(first, other);
    for (const { labels: [label] } of first ? [first] : []) {
      if (label === undefined) continue;
      const message = `a "${type}" block of ${this.owner} takes no label`;
      this.report(label.span, "config.label_unexpected", message);
    }
    return first;
  }

  /** A reader for a block inside this one. */
  inside(block: Block, owner = `a "${block.type}" block`): BlockReader {
    return new BlockReader(block.body, owner, headOf(block), this.context);
  }

  /** Reports what nobody has asked for. */
  finish(): void {
    for (const item of this.body.items) {
      if (item.kind === "attribute") this.#checkAttribute(item);
      else this.#checkBlock(item);
    }
  }

  #checkAttribute({ name, nameSpan }: Attribute): void {
    const { attributes, blocks } = this.#asked;
    if (attributes.has(name)) return;
    const message = `${this.owner} has no attribute "${name}"`;
    if (blocks.has(name)) {
      const hint = `"${name}" is a block: write ${name} { … } without "="`;
      return this.report(nameSpan, "config.attribute_unknown", message, hint);
    }
    const hint = this.#suggest(name, attributes, blocks);
    this.report(nameSpan, "config.attribute_unknown", message, hint);
  }

  #checkBlock({ type, typeSpan }: Block): void {
    const { attributes, blocks } = this.#asked;
    if (blocks.has(type)) return;
    const message = `${this.owner} has no block "${type}"`;
    if (attributes.has(type)) {
      const hint = `"${type}" is an attribute: write ${type} = …`;
      return this.report(typeSpan, "config.block_unknown", message, hint);
    }
    const hint = this.#suggest(type, blocks, attributes);
    this.report(typeSpan, "config.block_unknown", message, hint);
  }

  #suggest(
    name: string,
    likely: ReadonlySet<string>,
    others: ReadonlySet<string>,
  ): string | undefined {
    const near = nearest(name, others);
    return near !== undefined && nearest(name, likely) === undefined
      ? `did you mean "${near}"?`
      : suggest(name, likely);
  }

  #second(first: Block, other: Block): void {
    const { line } = this.context.source.locate(first.typeSpan);
    this.report(
      headOf(other),
      "config.block_duplicate",
      `${this.owner} has a second "${other.type}" block`,
      `the first is on line ${line}`,
    );
  }

  #within(
    name: string,
    number: number,
    { min, max }: Range,
    show: (value: number) => string,
  ): number | undefined {
    const bound = min !== undefined && number < min
      ? `at least ${show(min)}`
      : max !== undefined && number > max
      ? `at most ${show(max)}`
      : undefined;
    if (bound === undefined) return number;
    this.#wrong(name, `"${name}" must be ${bound}`);
    return undefined;
  }

  #wrong(name: string, message: string, hint?: string): void {
    this.#failed.add(name);
    const span = this.attribute(name)?.value.span ?? this.headSpan;
    this.report(span, "config.value_invalid", message, hint);
  }
}

/** From a block's type to its last label. */
export function headOf({ typeSpan, labels }: Block): Span {
  const end = labels.at(-1)?.span.end ?? typeSpan.end;
  return { start: typeSpan.start, end };
}
