/**
 * The lines that went to and fro, for whoever has to find out what went wrong.
 *
 * Bounded: the first few and the last ones are kept, each cut to a line of a
 * terminal. No secret gets in.
 *
 * @module
 */

const FIRST = 8;
const LAST = 16;
const LINE_LENGTH = 160;

/** Who wrote it: us, the provider, its log; or what happened. */
export type Mark = ">" | "<" | "!" | "·";

/** See the module comment. */
export class Exchange {
  readonly #first: string[] = [];
  readonly #last: string[] = [];
  #left = 0;

  /** @param hide Takes secrets out. */
  constructor(readonly hide: (text: string) => string) {}

  add(mark: Mark, text: string): void {
    for (const line of text.replace(/\n$/, "").split("\n")) {
      this.#keep(`${mark} ${this.#shown(line)}`);
    }
  }

  lines(): string[] {
    const left = this.#left === 0 ? [] : [`  … ${this.#left} more …`];
    return [...this.#first, ...left, ...this.#last];
  }

  /** Cut before it is searched, with room for a secret that stands at the cut. */
  #shown(line: string): string {
    const text = this.hide(line.slice(0, 4 * LINE_LENGTH))
      .replaceAll("\x1e", "␞").replaceAll("\r", "␍")
      // deno-lint-ignore no-control-regex
      .replace(/[\x00-\x1f\x7f]/g, "?");
    return text.length > LINE_LENGTH ? `${text.slice(0, LINE_LENGTH)}…` : text;
  }

  #keep(line: string): void {
    if (this.#first.length < FIRST) return void this.#first.push(line);
    this.#last.push(line);
    if (this.#last.length > LAST) {
      this.#last.shift();
      this.#left++;
    }
  }
}
