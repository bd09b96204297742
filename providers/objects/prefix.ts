/**
 * Where a file goes: `events/{date:2006-01-02}/country={data.country}/`.
 *
 * Each row has a folder of its own values. Dates are UTC and written as Go and the
 * seed do, by example; values are encoded as Hive does, so that readers of
 * `key=value` folders find them again.
 *
 * @module
 */

import type { ConfigProblem } from "@dstream/sdk";
import { type Scope, Template } from "@dstream/sdk/service";

const EXPRESSION = /\{([^{}]*)\}/g;
const VALUE = /^(data|metadata)((?:\.[^.{}\s]+)+)$/;
const HIVE_FOLDER = /(?:^|\/)([^/={}]+)=\{data\.([^.{}\s]+)\}(?=\/|$)/g;
/** What Hive calls a folder of rows that have no value. */
const NO_VALUE = "__HIVE_DEFAULT_PARTITION__";
/** What Hive encodes in the names of folders. */
// deno-lint-ignore no-control-regex
const UNSAFE = /[\x00-\x1f\x7f"#%'*/:=?\\{}[\]^]/g;

type Iso = (iso: string) => string;

/** Parts of a date as Go writes the 2nd of January 2006; longer ones first. */
const GO_PARTS: readonly (readonly [string, Iso])[] = [
  ["2006", (iso) => iso.slice(0, 4)],
  ["002", dayOfYear],
  ["06", (iso) => iso.slice(2, 4)],
  ["01", (iso) => iso.slice(5, 7)],
  ["02", (iso) => iso.slice(8, 10)],
  ["15", (iso) => iso.slice(11, 13)],
  ["04", (iso) => iso.slice(14, 16)],
  ["05", (iso) => iso.slice(17, 19)],
];
const GO_PART = new RegExp(GO_PARTS.map(([part]) => part).join("|"), "g");
const MS_PER_DAY = 86_400_000;

/** The words of the `file` output for the same. */
const DATE_WORDS: Readonly<Record<string, string>> = {
  date: "2006-01-02",
  yyyy: "2006",
  MM: "01",
  dd: "02",
  HH: "15",
  mm: "04",
  ss: "05",
};

type Part =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "date"; readonly layout: string }
  | { readonly kind: "value"; readonly template: Template };

/** A `prefix` of a config. */
export class PrefixTemplate {
  readonly #parts: readonly Part[];

  /** @param text Checked before by {@link checkPrefix}. */
  constructor(readonly text: string) {
    this.#parts = parse(text);
  }

  /** Whether all rows have the same. */
  get isFixed(): boolean {
    return this.#parts.every(({ kind }) => kind === "text");
  }

  /** Whether a row's time decides. */
  get hasDate(): boolean {
    return this.#parts.some(({ kind }) => kind === "date");
  }

  /** Whether a row's values decide. */
  get hasValues(): boolean {
    return this.#parts.some(({ kind }) => kind === "value");
  }

  /** What is the same for all rows: the text before the first expression. */
  get fixedPart(): string {
    const [first] = this.#parts;
    return first?.kind === "text" ? first.text : "";
  }

  /** Keys of the data that are the values of `key=value` folders of that name. */
  get hiveColumns(): readonly string[] {
    return [...this.text.matchAll(HIVE_FOLDER)]
      .filter(([, name, key]) => name === key)
      .map(([, name]) => name);
  }

  /** @param timeMs Milliseconds since 1970, where {@link hasDate}. */
  render(scope: Scope | undefined, timeMs: number): string {
    let rendered = "";
    let iso: string | undefined;
    for (const part of this.#parts) {
      if (part.kind === "text") rendered += part.text;
      else if (part.kind === "date") {
        iso ??= new Date(timeMs).toISOString();
        rendered += formatDate(part.layout, iso);
      } else rendered += folderOf(part.template.render(scope!));
    }
    return rendered;
  }
}

/** What is wrong with a prefix, for the config's check. */
export function* checkPrefix(
  text: string,
  path = "config.prefix",
): Generator<ConfigProblem> {
  if (text.startsWith("/")) {
    yield { path, message: "prefix must not begin with a slash" };
  }
  if (/(^|\/)\.{1,2}(\/|$)/.test(text)) {
    yield { path, message: "prefix must not have . or .. as a folder" };
  }
  for (const [whole, inner] of text.matchAll(EXPRESSION)) {
    if (isKnown(inner)) continue;
    yield {
      path,
      message: `prefix has ${JSON.stringify(whole)}, which names nothing`,
      hint: "for example {date:2006-01-02}, {metadata.table} or {data.country}",
    };
  }
}

function isKnown(inner: string): boolean {
  if (Object.hasOwn(DATE_WORDS, inner) || VALUE.test(inner)) return true;
  return inner.startsWith("date:") && inner.search(GO_PART) >= 0;
}

function parse(text: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(EXPRESSION)) {
    if (match.index > end) {
      parts.push({ kind: "text", text: text.slice(end, match.index) });
    }
    const [whole, inner] = match;
    const layout = Object.hasOwn(DATE_WORDS, inner)
      ? DATE_WORDS[inner]
      : /^date:(.*)$/.exec(inner)?.[1];
    parts.push(
      layout === undefined
        ? { kind: "value", template: new Template(whole) }
        : { kind: "date", layout },
    );
    end = match.index + whole.length;
  }
  if (end < text.length) parts.push({ kind: "text", text: text.slice(end) });
  return parts;
}

function formatDate(layout: string, iso: string): string {
  return layout.replaceAll(
    GO_PART,
    (part) => GO_PARTS.find(([name]) => name === part)![1](iso),
  );
}

function dayOfYear(iso: string): string {
  const year = Date.parse(`${iso.slice(0, 4)}-01-01T00:00:00Z`);
  const day = Math.floor((Date.parse(iso) - year) / MS_PER_DAY) + 1;
  return String(day).padStart(3, "0");
}

/** A value as the name of a folder. */
function folderOf(value: string | undefined): string {
  if (value === undefined || value === "") return NO_VALUE;
  const safe = value.replaceAll(UNSAFE, encode);
  return /^\.{1,2}$/.test(safe) ? safe.replaceAll(".", "%2E") : safe;
}

function encode(char: string): string {
  const hex = char.charCodeAt(0).toString(16).toUpperCase();
  return `%${hex.padStart(2, "0")}`;
}
