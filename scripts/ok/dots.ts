/**
 * What `deno test --reporter=dot` prints, in a fraction of the room.
 *
 * @module
 */

/** One sign a line: passed, failed, ignored. */
const MARK = /^[.!,]$/;
const TESTS_PER_DOT = 50;

/** Takes the output apart; keeps what is no mark. */
export class Dots {
  #count = 0;
  readonly #rest: string[] = [];

  /** @param write Is given a dot for every 50 tests, and each failure's mark. */
  constructor(private readonly write: (text: string) => void) {}

  add(line: string): void {
    if (!MARK.test(line)) {
      this.#rest.push(line);
      return;
    }
    this.#count++;
    if (line === "!") this.write("!");
    else if (this.#count % TESTS_PER_DOT === 0) this.write(".");
  }

  /** What failed and why, and the line that counts. */
  get rest(): string {
    return this.#rest.join("\n").trim();
  }

  /** "ok | 12 passed | 0 failed (3s)", when there is one. */
  get summary(): string | undefined {
    return this.#rest.findLast((line) =>
      /^(ok|FAILED) \| \d+ passed/.test(line)
    );
  }
}
