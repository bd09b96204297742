import type { JsonObject } from "@dstream/sdk";
import { assert } from "../../../tests/support/assert.ts";
import { beginsAnew } from "./begins_anew.ts";

/** A target, its settings, and whether they are refused. */
const CASES: Readonly<Record<string, readonly [string, JsonObject, boolean]>> =
  {
    "a file of a fixed name": [
      "target-csv",
      { file_naming_scheme: "{stream_name}.csv" },
      true,
    ],
    "the name that is left out is fixed": ["target-csv", {}, true],
    "what doesn't help": [
      "/opt/bin/target-csv",
      { overwrite_behavior: "append_records" },
      true,
    ],
    "a file for each start": [
      "target-csv",
      { file_naming_scheme: "{stream_name}-{timestamp}.csv" },
      false,
    ],
    "tables that are emptied": [
      "target-snowflake",
      { load_method: "overwrite" },
      true,
    ],
    "tables that are kept": [
      "target-snowflake",
      { load_method: "upsert" },
      false,
    ],
    "a target that appends": ["target-jsonl", {}, false],
  };

for (const [name, [target, settings, isRefused]] of Object.entries(CASES)) {
  Deno.test(`singer output: a target that begins anew: ${name}`, () => {
    assert.equal(beginsAnew([target], settings) !== undefined, isRefused);
  });
}
