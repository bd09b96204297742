/**
 * `dstreams catalog` and `dstreams state`: the two files, looked at and changed.
 *
 * @module
 */

import { DstreamError } from "../../core/base/errors.ts";
import { type Json, parseExactJson } from "../../core/protocol/mod.ts";
import type { Context } from "../context.ts";
import { CatalogFile } from "./catalog_file.ts";
import { requireJsonFile, writeJsonFile } from "./json_file.ts";
import { nowText } from "./now_text.ts";
import { StateFile } from "./state_file.ts";

/** Prints streams with a tick for those that are selected. */
export async function viewCatalog(path: string, context: Context) {
  const { cwd } = context.deps;
  const file = new CatalogFile(await requireJsonFile(path, "the catalog", cwd));
  await context.print(file.view());
}

/** Selects streams, or not; unknown ones are told. */
export async function selectStreams(
  path: string,
  names: readonly string[],
  isSelected: boolean,
  context: Context,
): Promise<void> {
  const { cwd } = context.deps;
  const file = new CatalogFile(await requireJsonFile(path, "the catalog", cwd));
  for (const warning of file.select(names, isSelected)) {
    context.note("singer.stream_unknown", warning, "warn");
  }
  await writeJsonFile(path, file.value, cwd);
}

/** Prints the state; a file that isn't there is an empty one. */
export async function viewState(path: string, context: Context) {
  const file = await StateFile.open(path, context.deps.cwd);
  await context.print(JSON.stringify(file.value, null, 2));
}

/** Forgets all of it. */
export async function clearState(path: string, context: Context) {
  const file = await StateFile.open(path, context.deps.cwd);
  using _lock = await file.lock();
  file.clear(nowText(context));
  await file.save();
}

/** Has a stream go on from a value. */
export async function setState(
  path: string,
  stream: string,
  text: string,
  context: Context,
): Promise<void> {
  const value = parseValue(text);
  const file = await StateFile.open(path, context.deps.cwd);
  using _lock = await file.lock();
  file.setBookmark(stream, value, nowText(context));
  await file.save();
}

function parseValue(text: string): Json {
  try {
    return parseExactJson(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DstreamError(
      "singer.value_invalid",
      `Value must be valid JSON: ${why}`,
      { cause, hint: `a text is a value too: '"2024-01-01"'` },
    );
  }
}
