/**
 * Fields → the Markdown table of a provider's reference page.
 *
 * @module
 */

import type { Json } from "../../protocol/envelope.ts";
import { type Fields, isRequired, keyOf, spellingsOf } from "./field.ts";

/** One row of the reference, as text. */
export interface ConfigRow {
  /** `interval`, or `tls.ca_file` inside a block. */
  readonly key: string;
  /** Other names, without those that differ only in snake_case or camelCase. */
  readonly aliases: readonly string[];
  readonly type: string;
  /** As written in a config block; "required", or "" for none. */
  readonly default: string;
  readonly doc: string;
}

/** Every key, nested ones after the block that holds them. */
export function configRows(fields: Fields, prefix = ""): ConfigRow[] {
  return Object.entries(fields).flatMap(([property, field]) => {
    const key = prefix + keyOf(property, field);
    const row: ConfigRow = {
      key,
      aliases: spellingsOf(property, field).slice(1),
      type: field.type,
      default: isRequired(field) ? "required" : written(field.options.default),
      doc: field.options.doc,
    };
    const inner = field.inner === undefined
      ? []
      : configRows(field.inner, `${key}.`);
    return [row, ...inner];
  });
}

/** The table for a README. */
export function configTable(fields: Fields): string {
  const rows = configRows(fields).map(({ key, aliases, type, doc, ...row }) => [
    [key, ...aliases].map((name) => `\`${name}\``).join(", "),
    type,
    row.default === "" || row.default === "required"
      ? row.default
      : `\`${row.default}\``,
    doc,
  ]);
  return [["Key", "Type", "Default", "Meaning"], ["-", "-", "-", "-"], ...rows]
    .map((cells) => `| ${cells.map(escapeCell).join(" | ")} |\n`)
    .join("");
}

function written(value: Json | undefined): string {
  return value === undefined ? "" : JSON.stringify(value);
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|");
}
