/**
 * The types of targets, each as the output it is.
 *
 * @module
 */

import { resolve } from "node:path";
import type { Json, JsonObject } from "../../core/protocol/mod.ts";
import { databaseKeys, pathOf, pick, programOf } from "./connections.ts";
import type { Connector } from "./connector.ts";
import type { Block } from "./plans.ts";

export const TARGET_TYPES = ["postgres", "file", "console", "singer"];

/** What targets need to know besides their config. */
export interface TargetWishes {
  readonly target: Connector;
  readonly stream: string | undefined;
  readonly cwd: string;
  /** The words that start dstream. */
  readonly self: readonly string[];
}

/** @throws {DstreamError} for what this type can't be told. */
export function targetBlock(wishes: TargetWishes): Block {
  return { ...blockOf(wishes), steps: wishes.target.steps };
}

function blockOf(wishes: TargetWishes): Block {
  const { target, stream, cwd, self } = wishes;
  switch (target.type) {
    case "postgres":
      return {
        provider: "postgres",
        config: {
          ...pick(target.properties, [
            "schema",
            "sslmode",
            "sslrootcert",
            "mode",
            "delete",
            "key",
            "guard",
          ]),
          ...databaseKeys(target),
          batch_size: target.batchSize,
          create_tables: "rows",
          ...(stream === undefined ? {} : { table: stream }),
        },
      };
    case "file":
      return singerBlock(stream, {
        target: [...self, "singer", "file-target"],
        target_config: { folder: resolve(cwd, pathOf(target)) },
      });
    case "console":
      return {
        provider: "console",
        config: pick(target.properties, ["output_format", "format"]),
      };
    default:
      return singerBlock(stream, {
        target: programOf(target),
        ...pick(target.properties, [
          "args",
          "flush_interval",
          "validate",
          "activate_version",
        ]),
        target_config: (target.properties.config ?? {}) as Json,
      });
  }
}

/** The output singer, whatever the input says of its records. */
export function singerBlock(
  stream: string | undefined,
  config: JsonObject,
): Block {
  const named: JsonObject = stream === undefined ? {} : { stream };
  return {
    provider: "singer",
    config: { schema: "infer", ...named, ...config },
  };
}
