/**
 * A task with nothing secret in it: what `show` prints.
 *
 * Three things hide a value: the configuration says it is secret, the built-in's
 * spec marks its key `writeOnly`, or a secret's text is part of it.
 *
 * @module
 */

import type {
  LegacyPlugin,
  PlacedText,
  ProviderBlock,
  Task,
  TransformStep,
} from "../../core/config/task.ts";
import { formatDuration, formatSize } from "../../core/base/units.ts";
import { HIDDEN, type MaskedTask } from "../../core/project/mod.ts";
import { parsePrecise, type PreciseJson } from "../views/hcl.ts";

/** One side of {@link ShownTask}. */
export interface ShownBlock {
  readonly label?: string;
  readonly provider?: string;
  readonly provider_path?: string;
  readonly provider_ref?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly protocol?: number;
  /** Of an output alone. */
  readonly transform?: readonly ShownStep[];
  readonly config: PreciseJson;
}

/** One step of a `transform` block, by its kind. */
export type ShownStep = Readonly<
  Record<string, Readonly<Record<string, PreciseJson>>>
>;

/** A task as a plain object, in the words of the configuration. */
export interface ShownTask {
  readonly name: string;
  readonly description?: string;
  readonly type: string;
  readonly plugin_path?: string;
  readonly plugin_ref?: string;
  /** Of a plugin; providers have one each. */
  readonly config?: PreciseJson;
  readonly input: readonly ShownBlock[];
  readonly output: readonly ShownBlock[];
  readonly transform?: readonly ShownStep[];
  readonly dead_letter?: ShownBlock;
  readonly settings: Readonly<Record<string, number | string>>;
}

/** @param written What the configuration itself says is secret. */
export function shownTask(
  { task, secrets }: MaskedTask,
  written: ReadonlySet<string>,
): ShownTask {
  const show = (block: ProviderBlock) => shownBlock(block, secrets, written);
  if (task.plugin !== undefined) return shownPlugin(task, task.plugin);
  return {
    name: task.name,
    description: task.description,
    type: task.type,
    input: task.inputs.map(show),
    output: task.outputs.map(show),
    transform: task.transforms.length > 0
      ? task.transforms.map((step) => shownStep(step, written))
      : undefined,
    dead_letter: task.deadLetter && show(task.deadLetter),
    settings: shownSettings(task),
  };
}

function shownPlugin(
  task: Task,
  { source, config, input, output }: LegacyPlugin,
): ShownTask {
  const side = (given: LegacyPlugin["input"]): ShownBlock[] =>
    given === undefined ? [] : [{
      provider: given.provider,
      config: parsePrecise(given.config.redactedJson()),
    }];
  const { shutdown_grace } = shownSettings(task);
  return {
    name: task.name,
    description: task.description,
    type: task.type,
    plugin_path: source.kind === "path" ? source.path : undefined,
    plugin_ref: source.kind === "reference" ? source.reference : undefined,
    config: parsePrecise(config.redactedJson()),
    input: side(input),
    output: side(output),
    settings: { shutdown_grace },
  };
}

function shownBlock(
  block: ProviderBlock,
  secrets: ReadonlySet<string>,
  written: ReadonlySet<string>,
): ShownBlock {
  const { source, args, env, label, protocol, transforms } = block;
  return {
    label,
    provider: source.kind === "builtin" ? source.name : undefined,
    provider_path: source.kind === "path" ? source.path : undefined,
    provider_ref: source.kind === "reference" ? source.reference : undefined,
    args: args.length > 0 ? args.map((text) => hide(text, secrets)) : undefined,
    env: Object.keys(env).length > 0 ? hideValues(env, secrets) : undefined,
    protocol,
    transform: transforms?.map((step) => shownStep(step, written)),
    config: parsePrecise(block.config.redactedJson()),
  };
}

function hideValues(
  env: Readonly<Record<string, string>>,
  secrets: ReadonlySet<string>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).map(([name, text]) => [name, hide(text, secrets)]),
  );
}

function shownStep(
  step: TransformStep,
  secrets: ReadonlySet<string>,
): ShownStep {
  const show = ({ text }: PlacedText) => hide(text, secrets);
  const pairs = (entries: readonly (readonly [PlacedText, PlacedText])[]) =>
    Object.fromEntries(entries.map(([a, b]) => [show(a), show(b)]));
  switch (step.kind) {
    case "filter":
      return { filter: { where: show(step.where) } };
    case "map":
      return {
        map: {
          ...step.set.length > 0 &&
            { set: pairs(step.set.map((one) => [one.path, one.value])) },
          ...step.rename.length > 0 &&
            { rename: pairs(step.rename.map((one) => [one.from, one.to])) },
          ...step.remove.length > 0 && { remove: step.remove.map(show) },
        },
      };
    case "validate":
      return {
        validate: { schema: show(step.schema), on_invalid: step.onInvalid },
      };
  }
}

/** A very short secret is hidden where it is all, else words would suffer. */
function hide(text: string, secrets: ReadonlySet<string>): string {
  const isSecret = [...secrets].some((secret) =>
    text === secret || (secret.length > 3 && text.includes(secret))
  );
  return isSecret ? HIDDEN : text;
}

/** Only what differs from one task to another and matters when it runs. */
function shownSettings(task: Task): Record<string, number | string> {
  const { delivery, shutdownGraceMs, maxLineBytes, ackTimeoutMs } = task;
  return {
    window_bytes: formatSize(delivery.windowBytes),
    window_envelopes: delivery.windowEnvelopes,
    max_line_bytes: formatSize(maxLineBytes),
    shutdown_grace: formatDuration(shutdownGraceMs),
    ...ackTimeoutMs !== undefined &&
      { ack_timeout: formatDuration(ackTimeoutMs) },
  };
}
