/**
 * Keeps secrets out of what is printed, also those that only a provider's spec
 * knows: keys it marks `writeOnly`, whose values stand in the file itself.
 *
 * @module
 */

import { hideWriteOnly, secretTexts } from "../config/check_config.ts";
import type { Configuration, ProviderBlock, Task } from "../config/task.ts";
import { keepWholeEnvelopes } from "./dead_letter_block.ts";
import { describe, type Providers } from "./describe.ts";
import { blocksOf } from "./blocks.ts";
import { HIDDEN } from "./hidden.ts";

/**
 * The task as it runs: nothing that is shown of its config blocks has a secret, and
 * dead letters are kept whole.
 */
export async function maskTask(
  task: Task,
  providers: Providers,
): Promise<Task> {
  const mask = (block: ProviderBlock) => maskBlock(block, providers);
  return {
    ...task,
    inputs: await Promise.all(task.inputs.map(mask)),
    outputs: await Promise.all(task.outputs.map(mask)),
    deadLetter: task.deadLetter &&
      await maskDeadLetter(task.deadLetter, providers),
  };
}

/** The same of a `dead_letter` block. */
export async function maskDeadLetter(
  block: ProviderBlock,
  providers: Providers,
): Promise<ProviderBlock> {
  return maskBlock(await keepWholeEnvelopes(block, providers), providers);
}

/** The block with what its provider calls secret as sensitive. */
export async function maskBlock(
  block: ProviderBlock,
  providers: Providers,
): Promise<ProviderBlock> {
  const provider = await describe(block, providers);
  if (provider === undefined) return block;
  return {
    ...block,
    config: hideWriteOnly(block.config, provider.spec().config),
  };
}

/** Everything that must not be printed of a masked task's run. */
export function secretsOf(
  task: Task,
  configuration: Configuration,
): ReadonlySet<string> {
  return new Set([
    ...configuration.secrets,
    ...blocksOf(task).flatMap(({ config }) => secretTexts(config)),
  ]);
}

/** Replaces every secret in a text. */
export function hideSecretsIn(
  text: string,
  secrets: Iterable<string>,
): string {
  // The longest first: one secret may be part of another.
  const byLength = [...secrets].sort((a, b) => b.length - a.length);
  return byLength.reduce(
    (shown, secret) => secret === "" ? shown : shown.replaceAll(secret, HIDDEN),
    text,
  );
}
