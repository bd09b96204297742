/**
 * Dead letters counted by what refused them and why.
 *
 * @module
 */

import type { LetterLine } from "./letter_lines.ts";

/** Letters that were refused by the same output for the same reason. */
export interface LetterGroup {
  readonly output: string;
  readonly code?: string;
  readonly reason: string;
  count: number;
  /** ISO 8601. */
  first: string;
  last: string;
}

/** Where reasons tell of each envelope, a list of them all would help nobody. */
const MAX_GROUPS = 1000;
const OTHERS = "(other reasons)";

/** Counts; see the module's comment. */
export class LetterGroups {
  readonly #groups = new Map<string, LetterGroup>();
  /** Letters in all. */
  count = 0;
  /** Lines that are no dead letters. */
  unreadable = 0;

  add({ letter }: LetterLine): void {
    if (letter === undefined) {
      this.unreadable++;
      return;
    }
    this.count++;
    const { output, code, reason, at } = letter;
    const group = this.#group(output, code, reason, at);
    group.count++;
    if (at < group.first) group.first = at;
    if (at > group.last) group.last = at;
  }

  /** The most frequent first. */
  get groups(): readonly Readonly<LetterGroup>[] {
    return [...this.#groups.values()].sort((a, b) => b.count - a.count);
  }

  /** When the oldest and the newest letter were written. */
  get span(): { readonly first: string; readonly last: string } | undefined {
    const groups = [...this.#groups.values()];
    if (groups.length === 0) return undefined;
    return {
      first: groups.map(({ first }) => first).sort()[0],
      last: groups.map(({ last }) => last).sort().at(-1)!,
    };
  }

  #group(
    output: string,
    code: string | undefined,
    reason: string,
    at: string,
  ): LetterGroup {
    const key = JSON.stringify([output, code, reason]);
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    if (this.#groups.size >= MAX_GROUPS && reason !== OTHERS) {
      return this.#group("", undefined, OTHERS, at);
    }
    const group = { output, code, reason, count: 0, first: at, last: at };
    this.#groups.set(key, group);
    return group;
  }
}
