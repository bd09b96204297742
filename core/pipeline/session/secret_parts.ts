/**
 * What is secret within a secret of several parts: the password of a URL, the values
 * of `Password=…;` and `SharedAccessKey=…;`, the keys in a JSON file of credentials.
 *
 * Whoever connects takes such a text apart, and says only a part of it when a server
 * refuses him.
 *
 * @module
 */

/** `password`, `AccountKey`, `sig`, `private_key_id`, but not `SharedAccessKeyName`. */
const SECRET_NAME =
  /(passw(or)?d|pwd|passphrase|secret|token|key|key_?id|signature|sig)$/i;

/** `scheme://user:password@…`; the last `@` of the authority ends it. */
const IN_URL = /^[a-z][a-z0-9+.-]*:\/\/([^/?#\s]*)@/i;

/** `Password="a;b"`, in the quotes of one driver or the other. */
const QUOTED = /=\s*(?:"([^"]*)"|'([^']*)'|\{([^}]*)\})/g;

/** Of the text before a `=`. */
const LONGEST_NAME = 40;

/** A text with more is no connection string. */
const MOST_PARTS = 64;

/** Deeper JSON is no file of credentials. */
const MOST_LEVELS = 8;

/** The parts, as written and decoded; none where it is one piece. */
export function secretParts(secret: string): string[] {
  const text = secret.trim();
  const parts = /^[{[]/.test(text)
    ? inJson(text)
    : [...inAuthority(text), ...inQuotes(text), ...inPairs(text)];
  return [...new Set(parts.flatMap(withDecoded))].slice(0, MOST_PARTS);
}

/** A user without a password is a token. */
function inAuthority(text: string): string[] {
  const login = IN_URL.exec(text)?.[1];
  if (login === undefined) return [];
  const [user, ...password] = login.split(":");
  return [password.length === 0 ? user : password.join(":")];
}

function inQuotes(text: string): string[] {
  return [...text.matchAll(QUOTED)].flatMap(({ index, 1: a, 2: b, 3: c }) =>
    isSecretName(text, index) ? [a ?? b ?? c] : []
  );
}

/** `name=value`, divided by semicolons, by `?` and `&`, or by blanks. */
function inPairs(text: string): string[] {
  const pieces = [/;/, /[?&#;]/, /\s+/].flatMap((by) => text.split(by));
  return pieces.flatMap((piece) => {
    const at = piece.indexOf("=");
    return isSecretName(piece, at) ? [piece.slice(at + 1).trim()] : [];
  });
}

/** Whether what ends at `end` names a secret. */
function isSecretName(text: string, end: number): boolean {
  const name = text.slice(Math.max(0, end - LONGEST_NAME), Math.max(0, end));
  return SECRET_NAME.test(name.trim());
}

function withDecoded(part: string): string[] {
  try {
    return [part, decodeURIComponent(part)];
  } catch {
    return [part];
  }
}

function inJson(text: string): string[] {
  try {
    return [...namedSecrets(JSON.parse(text), MOST_LEVELS)];
  } catch {
    return [];
  }
}

function* namedSecrets(value: unknown, levels: number): Generator<string> {
  if (typeof value !== "object" || value === null || levels === 0) return;
  for (const [name, inner] of Object.entries(value)) {
    if (typeof inner !== "string") yield* namedSecrets(inner, levels - 1);
    else if (SECRET_NAME.test(name)) yield inner;
  }
}
