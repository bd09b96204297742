/**
 * Takes secrets out of what providers write to their logs.
 *
 * @module
 */

/** Shorter ones would hit innocent words. */
const SHORTEST_SECRET = 8;

/**
 * @returns A function that replaces every secret of 8 characters or more, also as
 * it looks inside JSON text or a URL.
 *
 * @example
 * ```ts
 * const hideSecrets = createSecretHider(new Set(["hunter2-hunter2"]));
 * if (hideSecrets("pw=hunter2-hunter2") !== "pw=(sensitive)") throw new Error();
 * ```
 */
export function createSecretHider(
  secrets: Iterable<string>,
): (text: string) => string {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < SHORTEST_SECRET) continue;
    forms.add(secret);
    forms.add(JSON.stringify(secret).slice(1, -1));
    forms.add(encodeURIComponent(secret));
  }
  if (forms.size === 0) return (text) => text;
  // The longest first, so that a secret within a secret leaves nothing behind.
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(longestFirst.map(escapeRegExp).join("|"), "g");
  return (text) => text.replace(pattern, "(sensitive)");
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}
