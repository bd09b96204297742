/**
 * A task as HCL text.
 *
 * @module
 */

import type { ShownBlock, ShownStep, ShownTask } from "../tasks/shown_task.ts";
import { type PreciseJson, toHclAttributes, toHclBlock } from "./hcl.ts";

type Attributes = Readonly<Record<string, PreciseJson>>;

/** One `task` block, without what was not set. */
export function formatTask(task: ShownTask): string {
  const { name, description, type, plugin_path, plugin_ref, config } = task;
  const own = { description, type, plugin_path, plugin_ref };
  const parts = [
    toHclAttributes(given({ ...own, ...withoutDelivery(task) }), 1),
    ...config === undefined
      ? [formatDelivery(task)]
      : [toHclBlock("config", config as Attributes, 1)],
    ...task.input.map((block) => formatBlock("input", block)),
    ...(task.transform ?? []).map(formatStep),
    ...task.output.map((block) => formatBlock("output", block)),
    ...task.dead_letter ? [formatBlock("dead_letter", task.dead_letter)] : [],
  ];
  return `task ${JSON.stringify(name)} {\n${parts.join("\n\n")}\n}`;
}

function withoutDelivery({ settings }: ShownTask): Attributes {
  const { window_bytes: _, window_envelopes: __, ...rest } = settings;
  return rest;
}

function formatDelivery({ settings }: ShownTask): string {
  const { window_bytes, window_envelopes } = settings;
  return toHclBlock("delivery", { window_bytes, window_envelopes }, 1);
}

function formatBlock(name: string, block: ShownBlock): string {
  const { label, config, transform = [], ...attributes } = block;
  const title = label === undefined ? name : `${name} ${JSON.stringify(label)}`;
  return [
    `  ${title} {`,
    toHclAttributes(given(attributes as Attributes), 2),
    ...transform.map((step) => formatKind(step, 2)),
    toHclBlock("config", config as Attributes, 2),
    "  }",
  ].join("\n");
}

function formatStep(step: ShownStep): string {
  return ["  transform {", formatKind(step, 2), "  }"].join("\n");
}

function formatKind(step: ShownStep, level: number): string {
  const [kind] = Object.keys(step);
  return toHclBlock(kind, step[kind], level);
}

function given(
  attributes: Record<string, PreciseJson | undefined>,
): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).filter((entry) => entry[1] !== undefined),
  ) as Attributes;
}
