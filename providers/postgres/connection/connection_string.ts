/**
 * Reads a connection string as libpq does: a URL, or keywords with values.
 *
 * Source: https://www.postgresql.org/docs/current/libpq-connect.html, "Connection
 * Strings". One host; of the parameters those that the config has keys for, the
 * rest is handed to the server as libpq would (`application_name`) or named as
 * unknown.
 *
 * @module
 */

/** What a connection string may say. All texts are unescaped. */
export interface ConnectionParts {
  readonly host?: string;
  readonly port?: string;
  readonly dbname?: string;
  readonly user?: string;
  readonly password?: string;
  readonly sslmode?: string;
  readonly sslrootcert?: string;
  readonly sslcert?: string;
  readonly sslkey?: string;
  readonly connect_timeout?: string;
  readonly application_name?: string;
  readonly options?: string;
}

const KEYWORDS: ReadonlySet<string> = new Set([
  "host",
  "port",
  "dbname",
  "user",
  "password",
  "sslmode",
  "sslrootcert",
  "sslcert",
  "sslkey",
  "connect_timeout",
  "application_name",
  "options",
]);

/** Keywords that libpq has and that change nothing for us. */
const IGNORED: ReadonlySet<string> = new Set([
  "client_encoding",
  "fallback_application_name",
  "gssencmode",
  "keepalives",
  "keepalives_idle",
  "target_session_attrs",
  "sslnegotiation",
  "channel_binding",
]);

/** A sentence's end: "connection_string …". Never holds a part of the text. */
export interface Unreadable {
  readonly problem: string;
}

/**
 * @returns The parts, or why there are none.
 *
 * @example
 * ```ts
 * const parts = parseConnectionString("postgres://me:p%40ss@db:5433/shop");
 * if (!("password" in parts) || parts.password !== "p@ss") throw new Error();
 * ```
 */
export function parseConnectionString(
  text: string,
): ConnectionParts | Unreadable {
  return /^postgres(ql)?:\/\//i.test(text) ? parseUrl(text) : parseWords(text);
}

const URL_PARTS =
  /^postgres(?:ql)?:\/\/(?:([^:@/?#]*)(?::([^@/?#]*))?@)?(\[[^\]]*\]|[^:/?#,@]*)(?::(\d*))?(?:\/([^?#]*))?(?:\?([^#]*))?$/i;

function parseUrl(text: string): ConnectionParts | Unreadable {
  const match = URL_PARTS.exec(text);
  if (match === null) {
    return {
      problem: "is no URL of Postgres (an @, / or : in the password is " +
        "written %40, %2F, %3A; of several hosts name one)",
    };
  }
  const [, user, password, host, port, dbname, query] = match;
  const words: [string, string][] = [];
  const add = (name: string, value: string | undefined) => {
    if (value) words.push([name, value]);
  };
  add("user", user);
  add("password", password);
  add("host", host.replace(/^\[|\]$/g, ""));
  add("port", port);
  add("dbname", dbname);
  for (const pair of query?.split("&") ?? []) {
    const at = pair.indexOf("=");
    if (at > 0) add(pair.slice(0, at), pair.slice(at + 1));
  }
  try {
    return collect(words.map(([name, value]) => [
      name,
      decodeURIComponent(value),
    ]));
  } catch {
    return { problem: "has a % that no two hexadecimal digits follow" };
  }
}

function parseWords(text: string): ConnectionParts | Unreadable {
  const words: [string, string][] = [];
  const word = /\s*(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))\s*/y;
  while (word.lastIndex < text.length) {
    const match = word.exec(text);
    if (match === null) {
      return { problem: "is neither a URL nor made of keyword=value" };
    }
    const value = match[2] ?? match[3];
    words.push([match[1], value.replace(/\\(.)/g, "$1")]);
  }
  return collect(words);
}

function collect(
  words: readonly (readonly [string, string])[],
): ConnectionParts | Unreadable {
  const parts: Record<string, string> = {};
  for (const [name, value] of words) {
    if (KEYWORDS.has(name)) parts[name] = value;
    else if (!IGNORED.has(name)) {
      return { problem: `has an unknown keyword ${JSON.stringify(name)}` };
    }
  }
  return parts;
}
