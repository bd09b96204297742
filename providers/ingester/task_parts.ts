/**
 * What the tasks of ingester and router have in common.
 *
 * @module
 */

import { TASK_DEFAULTS } from "../../core/config/load/task_block.ts";
import { DEFAULTS } from "../../core/config/load/provider_block.ts";
import type { EvaluatedConfig } from "../../core/config/load/config_tree.ts";
import type {
  ProviderBlock,
  RestartOverride,
  Side,
  Task,
} from "../../core/config/task.ts";
import type { SourceBlock } from "./source_block.ts";
import type { RestartValues } from "./shared_keys.ts";

/**
 * These run for months: a fault of hours must not end them. The count begins anew
 * when a provider has got on for a minute.
 */
const RESTART = {
  policy: "on-failure",
  maxRestarts: 1000,
  initialDelayMs: 1000,
  maxDelayMs: 30_000,
} as const;

/** One side of a task. @param block Where the user wrote what it is made of. */
export function providerBlock(
  side: Side,
  provider: string,
  config: EvaluatedConfig,
  block: SourceBlock,
): ProviderBlock {
  const at = block.at;
  return {
    side,
    at,
    sourceAt: block.locate("type"),
    config,
    source: { kind: "builtin", name: provider },
    args: [],
    env: {},
    restart: {},
    ...DEFAULTS,
  };
}

/** A task of one input and one output. */
export function serverTask(
  name: "ingester" | "router",
  description: string,
  input: ProviderBlock,
  output: ProviderBlock,
  restart: RestartValues,
  block: SourceBlock,
): Task {
  const { shutdownGraceMs, maxLineBytes, windowBytes, windowEnvelopes } =
    TASK_DEFAULTS;
  return {
    name,
    description,
    type: "providers",
    at: block.at,
    inputs: [input],
    outputs: [output],
    transforms: [],
    delivery: { windowBytes, windowEnvelopes },
    restart: restartOf(restart),
    shutdownGraceMs,
    maxLineBytes,
  };
}

function restartOf(given: RestartValues): RestartOverride {
  return {
    policy: given?.policy ?? RESTART.policy,
    maxRestarts: given?.maxRestarts ?? RESTART.maxRestarts,
    initialDelayMs: given?.initialDelay ?? RESTART.initialDelayMs,
    maxDelayMs: given?.maxDelay ?? RESTART.maxDelayMs,
  };
}
