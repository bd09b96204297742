/**
 * A task made on the fly, as the text of a configuration.
 *
 * @module
 */

import { isJsonObject } from "../../core/base/json.ts";
import type { Json, JsonObject } from "../../core/protocol/mod.ts";
import type { Block } from "./plans.ts";

/** What the task is called. */
export const TASK = "dstreams";

/** Where it keeps what no run but this one needs. */
export interface TaskPlaces {
  readonly statePath: string;
  readonly spoolPath: string;
}

/** @param restarts How often a side may be started again. */
export function taskText(
  input: Block,
  output: Block,
  { statePath, spoolPath }: TaskPlaces,
  restarts: boolean,
): string {
  return [
    `task ${text(TASK)} {`,
    `  state { path = ${text(statePath)} }`,
    `  delivery { spool_path = ${text(spoolPath)} }`,
    ...(restarts ? [] : ['  restart { policy = "never" }']),
    block("input", input),
    ...transform([...input.steps ?? [], ...output.steps ?? []]),
    block("output", output),
    "}",
    "",
  ].join("\n");
}

/** The tap's steps, then the target's. */
function transform(steps: readonly JsonObject[]): string[] {
  if (steps.length === 0) return [];
  const lines = steps.flatMap((step) =>
    Object.entries(step).map(([kind, keys]) =>
      `    ${kind} {\n${linesOf(keys as JsonObject)}\n    }`
    )
  );
  return ["  transform {", ...lines, "  }"];
}

function linesOf(keys: JsonObject): string {
  return Object.entries(keys)
    .map(([key, value]) => `      ${key} = ${expression(value)}`).join("\n");
}

function block(side: string, { provider, config }: Block): string {
  return `  ${side} {\n    provider = ${text(provider)}\n    config {\n` +
    `${linesOf(config)}\n    }\n  }`;
}

function expression(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(expression).join(", ")}]`;
  if (typeof value === "string") return text(value);
  if (!isJsonObject(value)) return JSON.stringify(value);
  if (
    (JSON as unknown as { isRawJSON(v: unknown): boolean }).isRawJSON(value)
  ) {
    return JSON.stringify(value);
  }
  const entries = Object.entries(value as JsonObject)
    .map(([key, each]) => `${text(key)} = ${expression(each)}`);
  return `{ ${entries.join(", ")} }`;
}

/** Nothing in it is a template, of HCL or of Go. */
function text(value: string): string {
  return JSON.stringify(value).replaceAll("${", () => "$${").replaceAll(
    "%{",
    () => "%%{",
  )
    .replaceAll("{{", "\\u007b\\u007b");
}
