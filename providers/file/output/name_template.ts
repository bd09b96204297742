/**
 * File names with a date, a time or a number in them: `orders-{date}-{seq}.jsonl`.
 *
 * Times are UTC, of the moment the file is begun. `{seq}` counts the files that
 * have the same name otherwise, from 000001.
 *
 * @module
 */

import type { ConfigProblem } from "@dstream/sdk";

/** What each name becomes, and what such a text looks like. */
const TIME_NAMES: Readonly<Record<string, (iso: string) => string>> = {
  date: (iso) => iso.slice(0, 10),
  yyyy: (iso) => iso.slice(0, 4),
  MM: (iso) => iso.slice(5, 7),
  dd: (iso) => iso.slice(8, 10),
  HH: (iso) => iso.slice(11, 13),
  mm: (iso) => iso.slice(14, 16),
  ss: (iso) => iso.slice(17, 19),
};
const SEQUENCE = "seq";
const SEQUENCE_DIGITS = 6;
const NAME = /\{([^{}]*)\}/g;

/** All names, for messages and docs. */
export const TEMPLATE_NAMES: readonly string[] = [
  ...Object.keys(TIME_NAMES),
  SEQUENCE,
];

/** A `path` of a config. */
export class NameTemplate {
  /** Whether `{seq}` is in it. */
  readonly hasSequence: boolean;

  constructor(readonly text: string) {
    this.hasSequence = namesIn(text).includes(SEQUENCE);
  }

  /** The path of a file begun at that time. */
  render(timeMs: number, sequence = 0): string {
    const iso = new Date(timeMs).toISOString();
    const digits = String(sequence).padStart(SEQUENCE_DIGITS, "0");
    return this.text.replace(
      NAME,
      (_, name) => name === SEQUENCE ? digits : TIME_NAMES[name](iso),
    );
  }

  /** The folder of {@link render}, and its file name as a pattern for `{seq}`. */
  sequencePattern(timeMs: number): { folder: string; pattern: RegExp } {
    const mark = "\0";
    const iso = new Date(timeMs).toISOString();
    const path = this.text.replace(
      NAME,
      (_, name) => name === SEQUENCE ? mark : TIME_NAMES[name](iso),
    );
    const { folder, name } = splitPath(path);
    // The first one is what counts; if it comes again, it is the same number.
    const [before, ...rest] = name.split(mark).map(escapeRegExp);
    const after = rest.join("\\1");
    return {
      folder,
      pattern: new RegExp(`^${before}(\\d{${SEQUENCE_DIGITS},})${after}$`),
    };
  }

  /** The folder that is the same at all times, and the rest of the path. */
  fixedFolder(): { folder: string; rest: string } {
    const firstName = this.text.search(NAME);
    const fixed = firstName < 0 ? this.text : this.text.slice(0, firstName);
    const { folder } = splitPath(fixed);
    return {
      folder,
      rest: this.text.slice(folder.length).replace(/^[/\\]/, ""),
    };
  }
}

/** What is wrong with a path's names, for the config's check. */
export function* checkNames(text: string): Generator<ConfigProblem> {
  for (const name of namesIn(text)) {
    if (TEMPLATE_NAMES.includes(name)) continue;
    yield {
      path: "config.path",
      message: `path has the unknown name {${name}}`,
      hint: `known names: ${TEMPLATE_NAMES.map((n) => `{${n}}`).join(" ")}`,
    };
  }
  const { folder } = splitPath(text);
  if (namesIn(folder).includes(SEQUENCE)) {
    yield {
      path: "config.path",
      message:
        "path can have {seq} in the file's name alone, not in a folder's",
    };
  }
}

function namesIn(text: string): string[] {
  return [...text.matchAll(NAME)].map(([, name]) => name);
}

/** `a/b.c` → `a` and `b.c`; the folder of `b.c` is empty. */
export function splitPath(path: string): { folder: string; name: string } {
  const isWindows = Deno.build.os === "windows";
  const slash = Math.max(
    path.lastIndexOf("/"),
    isWindows ? path.lastIndexOf("\\") : -1,
  );
  // The slash is kept where it is the whole folder.
  const folder = slash === 0 ? path[0] : path.slice(0, Math.max(slash, 0));
  return { folder, name: path.slice(slash + 1) };
}

/** The other way round. */
export function joinPath(folder: string, name: string): string {
  if (folder === "") return name;
  return /[/\\]$/.test(folder) ? folder + name : `${folder}/${name}`;
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
