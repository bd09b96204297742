/**
 * Makes providers' text fit to be shown.
 *
 * @module
 */

import { createScrubber } from "./hide_secrets.ts";
import { makeVisible } from "./visible.ts";

/** Secrets out and, on a terminal, control characters visible. */
export function createCleaner(
  options: {
    readonly secrets: ReadonlySet<string>;
    readonly isTerminal: boolean;
  },
): (text: string) => string {
  const scrub = createScrubber(options.secrets);
  return options.isTerminal ? (text) => makeVisible(scrub(text)) : scrub;
}
