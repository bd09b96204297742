/**
 * The keys of `output { provider = "singer" config { … } }`.
 *
 * @module
 */

import {
  boolean,
  type Config,
  type ConfigProblem,
  duration,
  type HoldLimits,
  integer,
  list,
  oneOf,
  size,
  string,
} from "@dstream/sdk";
import { checkTemplates } from "@dstream/sdk/service";
import { program, programConfig } from "../fields.ts";
import { STDOUT } from "./any_target.ts";
import { beginsAnew } from "./begins_anew.ts";

/** The keys, for the parser, the types and the reference page. */
export const config = {
  target: program(
    "The target: its name on PATH, its path, or the words of a command; - " +
      "writes messages to stdout instead, for the next program of a pipe",
    "target-jsonl",
  ),
  args: list(string({ doc: "An argument", minLength: 0 }), {
    doc: "Further arguments of the target",
    default: [],
  }),
  targetConfig: programConfig(
    "target",
    "The target's own settings, or the path of its JSON file",
  ),
  flushInterval: duration({
    doc: "How long a record waits at most until the target is closed, which " +
      "makes everything durable, and started anew",
    default: "1m",
    min: 1000,
    max: 86_400_000,
  }),
  flushEnvelopes: integer({
    doc: "After how many records at most it is closed and started anew",
    default: 100_000,
    min: 1,
    max: 10_000_000,
  }),
  flushBytes: size({
    doc: "After how many bytes at most",
    default: "64MiB",
    min: 1024,
  }),
  ack: oneOf(["echo", "exit"], {
    doc:
      "What counts as durable: a state that the target gives back, and its " +
      "end; or its end alone, for a target that gives states back too early",
    default: "echo",
  }),
  validate: boolean({
    doc:
      "Check records against their schema and reject those that don't fit: " +
      "one of them would end the target",
    default: true,
  }),
  stream: string({
    doc: "The stream's name, with expressions such as {metadata.table}; left " +
      "out, the table, and in a task's name for what has none",
    optional: true,
    example: "shop-{metadata.table}",
  }),
  keyProperties: list(string({ doc: "A field" }), {
    doc: "The key of streams whose input names none",
    optional: true,
    example: ["id"],
  }),
  schema: string({
    doc:
      "The schema of streams whose input sends none: infer makes one of the " +
      "records; else a JSON file with a schema, or with one for each stream",
    optional: true,
    example: "infer",
  }),
  activateVersion: boolean({
    doc: "Write ACTIVATE_VERSION, of taps and for truncated tables: targets " +
      "remove older rows then",
    default: false,
  }),
};

/** What the parser yields. */
export type SingerOutputConfig = Config<typeof config>;

/** Mistakes that no single key can see. */
export function* check(
  { stream, target, targetConfig }: SingerOutputConfig,
): Generator<ConfigProblem> {
  yield* checkTemplates({ stream });
  if (targetConfig?.kind === "file") return;
  const found = beginsAnew(target, targetConfig?.values ?? {});
  if (found !== undefined) yield { path: "config.target_config", ...found };
}

/** How much is kept until the target is closed. */
export function holdOf(config: SingerOutputConfig): HoldLimits | undefined {
  if (config.target[0] === STDOUT) return undefined;
  return {
    bytes: config.flushBytes,
    envelopes: config.flushEnvelopes,
    delayMs: config.flushInterval,
  };
}
