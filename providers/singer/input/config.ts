/**
 * The keys of `input { provider = "singer" config { … } }`.
 *
 * @module
 */

import {
  boolean,
  type Config,
  type ConfigProblem,
  duration,
  list,
  map,
  object,
  oneOf,
  string,
} from "@dstream/sdk";
import { program, programConfig } from "../fields.ts";
import { parseSchedule } from "./schedule.ts";

/** The keys, for the parser, the types and the reference page. */
export const config = {
  tap: program(
    "The tap: its name on PATH, its path, or the words of a command",
    "tap-jsonl",
  ),
  args: list(string({ doc: "An argument", minLength: 0 }), {
    doc: "Further arguments of the tap",
    default: [],
  }),
  tapConfig: programConfig(
    "tap",
    "The tap's own settings, or the path of its JSON file; of a file, changes " +
      "by the tap (new tokens) stay",
  ),
  catalog: string({
    doc: "A catalog as a JSON file; left out, the tap is asked (--discover)",
    optional: true,
    example: "catalog.json",
  }),
  select: list(string({ doc: "A pattern" }), {
    doc:
      "Which streams and fields: patterns of stream or stream.field with *, " +
      "with ! what is left out; left out, what the catalog selects",
    optional: true,
    minItems: 1,
    example: ["public-orders", "!*.password"],
  }),
  replication: map(
    object({
      method: oneOf(["FULL_TABLE", "INCREMENTAL", "LOG_BASED"], {
        doc: "How the tap reads the stream",
      }),
      key: string({
        doc: "The field that grows; needed by INCREMENTAL",
        optional: true,
      }),
    }, { doc: "Of the streams under this pattern" }),
    {
      doc: "How streams are read, by patterns of their names; left out, what " +
        "the catalog says",
      optional: true,
      example: {
        "public-orders": { method: "INCREMENTAL", key: "updated_at" },
      },
    },
  ),
  interval: duration({
    doc: "Run the tap again so long after its end; left out, once",
    optional: true,
    example: "5m",
  }),
  schedule: string({
    doc:
      "Run the tap at these times: five fields as in a crontab, in local time",
    optional: true,
    example: "0 * * * *",
  }),
  nonFinite: oneOf(["null", "fail"], {
    doc: "What becomes of NaN and Infinity, which are no JSON: null with a " +
      "warning, or the end of the task",
    default: "null",
  }),
  activateVersion: boolean({
    doc: "Pass on ACTIVATE_VERSION, by which targets remove older rows; only " +
      "the output singer knows it",
    default: false,
  }),
};

/** What the parser yields. */
export type SingerInputConfig = Config<typeof config>;

/** Mistakes that no single key can see. */
export function* check(values: SingerInputConfig): Generator<ConfigProblem> {
  const { interval, schedule, replication = {} } = values;
  if (interval !== undefined && schedule !== undefined) {
    yield {
      path: "config.schedule",
      message: "schedule and interval can't both be there",
      hint: "keep one of them",
    };
  }
  if (schedule !== undefined) {
    const parsed = parseSchedule(schedule);
    if ("problem" in parsed) {
      yield { path: "config.schedule", message: `schedule ${parsed.problem}` };
    }
  }
  for (const [pattern, { method, key }] of Object.entries(replication)) {
    if (method !== "INCREMENTAL" || key !== undefined) continue;
    yield {
      path: `config.replication[${JSON.stringify(pattern)}]`,
      message: `replication of ${JSON.stringify(pattern)} is INCREMENTAL and ` +
        "names no key",
      hint: 'add key = "updated_at", the field that grows',
    };
  }
}
