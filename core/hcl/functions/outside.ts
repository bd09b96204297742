/**
 * `env`, `timestamp` and `uuid`: what differs from run to run.
 *
 * @module
 */

import { didYouMean } from "../../base/nearest.ts";
import { markSensitive, stringValue, type Value } from "../value.ts";
import { STRING, textOf } from "./arguments.ts";
import { formatRfc3339 } from "./dates.ts";
import { type FunctionDefinition, FunctionError } from "./definition.ts";
import type { World } from "./world.ts";

/** The functions, bound to a world. */
export function outsideFunctions(
  world: World,
): Record<string, FunctionDefinition> {
  return {
    env: {
      parameters: [
        { name: "name", type: STRING },
        { name: "default", type: STRING, isNullable: true },
      ],
      optionalCount: 1,
      sensitivity: "own",
      call: (name, fallback) => env(world, name, fallback),
    },
    timestamp: {
      parameters: [],
      call: () =>
        stringValue(formatRfc3339({
          epochMs: Math.floor(world.wallMs() / 1000) * 1000,
          nanoseconds: 0,
          offsetMinutes: 0,
        })),
    },
    uuid: { parameters: [], call: () => stringValue(world.uuid()) },
  };
}

/** A secret, even the default: both ways have to look the same when printed. */
function env(world: World, nameValue: Value, fallback?: Value): Value {
  const name = textOf(nameValue);
  const text = world.env(name);
  if (text === undefined && fallback !== undefined) {
    if (fallback.kind === "string") world.noteDefault?.(fallback.value);
    return markSensitive(fallback);
  }
  if (text === undefined && !world.allowMissingEnv) {
    throw missing(world, name, !nameValue.isSensitive);
  }
  if (text) world.noteSecret(text);
  return markSensitive(stringValue(text ?? ""));
}

function missing(
  world: World,
  name: string,
  isPublic: boolean,
): FunctionError {
  return new FunctionError(`the environment variable "${name}" is not set`, {
    argument: 0,
    code: "config.env_missing",
    hint: didYouMean(
      name,
      world.envNames(),
      `set it, or give a default: env("${name}", "…")`,
    ),
    isPublic,
  });
}
