/**
 * A task of the legacy gRPC mode: one plugin with a config, and names for its
 * two sides.
 *
 * @module
 */

import { resolve } from "node:path";
import type { Location } from "../../base/errors.ts";
import type { Span } from "../../hcl/mod.ts";
import type { LegacyPlugin, ProviderBlock, ProviderSource } from "../task.ts";
import type { EvaluatedConfig } from "./config_tree.ts";
import { DEFAULTS, readConfigBlock } from "./provider_block.ts";
import type { BlockReader } from "./reader.ts";

/** go-plugin waits as long for a plugin's first line. */
const READY_TIMEOUT_MS = 60_000;

/** @returns `undefined` when it is not evaluated, or wrong (then reported). */
export function readLegacyPlugin(
  task: BlockReader,
  folder: string,
  onConfig: (config: EvaluatedConfig) => void,
): LegacyPlugin | undefined {
  const source = readSource(task, folder);
  const readyTimeoutMs = task.duration("ready_timeout", { min: 1 }) ??
    READY_TIMEOUT_MS;
  const config = readConfigBlock(task, onConfig);
  const input = readSide(task, "input", onConfig);
  const output = readSide(task, "output", onConfig);
  if (source === undefined || config === undefined) return undefined;
  const block: ProviderBlock = {
    side: "input",
    at: task.context.source.locate(task.headSpan),
    ...source,
    args: [],
    env: {},
    ...DEFAULTS,
    readyTimeoutMs,
    restart: {},
    config,
  };
  return {
    block,
    source: source.source,
    config,
    ...(input && { input }),
    ...(output && { output }),
  };
}

function readSource(
  task: BlockReader,
  folder: string,
): { source: ProviderSource; sourceAt: Location } | undefined {
  const path = task.attribute("plugin_path");
  const reference = task.attribute("plugin_ref");
  if (path !== undefined && reference !== undefined) {
    const message = `${task.owner} has both "plugin_path" and "plugin_ref"`;
    report(task, reference.nameSpan, message, "keep one of them");
    return undefined;
  }
  if (path === undefined && reference === undefined) {
    const message = `${task.owner} names no plugin`;
    report(task, task.headSpan, message, "add plugin_path or plugin_ref");
    return undefined;
  }
  const text = task.text(path === undefined ? "plugin_ref" : "plugin_path");
  if (text === undefined) return undefined;
  const sourceAt = task.context.source.locate(
    (path ?? reference)!.value.span,
  );
  return path === undefined
    ? { sourceAt, source: { kind: "reference", reference: text } }
    : { sourceAt, source: { kind: "path", path: resolve(folder, text) } };
}

function readSide(
  task: BlockReader,
  type: "input" | "output",
  onConfig: (config: EvaluatedConfig) => void,
): LegacyPlugin["input"] {
  const block = task.block(type);
  if (block === undefined) return undefined;
  const reader = task.inside(block);
  const provider = reader.text("provider");
  const config = readConfigBlock(reader, onConfig);
  if (reader.attribute("provider") === undefined) {
    const message = `the ${type} block names no provider`;
    report(reader, reader.headSpan, message, 'add provider = "…"');
  }
  reader.finish();
  if (provider === undefined || config === undefined) return undefined;
  return { provider, config };
}

function report(
  reader: BlockReader,
  span: Span,
  message: string,
  hint: string,
): void {
  reader.report(span, "config.provider_missing", message, hint);
}
