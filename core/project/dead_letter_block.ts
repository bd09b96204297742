/**
 * What is particular about a `dead_letter` block: the whole envelope must be kept,
 * or nobody could tell why it is there, nor send it again.
 *
 * @module
 */

import { withDefault } from "../config/check_config.ts";
import type { ProviderBlock } from "../config/task.ts";
import type { Diagnostic } from "../base/errors.ts";
import { describe, type Providers } from "./describe.ts";

const WHOLE = "envelopes";
/** By these names the file output takes a format of its own. */
const TABLE_NAME = /\.(csv|tsv)(\.gz)?$/i;

/** The same block with `format = "envelopes"` where its provider has that. */
export async function keepWholeEnvelopes(
  block: ProviderBlock,
  providers: Providers,
): Promise<ProviderBlock> {
  if (!await hasWholeFormat(block, providers)) return block;
  return { ...block, config: withDefault(block.config, "format", WHOLE) };
}

/** A format that loses the reason of every dead letter. */
export async function checkDeadLetter(
  block: ProviderBlock | undefined,
  providers: Providers,
): Promise<Diagnostic[]> {
  if (block === undefined || !await hasWholeFormat(block, providers)) return [];
  const { format, path } = JSON.parse(block.config.json());
  const isTable = TABLE_NAME.test(String(path)) &&
    block.config.locate("format") === undefined;
  if (format === WHOLE && !isTable) return [];
  return [{
    severity: "error",
    code: "config.dead_letter_format",
    message: isTable
      ? `dead letters can't be a table: "${path}" keeps whole envelopes`
      : `format "${format}" loses why an envelope was refused`,
    at: block.config.locate(isTable ? "path" : "format") ?? block.at,
    hint: isTable
      ? 'let the name end in .jsonl, for example "dead.jsonl"'
      : `leave format out: a dead_letter block has "${WHOLE}" by itself`,
  }];
}

async function hasWholeFormat(
  block: ProviderBlock,
  providers: Providers,
): Promise<boolean> {
  const provider = await describe(block, providers);
  const properties = provider?.spec().config.properties as
    | Readonly<Record<string, { readonly enum?: readonly unknown[] }>>
    | undefined;
  return properties?.format?.enum?.includes(WHOLE) ?? false;
}
