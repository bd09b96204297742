/**
 * A task of the legacy gRPC mode: one plugin with a config, and names for its
 * two sides.
 *
 * @module
 */

import { resolve } from "node:path";
import type { Span } from "../../hcl/mod.ts";
import type { LegacyPlugin, ProviderSource } from "../task.ts";
import type { EvaluatedConfig } from "./config_tree.ts";
import { readConfigBlock } from "./provider_block.ts";
import type { BlockReader } from "./reader.ts";

/** @returns `undefined` when it is not evaluated, or wrong (then reported). */
export function readLegacyPlugin(
  task: BlockReader,
  folder: string,
  onConfig: (config: EvaluatedConfig) => void,
): LegacyPlugin | undefined {
  const source = readSource(task, folder);
  const config = readConfigBlock(task, onConfig);
  const input = readSide(task, "input", onConfig);
  const output = readSide(task, "output", onConfig);
  if (source === undefined || config === undefined) return undefined;
  return { source, config, ...(input && { input }), ...(output && { output }) };
}

function readSource(
  task: BlockReader,
  folder: string,
): ProviderSource | undefined {
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
  return path === undefined
    ? { kind: "reference", reference: text }
    : { kind: "path", path: resolve(folder, text) };
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
