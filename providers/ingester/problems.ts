/**
 * Mistakes in root blocks, collected with their places.
 *
 * @module
 */

import { checkConfig } from "../../core/config/check_config.ts";
import type { EvaluatedConfig } from "../../core/config/load/config_tree.ts";
import type {
  Diagnostic,
  ErrorCode,
  Location,
} from "../../core/base/errors.ts";
import type { JsonObject } from "../../core/protocol/envelope.ts";
import {
  type Config,
  configSchema,
  type Fields,
  parseConfig,
} from "../../core/sdk/config/mod.ts";
import type { SourceBlock } from "./source_block.ts";

/** Where mistakes go. */
export class ServerProblems {
  readonly all: Diagnostic[] = [];

  report(
    at: Location,
    message: string,
    hint?: string,
    code: ErrorCode = "config.key_invalid",
  ): void {
    const problem = { severity: "error" as const, code, message, at };
    this.all.push(hint === undefined ? problem : { ...problem, hint });
  }

  /** Keys of a block `config` that the block around it says. */
  taken(config: SourceBlock, keys: readonly string[], why: string): void {
    for (const key of keys) {
      const message = `"${key}" can't be set here: ${why}`;
      this.report(config.locate(key), message);
    }
  }
}

/** @returns The block's values; `undefined` when it has mistakes. */
export function readBlock<F extends Fields>(
  name: string,
  tree: EvaluatedConfig,
  fields: F,
  problems: ServerProblems,
): Config<F> | undefined {
  const found = checkConfig(tree, configSchema(fields));
  if (found.length > 0) {
    problems.all.push(...found.map((one) => ({
      ...one,
      message: one.message.replace(/^the config\b/, `the ${name} block`),
    })));
    return undefined;
  }
  const json = JSON.parse(tree.json()) as JsonObject;
  const parsed = parseConfig(fields, json);
  for (const { path, message, hint } of parsed.problems) {
    problems.report(tree.locate(path) ?? tree.at, message, hint);
  }
  return parsed.values;
}
