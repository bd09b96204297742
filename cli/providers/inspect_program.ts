/**
 * What a tap or target of Singer says of its own settings: `--about`.
 *
 * @module
 */

import { DstreamError } from "../../core/base/errors.ts";
import { isJsonObject } from "../../core/base/json.ts";
import { askProgram } from "../../core/project/mod.ts";
import type { Context } from "../context.ts";
import { formatWrappedTable } from "../views/table.ts";
import { schemaKeys } from "./schema.ts";

const HEADINGS = ["SETTING", "TYPE", "DEFAULT", "MEANING"];

/** How it is shown. */
export interface InspectWishes {
  readonly isJson: boolean;
  readonly columns: number;
}

/** @param words The program, as in `tap = …`: one word, or several with blanks. */
export async function inspectProgram(
  words: string,
  { isJson, columns }: InspectWishes,
  context: Context,
): Promise<void> {
  const about = await askAbout(words.trim().split(/\s+/), context);
  if (isJson) return await context.printJson(about);
  const { name, version, description, capabilities, settings } = about;
  const can = Array.isArray(capabilities)
    ? ` · ${capabilities.join(", ")}`
    : "";
  const keys = isJsonObject(settings) ? schemaKeys(settings as never) : [];
  const rows = keys.map((key) => [
    key.path,
    key.isSecret ? `${key.type} (secret)` : key.type,
    key.isRequired
      ? "required"
      : key.default === undefined
      ? ""
      : JSON.stringify(key.default),
    key.description,
  ]);
  await context.print([
    `${name} ${version}${can}\n${description ?? ""}`.trimEnd(),
    formatWrappedTable(HEADINGS, rows, columns),
  ].join("\n\n"));
}

/** @throws {DstreamError} for a program that isn't there, or tells nothing. */
async function askAbout(
  command: readonly string[],
  { deps }: Context,
): Promise<Record<string, unknown>> {
  const argv = [...command, "--about", "--format", "json"];
  const about = await askProgram(argv, deps.cwd, deps);
  if (about !== undefined) return about;
  throw new DstreamError(
    "singer.about_missing",
    `${command.at(-1)} doesn't tell of its settings`,
    { hint: "only programs on Meltano's SDK do; its own page has them" },
  );
}
