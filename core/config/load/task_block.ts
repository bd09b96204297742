/**
 * A `task` block → a {@link Task}.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { formatSize } from "../../base/units.ts";
import type { Block } from "../../hcl/mod.ts";
import type { Delivery, ProviderBlock, Side, Task } from "../task.ts";
import type { EvaluatedConfig } from "./config_tree.ts";
import { readLegacyPlugin } from "./legacy_plugin.ts";
import { readProviderBlock, readRestart } from "./provider_block.ts";
import type { BlockReader } from "./reader.ts";
import { readTransforms } from "./transform_block.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** What stands when nothing is written. */
export const TASK_DEFAULTS = {
  shutdownGraceMs: 10_000,
  maxLineBytes: 16 * MIB,
  windowBytes: 32 * MIB,
  windowEnvelopes: 100_000,
} as const;

/** A line is held in memory, a window all the time. */
const MAX_LINE_BYTES = { min: KIB, max: 256 * MIB };
const MAX_WINDOW_BYTES = 1024 * MIB;
const MAX_SPOOL_BYTES = 16 * 1024 * 1024 * MIB;

const LABEL = /^[A-Za-z][A-Za-z0-9_-]*$/;

/** What a task block needs to know of what is around it. */
export interface TaskContext {
  readonly name: string;
  readonly folder: string;
  readonly onConfig: (config: EvaluatedConfig) => void;
}

/** @returns `undefined` when it is not evaluated, or not complete. */
export function readTask(
  reader: BlockReader,
  context: TaskContext,
): Task | undefined {
  const { name } = context;
  const description = reader.string("description");
  const type = readType(reader);
  const common = {
    restart: readRestart(reader),
    shutdownGraceMs: reader.duration("shutdown_grace") ??
      TASK_DEFAULTS.shutdownGraceMs,
    ...readSizes(reader),
    ackTimeoutMs: reader.duration("ack_timeout", { min: 1 }),
    statePath: readStatePath(reader, context),
  };
  const sides = type === "plugin"
    ? readPlugin(reader, context)
    : readSides(reader, context);
  reader.finish();
  if (!reader.isEvaluated || sides === undefined) return undefined;
  const { source } = reader.context;
  const at = source.locate(reader.headSpan);
  const all = { name, description, type, at, ...sides, ...common };
  return withoutUndefined(all);
}

/** `state { path }`, or beside the configuration. */
function readStatePath(
  task: BlockReader,
  { folder, name }: TaskContext,
): string {
  const usual = join(folder, ".dstream", "state", `${name}.json`);
  const block = task.block("state");
  if (block === undefined) return usual;
  const state = task.inside(block);
  const path = state.text("path");
  state.finish();
  return path === undefined ? usual : resolve(folder, path);
}

/** Left out: what upstream takes it for. */
function readType(reader: BlockReader): "providers" | "plugin" {
  const written = reader.choice("type", ["providers", "plugin"]);
  if (written !== undefined) return written;
  if (reader.literal("type") === "plugin") return "plugin";
  const isPlugin = reader.attribute("plugin_path") !== undefined ||
    reader.attribute("plugin_ref") !== undefined;
  return isPlugin ? "plugin" : "providers";
}

function readSizes(
  reader: BlockReader,
): { maxLineBytes: number; delivery: Delivery } {
  const maxLineBytes = reader.size("max_line_bytes", MAX_LINE_BYTES) ??
    TASK_DEFAULTS.maxLineBytes;
  // The window holds whole lines: two of the longest, or nothing would flow.
  const least = 2 * maxLineBytes;
  const windowBytes = Math.max(TASK_DEFAULTS.windowBytes, least);
  const usual = { windowBytes, windowEnvelopes: TASK_DEFAULTS.windowEnvelopes };
  const block = reader.block("delivery");
  if (block === undefined) return { maxLineBytes, delivery: usual };
  const delivery = reader.inside(block);
  const bytes = delivery.size("window_bytes", { max: MAX_WINDOW_BYTES });
  const envelopes = delivery.integer("window_envelopes", { min: 1 });
  const spoolBytes = delivery.size("spool_bytes", { max: MAX_SPOOL_BYTES });
  const spoolPath = delivery.string("spool_path");
  delivery.finish();
  if (bytes !== undefined && bytes < least) {
    const message = `"window_bytes" must be at least ${formatSize(least)}: ` +
      `twice max_line_bytes`;
    const { span } = delivery.attribute("window_bytes")!.value;
    delivery.report(span, "config.value_invalid", message);
  }
  return {
    maxLineBytes,
    delivery: {
      windowBytes: bytes ?? usual.windowBytes,
      windowEnvelopes: envelopes ?? usual.windowEnvelopes,
      ...spoolBytes !== undefined && { spoolBytes },
      ...spoolPath !== undefined && { spoolPath },
    },
  };
}

type Sides = Pick<
  Task,
  "inputs" | "outputs" | "deadLetter" | "transforms" | "plugin"
>;

function readPlugin(
  reader: BlockReader,
  { folder, onConfig }: TaskContext,
): Sides | undefined {
  for (const name of NOT_FOR_PLUGINS) reportNotForPlugins(reader, name);
  const plugin = readLegacyPlugin(reader, folder, onConfig);
  return plugin && { inputs: [], outputs: [], transforms: [], plugin };
}

/** No envelope of a plugin goes through us. */
const NOT_FOR_PLUGINS = [
  "delivery",
  "state",
  "transform",
  "dead_letter",
  "max_line_bytes",
  "ack_timeout",
] as const;

function reportNotForPlugins(reader: BlockReader, name: string): void {
  const span = reader.blocks(name)[0]?.typeSpan ??
    reader.attribute(name)?.nameSpan;
  if (span === undefined) return;
  reader.report(
    span,
    "config.not_for_plugins",
    `"${name}" does not apply to a plugin, which moves its data by itself`,
    'only tasks of type "providers" have it',
  );
}

function readSides(
  reader: BlockReader,
  context: TaskContext,
): Sides | undefined {
  for (const name of ["plugin_path", "plugin_ref"]) reportPlugin(reader, name);
  const inputs = readProviders(reader, context, "input");
  const outputs = readProviders(reader, context, "output");
  const block = reader.block("dead_letter");
  const deadLetter = block &&
    readProviderBlock(reader, block, { ...context, side: "output" });
  const transforms = readTransforms(reader);
  for (const misplaced of reader.blocks("config")) {
    reader.report(
      misplaced.typeSpan,
      "config.block_unknown",
      `${reader.owner} has no block "config" of its own`,
      "move it into the input or output block",
    );
  }
  if (inputs === undefined || outputs === undefined) return undefined;
  return { inputs, outputs, deadLetter, transforms };
}

function reportPlugin(reader: BlockReader, name: string): void {
  const attribute = reader.attribute(name);
  if (attribute === undefined) return;
  const message = `"${name}" belongs to a task with type = "plugin"`;
  const hint = "inputs and outputs have a provider of their own";
  const { nameSpan } = attribute;
  reader.report(nameSpan, "config.attribute_unknown", message, hint);
}

/** At least one; several need labels that differ. */
function readProviders(
  reader: BlockReader,
  context: TaskContext,
  side: Side,
): readonly ProviderBlock[] | undefined {
  const blocks = reader.blocks(side);
  if (blocks.length === 0 && reader.hasMisspelt([side])) return undefined;
  if (blocks.length === 0) {
    reader.report(
      reader.headSpan,
      "config.block_missing",
      `${reader.owner} has no ${side} block`,
      `add ${side} { provider = "…" }`,
    );
    return undefined;
  }
  checkLabels(reader, blocks);
  const all = blocks.map((block) => {
    return readProviderBlock(reader, block, { ...context, side });
  });
  return all.includes(undefined) ? undefined : all as ProviderBlock[];
}

function checkLabels(reader: BlockReader, blocks: readonly Block[]): void {
  const seen = new Set<string>();
  const unlabelled = blocks.filter(({ labels }) => labels.length === 0);
  for (const { type, typeSpan, labels: [label, extra] } of blocks) {
    const span = label?.span ?? typeSpan;
    const name = label?.value ?? "";
    if (extra !== undefined) {
      const message = `an ${type} block has at most one label`;
      reader.report(extra.span, "config.label_unexpected", message);
    }
    if (label !== undefined && !LABEL.test(name)) {
      const message = `"${name}" can't be a label`;
      const hint = "letters, digits, _ and -, beginning with a letter";
      reader.report(span, "config.name_invalid", message, hint);
    }
    const hint = `tell them apart: ${type} "orders" { … }`;
    if (seen.has(name)) {
      const which = label === undefined ? "without a label" : `"${name}"`;
      const message = `${reader.owner} has a second ${type} block ${which}`;
      reader.report(span, "config.block_duplicate", message, hint);
    } else if (label === undefined && unlabelled.length < blocks.length) {
      const message = `${reader.owner} has several ${type} blocks, and this ` +
        "one has no label";
      reader.report(span, "config.label_missing", message, hint);
    }
    seen.add(name);
  }
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(
    Object.entries(value).filter(([, each]) => each !== undefined),
  ) as T;
}
