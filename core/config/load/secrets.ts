/**
 * The texts that must never be printed.
 *
 * What `env()` and templates read counts as secret, unless `nonsensitive()` has
 * shown it; so does every sensitive value a configuration ends up with.
 *
 * @module
 */

import type { Diagnostic } from "../../base/errors.ts";
import {
  type Body,
  type Expression,
  type FunctionTable,
  sensitiveTexts,
  type Value,
} from "../../hcl/mod.ts";

/** Shorter ones are too likely to be ordinary words. */
const MIN_FREE_LENGTH = 8;

/** Collects secrets while a configuration is read. */
export class Secrets {
  readonly #read = new Set<string>();
  readonly #revealed = new Set<string>();
  readonly #values = new Set<string>();
  readonly #defaults = new Set<string>();
  /** Secrets that stand in a file as such. */
  readonly #literals = new Set<string>();

  /** From the environment. */
  note(text: string): void {
    this.#read.add(text);
  }

  /** Stands in the file for everybody: sensitive like what it replaces. */
  noteDefault(text: string): void {
    this.#defaults.add(text);
  }

  /** What a sensitive value holds. */
  noteTexts(texts: Iterable<string>): void {
    for (const text of texts) this.#values.add(text);
  }

  /** The value of a sensitive variable: it may be its default. */
  noteVariable(value: Value): void {
    for (const text of sensitiveTexts(value)) {
      this.#values.add(text);
      this.#literals.add(text);
    }
  }

  /** Texts written as `sensitive("…")`. */
  noteLiterals(body: Body): void {
    for (const text of sensitiveLiterals(body)) this.#literals.add(text);
  }

  /** The same functions, with `nonsensitive` noticed. */
  watch(functions: FunctionTable): FunctionTable {
    const definition = functions.get("nonsensitive");
    if (definition === undefined || "isLazy" in definition) return functions;
    const call = (...args: Value[]) => {
      for (const arg of args) {
        for (const text of sensitiveTexts(arg)) this.#revealed.add(text);
      }
      return definition.call(...args);
    };
    return new Map(functions).set("nonsensitive", { ...definition, call });
  }

  /** All of them, with the form each has inside JSON. */
  texts(): Set<string> {
    const revealed = [...this.#revealed];
    const read = [...this.#read].filter((text) =>
      !revealed.some((shown) => shown.includes(text))
    );
    const values = [...this.#values].filter((t) => !this.#defaults.has(t));
    const all = new Set<string>();
    for (const text of [...read, ...values]) {
      if (text === "") continue;
      all.add(text);
      all.add(JSON.stringify(text).slice(1, -1));
    }
    return all;
  }

  /** A problem in which no secret can be read. */
  hideIn(diagnostic: Diagnostic): Diagnostic {
    const { at, message, hint } = diagnostic;
    const texts = [...this.texts(), ...this.#literals].filter((t) => t !== "")
      .sort((a, b) => b.length - a.length);
    const tell = (text: string) => hide(text, texts, () => "(sensitive)");
    const literals = texts.filter((text) =>
      this.#literals.has(text) || text.length >= MIN_FREE_LENGTH
    );
    return {
      ...diagnostic,
      message: tell(message),
      ...(hint !== undefined && { hint: tell(hint) }),
      // Same width, so that the caret stays where it belongs.
      ...(at && { at: { ...at, text: hide(at.text, literals, dots) } }),
    };
  }
}

function hide(
  text: string,
  secrets: readonly string[],
  mask: (secret: string) => string,
): string {
  return secrets.reduce((hidden, secret) => {
    const quoted = hidden.replaceAll(`"${secret}"`, () => `"${mask(secret)}"`);
    return secret.length < MIN_FREE_LENGTH
      ? quoted
      : quoted.replaceAll(secret, () => mask(secret));
  }, text);
}

function dots(secret: string): string {
  return "•".repeat([...secret].length);
}

function* sensitiveLiterals(body: Body): Generator<string> {
  // Over whatever nodes there are, without recursion.
  const pending: unknown[] = [body];
  while (pending.length > 0) {
    const node = pending.pop();
    if (Array.isArray(node)) { for (const one of node) pending.push(one); }
    else if (typeof node === "object" && node !== null) {
      const { kind, name, args } = node as Partial<
        Extract<Expression, { kind: "call" }>
      >;
      if (kind === "call" && name === "sensitive") yield* textsOf(args ?? []);
      for (const one of Object.values(node)) pending.push(one);
    }
  }
}

function* textsOf(args: readonly Expression[]): Generator<string> {
  for (const arg of args) {
    if (arg.kind !== "template") continue;
    for (const part of arg.parts) if (part.kind === "text") yield part.value;
  }
}
