/**
 * Keeps secrets out of what is printed, also those that only a provider's spec
 * knows: keys it marks `writeOnly`, whose values stand in the file itself.
 *
 * @module
 */

import { hideWriteOnly, secretTexts } from "../core/config/check_config.ts";
import type {
  Configuration,
  ProviderBlock,
  Task,
} from "../core/config/task.ts";
import { keepWholeEnvelopes } from "./dead_letter_block.ts";
import { describe, type Providers } from "./providers.ts";
import { blocksOf } from "./pulled.ts";

/** What stands where a secret was. */
export const HIDDEN = "(sensitive)";

/**
 * The task as it runs: nothing that is shown of its config blocks has a secret, and
 * dead letters are kept whole.
 */
export async function shieldTask(
  task: Task,
  providers: Providers,
): Promise<Task> {
  const shield = (block: ProviderBlock) => shieldBlock(block, providers);
  return {
    ...task,
    inputs: await Promise.all(task.inputs.map(shield)),
    outputs: await Promise.all(task.outputs.map(shield)),
    deadLetter: task.deadLetter &&
      await shield(await keepWholeEnvelopes(task.deadLetter, providers)),
  };
}

async function shieldBlock(
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

/** Everything that must not be printed of a shielded task's run. */
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
