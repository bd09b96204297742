/**
 * Reads a file of environment variables for `--env-file`.
 *
 * The common ground of shells, Docker and dotenv: `KEY=value`, an optional
 * `export`, quotes, comments. Nothing is expanded: a `$` stays a `$`, because a
 * password may hold one.
 *
 * @module
 */

import { DstreamError } from "../base/errors.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  '"': '"',
  "\\": "\\",
  $: "$",
};

/**
 * @param text The file's text.
 * @param file As the user named it, for errors.
 * @returns The variables in the order written; a later one wins.
 * @throws {DstreamError} `config.env_file_invalid`, naming the line.
 *
 * @example
 * ```ts
 * const env = parseEnvFile('export USER="a b" # who\nPASSWORD=p$1\n', ".env");
 * if (env.USER !== "a b" || env.PASSWORD !== "p$1") throw new Error();
 * ```
 */
export function parseEnvFile(
  text: string,
  file: string,
): Record<string, string> {
  const env: Record<string, string> = {};
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index].trim().replace(/^export\s+/, "");
    if (line === "" || line.startsWith("#")) continue;
    const place = { file, line: index + 1 };
    const equals = line.indexOf("=");
    if (equals < 0) fail(place, 'expected NAME=value, found no "="');
    const name = line.slice(0, equals).trim();
    if (!NAME.test(name)) fail(place, `"${name}" is no variable name`);
    const rest = line.slice(equals + 1).trimStart();
    const quote = rest[0] === '"' || rest[0] === "'" ? rest[0] : undefined;
    if (quote === undefined) {
      env[name] = withoutComment(rest);
      continue;
    }
    const quoted = readQuoted(quote, rest.slice(1), lines, index);
    if (quoted === undefined) fail(place, `${quote} is never closed`);
    if (!/^\s*(#.*)?$/.test(quoted.after)) {
      fail(place, `unexpected text after the closing ${quote}`);
    }
    env[name] = quoted.value;
    index = quoted.lastIndex;
  }
  return env;
}

/** A `#` begins a comment only after white space: `a#b` is a value. */
function withoutComment(text: string): string {
  return text.replace(/(^|\s)#.*$/, "").trimEnd();
}

interface Quoted {
  readonly value: string;
  readonly after: string;
  /** The line on which the quote closes: a value may span several. */
  readonly lastIndex: number;
}

function readQuoted(
  quote: string,
  first: string,
  lines: readonly string[],
  index: number,
): Quoted | undefined {
  let value = "";
  for (let line = first;;) {
    for (let at = 0; at < line.length; at++) {
      const character = line[at];
      if (character === quote) {
        return { value, after: line.slice(at + 1), lastIndex: index };
      }
      const escaped = quote === '"' && character === "\\"
        ? ESCAPES[line[at + 1]]
        : undefined;
      value += escaped ?? character;
      if (escaped !== undefined) at++;
    }
    if (++index >= lines.length) return undefined;
    value += "\n";
    line = lines[index];
  }
}

/** Never quotes the line itself: it may hold a secret. */
function fail(place: { file: string; line: number }, what: string): never {
  throw new DstreamError(
    "config.env_file_invalid",
    `cannot read ${place.file}, line ${place.line}: ${what}`,
    { hint: "write one NAME=value on each line; quote values with spaces" },
  );
}
