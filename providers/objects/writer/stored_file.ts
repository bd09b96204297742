/**
 * A finished file gets its name and goes into the store.
 *
 * @module
 */

import type { OpenContext } from "@dstream/sdk";
import { placedName, type UnplacedNames } from "../names.ts";
import type { ObjectStore, UploadOptions } from "../store.ts";
import type { OpenFile } from "./open_file.ts";
import { isAfter } from "./track.ts";

/** How many rows it has: tells a repeat from another file of the same name. */
const ROWS_KEY = "dstream-rows";

/** What surrounds it. */
export interface StoreFileDeps {
  readonly store: ObjectStore;
  readonly context: Pick<OpenContext, "log" | "now">;
  readonly names: UnplacedNames;
  readonly contentType: string;
  /** `.jsonl.gz` */
  readonly extension: string;
  readonly signal: AbortSignal;
}

/** @param last All rows of its table up to this position are in it or stored. */
export async function storeFile(
  file: OpenFile,
  last: string | undefined,
  deps: StoreFileDeps,
): Promise<void> {
  const { store, context, names, contentType, extension, signal } = deps;
  const { start: { prefix, table, first }, rows, buffer } = file;
  const metadata = { [ROWS_KEY]: String(rows) };
  const options: UploadOptions = { contentType, metadata, signal };
  if (first !== undefined && last !== undefined && !isAfter(first, last)) {
    const key = prefix + placedName({ table, first, last }) + extension;
    if (await store.upload(key, buffer, options) === "stored") return;
    const there = await store.metadataOf(key, signal);
    if (there?.[ROWS_KEY] === metadata[ROWS_KEY]) return; // a repeat
    context.log.warn(
      `${key} is there with other rows: these get another name`,
      { key },
    );
  }
  const name = names.next(table, context.now());
  await store.upload(prefix + name + extension, buffer, options);
}
