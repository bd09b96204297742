/**
 * Texts of others, such as an answer's body, without our secrets in them.
 *
 * @module
 */

/** What an answer's body may say in a message, in bytes. */
const QUOTED_BYTES = 1024;

/** Takes secrets out of texts that come from outside. */
export class Scrubber {
  readonly #secrets = new Set<string>();

  constructor(secrets: Iterable<string>) {
    for (const secret of secrets) this.add(secret);
  }

  /** One more, such as a token that was just fetched. */
  add(secret: string): void {
    if (secret.length < 4) return;
    this.#secrets.add(secret);
    this.#secrets.add(encodeURIComponent(secret));
    this.#secrets.add(JSON.stringify(secret).slice(1, -1));
    this.#secrets.add(btoa(unescape(encodeURIComponent(secret))));
  }

  /** The text with `***` for each. */
  clean(text: string): string {
    let cleaned = text;
    for (const secret of this.#secrets) {
      cleaned = cleaned.replaceAll(secret, "***");
    }
    return cleaned;
  }

  /** The first kilobyte of an answer, on one line. */
  quote(bytes: Uint8Array): string {
    const text = this.clean(new TextDecoder().decode(bytes));
    return text.slice(0, QUOTED_BYTES).replace(/\s+/g, " ").trim();
  }
}
