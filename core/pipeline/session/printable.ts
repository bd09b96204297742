/**
 * Makes providers' text fit to be shown.
 *
 * @module
 */

import { createSecretHider } from "./hide_secrets.ts";
import { makeVisible } from "./visible.ts";

/** Secrets out and, on a terminal, control characters visible. */
export function createPrintable(
  options: {
    readonly secrets: ReadonlySet<string>;
    readonly isTerminal: boolean;
  },
): (text: string) => string {
  const hideSecrets = createSecretHider(options.secrets);
  return options.isTerminal
    ? (text) => makeVisible(hideSecrets(text))
    : hideSecrets;
}
