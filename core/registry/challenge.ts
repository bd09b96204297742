/**
 * Reads `WWW-Authenticate`: how a registry wants to be asked.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
 * @see https://distribution.github.io/distribution/spec/auth/token/
 * @module
 */

/** One way to be let in. */
export interface Challenge {
  /** Lower case: "bearer", "basic". */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: Readonly<Record<string, string>>;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const PARAMETER = new RegExp(
  `^\\s*,?\\s*(${TOKEN})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s",]+))\\s*(?:,|$)`,
);
const SCHEME = new RegExp(`^[\\s,]*(${TOKEN})(?:\\s+|(?=,)|$)`);
/** `Negotiate a87421000492aa==`: one value instead of names. */
const TOKEN_68 = /^[A-Za-z0-9._~+/-]+=*\s*(?:,|$)/;
/** A header that is longer says nothing we could want to know. */
const LONGEST = 8192;

/**
 * @returns The challenges in their order; what can't be read is left out.
 *
 * @example
 * ```ts
 * const [one] = parseChallenges('Bearer realm="https://a.example/t",service="a"');
 * if (one.parameters.service !== "a") throw new Error();
 * ```
 */
export function parseChallenges(header: string | null): Challenge[] {
  const challenges: Challenge[] = [];
  let rest = (header ?? "").slice(0, LONGEST);
  for (;;) {
    const scheme = SCHEME.exec(rest);
    if (scheme === null) return challenges;
    rest = rest.slice(scheme[0].length);
    const parameters: Record<string, string> = {};
    for (;;) {
      const found = PARAMETER.exec(rest);
      if (found === null) break;
      const [all, name, quoted, token] = found;
      parameters[name.toLowerCase()] = quoted?.replace(/\\(.)/g, "$1") ??
        token;
      rest = rest.slice(all.length);
    }
    if (Object.keys(parameters).length === 0) rest = rest.replace(TOKEN_68, "");
    challenges.push({ scheme: scheme[1].toLowerCase(), parameters });
  }
}
