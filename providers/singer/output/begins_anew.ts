/**
 * Targets that throw away what is there whenever they start.
 *
 * One `tap | target` of a shell starts its target once. Here a target is started
 * again after each cycle and each death, so of such a one only the last part of the
 * rows would be left. That is refused before anything is written.
 *
 * @module
 */

import type { ConfigProblem, JsonObject } from "@dstream/sdk";
import type { Program } from "../fields.ts";
import { nameOf } from "../singer_process.ts";

type Finding = Omit<ConfigProblem, "path">;

/** @returns What is wrong with a target's own settings; nothing for most. */
export function beginsAnew(
  target: Program,
  settings: JsonObject,
): Finding | undefined {
  const name = nameOf(target).replace(/\\.exe$/i, "");
  const what =
    `${name} begins anew whenever it starts, and dstream starts it ` +
    "more than once: what it wrote before would be gone";
  // A setting of Meltano's SDK, and so of most targets of databases.
  if (settings.load_method === "overwrite") {
    return {
      message: what,
      hint: 'load_method = "upsert" keeps what is there',
    };
  }
  const { file_naming_scheme: scheme } = settings;
  const isOneFile = typeof scheme !== "string" ||
    !scheme.includes("{timestamp}");
  // Whatever its overwrite_behavior says.
  if (name !== "target-csv" || !isOneFile) return undefined;
  const hint = 'file_naming_scheme = "{stream_name}-{timestamp}.csv" with ' +
    'timestamp_format = "%Y%m%dT%H%M%S-%f" gives each start a file of its own';
  return { message: what, hint };
}
