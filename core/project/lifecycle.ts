/**
 * Asks one provider for `init`, `plan`, `status` or `destroy`.
 *
 * @module
 */

import type { Configuration, ProviderBlock, Task } from "../config/task.ts";
import type { PipelineEvent } from "../pipeline/events.ts";
import type { LifecycleReport } from "../pipeline/lifecycle.ts";
import type { CommandName } from "../protocol/command.ts";
import { secretsOf } from "./mask.ts";
import { resolveBlock } from "./resolve_block.ts";
import { newRunId } from "./run_id.ts";
import type { Site } from "./site.ts";
import { StopSwitch } from "./stop.ts";

/** The four words. */
export type LifecycleName = Exclude<CommandName, "run">;

/** Who hears of it, and who ends it. */
export interface AskWishes {
  readonly onEvent?: ((event: PipelineEvent) => void) | undefined;
  readonly isTerminal?: boolean | undefined;
  readonly stop?: StopSwitch | undefined;
}

/**
 * Starts the provider of one block for one word.
 * @param task With its secrets masked.
 */
export async function askProvider(
  command: LifecycleName,
  task: Task,
  block: ProviderBlock,
  configuration: Configuration,
  wishes: AskWishes,
  site: Site,
): Promise<LifecycleReport> {
  const { clock, random, spawner } = site.world;
  const stop = wishes.stop ?? new StopSwitch(clock);
  return await site.world.runLifecycle({
    command,
    task,
    block,
    provider: await resolveBlock(block, configuration, site),
    runId: newRunId(clock, random),
    clock,
    spawner,
    onEvent: wishes.onEvent ?? (() => {}),
    secrets: secretsOf(task, configuration),
    isTerminal: wishes.isTerminal ?? false,
    onStop: stop.onStop,
  });
}
