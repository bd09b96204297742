/**
 * What names mean inside an expression.
 *
 * Roots such as `local` are {@link LazyObject}s: each attribute is worked out
 * when first asked for, so that locals may stand in any order and use each
 * other; a circle is an error that names it.
 *
 * @module
 */

import { didYouMean } from "../../base/nearest.ts";
import type { FunctionTable } from "../functions/definition.ts";
import type { SourceText } from "../source_text.ts";
import type { Span } from "../syntax_tree.ts";
import { objectValue, type Value } from "../value.ts";
import { failure } from "./problem.ts";

/** What a name stands for. */
export type Binding = Value | LazyObject;

/** How to make a {@link Scope}. */
export interface ScopeOptions {
  readonly variables?: Iterable<readonly [string, Binding]>;
  readonly functions?: FunctionTable;
  /** The text the expression was parsed from; gives problems their place. */
  readonly source?: SourceText;
}

/** Names, functions and the text they are used in. */
export class Scope {
  readonly #variables: ReadonlyMap<string, Binding>;
  readonly functions: FunctionTable;
  readonly source: SourceText | undefined;

  constructor(options: ScopeOptions = {}, readonly parent?: Scope) {
    this.#variables = new Map(options.variables ?? []);
    this.functions = options.functions ?? parent?.functions ?? new Map();
    this.source = options.source ?? parent?.source;
  }

  /** The same with more names, which hide outer ones of the same name. */
  with(variables: Iterable<readonly [string, Binding]>): Scope {
    return new Scope({ variables }, this);
  }

  /** The same names, used in the text of another file. */
  in(source: SourceText): Scope {
    return new Scope({ source }, this);
  }

  lookup(name: string): Binding | undefined {
    return this.#variables.get(name) ?? this.parent?.lookup(name);
  }

  /** Every name there is, for "did you mean". */
  names(): string[] {
    return [...this.#variables.keys(), ...(this.parent?.names() ?? [])];
  }

  /** A place for {@link failure}. */
  place(span: Span): { span: Span; source?: SourceText } {
    return { span, source: this.source };
  }
}

/** How to make a {@link LazyObject}. */
export interface LazyObjectOptions {
  /** The root's name: `local`. */
  readonly name: string;
  /** What one attribute is called in an error: `local value`. */
  readonly noun: string;
  /** What to do about an unknown one: `declare it in a locals block`. */
  readonly hint?: string;
  readonly entries: ReadonlyMap<string, () => Value>;
}

/** An object whose attributes are worked out when first needed, once. */
export class LazyObject {
  readonly #results = new Map<string, () => Value>();
  readonly #pending: string[] = [];

  constructor(readonly options: LazyObjectOptions) {}

  /**
   * @param place Where it is referred to.
   * @throws {EvaluationError} `config.reference_unknown`,
   * `config.reference_cycle`, or what the attribute itself fails with; the same
   * error each time.
   */
  get(attribute: string, place: { span: Span; source?: SourceText }): Value {
    const known = this.#results.get(attribute);
    if (known !== undefined) return known();
    const entry = this.options.entries.get(attribute);
    if (entry === undefined) throw this.#unknown(attribute, place);
    if (this.#pending.includes(attribute)) throw this.#cycle(attribute, place);
    return this.#resolve(attribute, entry);
  }

  /** The whole as a value; works out every attribute. */
  toValue(place: { span: Span; source?: SourceText }): Value {
    const names = [...this.options.entries.keys()];
    return objectValue(names.map((name) => [name, this.get(name, place)]));
  }

  #resolve(attribute: string, entry: () => Value): Value {
    this.#pending.push(attribute);
    try {
      const value = entry();
      this.#results.set(attribute, () => value);
      return value;
    } catch (error) {
      this.#results.set(attribute, () => {
        throw error;
      });
      throw error;
    } finally {
      this.#pending.pop();
    }
  }

  #unknown(attribute: string, place: { span: Span; source?: SourceText }) {
    const { name, noun, hint, entries } = this.options;
    return failure(
      place,
      "config.reference_unknown",
      `there is no ${noun} "${attribute}"`,
      didYouMean(
        attribute,
        entries.keys(),
        hint ??
          (entries.size === 0
            ? undefined
            : `${name} has ${listNames(entries)}`),
      ),
    );
  }

  #cycle(attribute: string, place: { span: Span; source?: SourceText }) {
    const circle = this.#pending.slice(this.#pending.indexOf(attribute));
    const path = [...circle, attribute]
      .map((name) => `${this.options.name}.${name}`).join(" → ");
    return failure(
      place,
      "config.reference_cycle",
      `${this.options.name}.${attribute} refers to itself: ${path}`,
      "break the circle: one of them must not use the others",
    );
  }
}

function listNames(entries: ReadonlyMap<string, unknown>): string {
  const names = [...entries.keys()];
  const shown = names.slice(0, 8).join(", ");
  return names.length > 8 ? `${shown}, …` : shown;
}
