/**
 * Paths to fields: `data.customer.name`, `metadata["content-type"]`.
 *
 * @module
 */

import type { Diagnostic } from "../base/errors.ts";
import type { PlacedText } from "../config/task.ts";
import { didYouMean } from "../base/nearest.ts";

/** Begins with "data" or "metadata". */
export type FieldPath = readonly string[];

/** What expressions and paths begin with. */
export const ROOTS = ["data", "metadata"] as const;

const STEP = /\.([^\s.[\]"'()]+)|\["((?:[^"\\]|\\.)*)"\]|\['([^'\\]*)'\]/y;
const FIRST = /[^\s.[\]"'()]+/y;

/** A path, or what is wrong with it. */
export type ParsedPath =
  | { readonly path: FieldPath; readonly problem?: undefined }
  | { readonly path?: undefined; readonly problem: Diagnostic };

/**
 * @param isField Whether `data` and `metadata` themselves won't do.
 */
export function parsePath(written: PlacedText, isField: boolean): ParsedPath {
  const names = splitPath(written.text);
  if (typeof names === "number") return badPath(written, names);
  const [root] = names;
  if (!ROOTS.some((known) => known === root)) return badRoot(written, root);
  if (isField && names.length === 1) {
    const message = `"${root}" itself can't be removed or renamed`;
    return problem(written, message, `name a field, such as ${root}.id`);
  }
  if (names.includes("__proto__")) {
    return problem(written, '"__proto__" can\'t be the name of a field');
  }
  return { path: names };
}

/** As it would be written in an expression. */
export function formatPath(path: FieldPath): string {
  return path.map((name, i) =>
    i === 0
      ? name
      : /^[A-Za-z_]\w*$/.test(name)
      ? `.${name}`
      : `[${JSON.stringify(name)}]`
  ).join("");
}

/** @returns The names, or the offset of what can't be read. */
function splitPath(text: string): string[] | number {
  FIRST.lastIndex = 0;
  const names = FIRST.exec(text)?.slice(0, 1);
  if (names === undefined) return 0;
  for (let at = names[0].length; at < text.length;) {
    STEP.lastIndex = at;
    const match = STEP.exec(text);
    if (match === null) return at;
    const [whole, plain, quoted, single] = match;
    const name = plain ?? single ?? unquote(quoted);
    if (name === undefined) return at;
    names.push(name);
    at += whole.length;
  }
  return names;
}

function unquote(quoted: string): string | undefined {
  try {
    return JSON.parse(`"${quoted}"`);
  } catch {
    return undefined;
  }
}

function badPath(written: PlacedText, offset: number): ParsedPath {
  const { text } = written;
  const isIndex = /^\[\s*\d/.test(text.slice(offset));
  return {
    problem: {
      severity: "error",
      code: "config.path_invalid",
      message: `"${text}" is no path to a field`,
      at: written.locate(offset, text.length),
      hint: isIndex
        ? "items of a list have no path; set the list with an expression"
        : 'for example data.customer.name or metadata["content-type"]',
    },
  };
}

function badRoot(written: PlacedText, root: string): ParsedPath {
  return {
    problem: {
      severity: "error",
      code: "config.path_invalid",
      message: `a path begins with data or metadata, not "${root}"`,
      at: written.locate(0, root.length),
      hint: didYouMean(root, ROOTS) ?? `for example data.${root}`,
    },
  };
}

function problem(
  { at }: PlacedText,
  message: string,
  hint?: string,
): ParsedPath {
  const code = "config.path_invalid";
  return { problem: { severity: "error", code, message, at, hint } };
}
