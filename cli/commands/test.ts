/**
 * `dstream test`
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";
import { jsonFlag } from "../flags.ts";

const HELP = `
A test gives a task envelopes and says what its outputs get, what becomes a dead
letter and what is filtered. The task's own transforms are run, and those of its
outputs; no provider is started, nothing is delivered.

Without FILES: those beside the configuration that end with .dstream-test.hcl.

  test "big orders go to archive" {
    task = "orders"
    given {
      records = [{ id = 1, amount = 500 }, { id = 2, amount = 3 }]
    }
    expect {
      output "archive" {
        records = [{ id = 1, amount = 500 }]
      }
    }
  }

Exit status: 0 all pass, 1 one doesn't, 2 the tests or the configuration are wrong.
docs/testing.md has every key.

Examples:
  dstream test
  dstream test orders.dstream-test.hcl --only "big orders"
  dstream test --watch
  dstream test --junit results.xml`;

/** Prints while it runs. */
export function define(context: Context) {
  return new Command("test")
    .description("Try tasks on given envelopes, without providers.")
    .argument("[files...]", "files with tests")
    .option("--only <text>", "tests with this in their name alone")
    .option("--junit <file>", "write the results as JUnit XML too")
    .option("-w, --watch", "run them again whenever a file changes")
    .addOption(jsonFlag)
    .addHelpText("after", HELP)
    .action(async (files, { only, junit, watch, json }) => {
      const { testTasks } = await import("../tasks/task_tests.ts");
      const isJson = json === true;
      const wishes = { files, only, junit, isJson, isWatching: watch === true };
      context.exitCode = await testTasks(wishes, context);
    });
}
