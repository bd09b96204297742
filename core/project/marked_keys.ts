/**
 * Keys of blocks whose schema has a mark of ours: a word beside the standard ones.
 *
 * @module
 */

import type { ProviderBlock } from "../config/task.ts";
import { isJsonObject } from "../base/json.ts";
import { describe, type Providers } from "./describe.ts";

/** A top-level key of a block's config. */
export interface MarkedKey {
  readonly block: ProviderBlock;
  readonly key: string;
  /** What the mark says. */
  readonly value: string;
}

/** @param mark For example "x-date-placeholder". */
export async function markedKeys(
  blocks: readonly ProviderBlock[],
  mark: string,
  providers: Providers,
): Promise<MarkedKey[]> {
  const found = await Promise.all(
    blocks.map((block) => markedIn(block, mark, providers)),
  );
  return found.flat();
}

async function markedIn(
  block: ProviderBlock,
  mark: string,
  providers: Providers,
): Promise<MarkedKey[]> {
  const spec = (await describe(block, providers))?.spec();
  const properties = spec?.config.properties;
  if (!isJsonObject(properties)) return [];
  return Object.entries(properties).flatMap(([key, schema]) => {
    const value = isJsonObject(schema) ? schema[mark] : undefined;
    return typeof value === "string" ? [{ block, key, value }] : [];
  });
}
