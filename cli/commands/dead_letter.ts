/**
 * `dstream dead-letter`: what outputs have rejected.
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import type { TaskLetters } from "../../core/project/mod.ts";
import type { Context } from "../context.ts";
import * as deadLetters from "../tasks/dead_letters.ts";
import { confirmByName } from "../terminal/confirm.ts";
import { jsonFlag, readCount, yesFlag } from "../flags.ts";
import { openProject } from "../project.ts";

const HELP = `
What an output rejects is kept where the task's dead_letter block says; these
commands are for blocks with the provider file.

Examples:
  dstream dead-letter list orders
  dstream dead-letter show orders --max 3
  dstream dead-letter replay orders        send them to the output again
  dstream dead-letter clear orders         remove them all`;

const REPLAY_HELP = `
Each letter goes, as it was, to the output that rejected it. What is delivered is
removed; what is rejected again stays, with its new reason. The task must not run
at the same time. If a replay is killed no letter is lost; some may be delivered
twice by the next.

Exit status: 0 no letter is left, 3 letters are left (rejected again, or beyond
--max), 1 some could not be sent, 130 or 143 stopped by Ctrl+C or SIGTERM.`;

const CLEAR_HELP = `
What is removed is gone: look at it first, with \`dstream dead-letter list\`. A run
or a replay of the task must not be at work.`;

const CLEARING = { verb: "clear", done: "removed" };
const DEFAULT_SHOWN = 10;

/** list, show, replay, clear. */
export function define(context: Context) {
  return new Command("dead-letter")
    .description("Look at what outputs have rejected, and send it again.")
    .usage("[options] <command>")
    .addCommand(defineList(context))
    .addCommand(defineShow(context))
    .addCommand(defineReplay(context))
    .addCommand(defineClear(context))
    .addHelpText("after", HELP);
}

function defineList(context: Context) {
  return new Command("list")
    .summary("count dead letters by output, code and reason")
    .description(
      "Count a task's dead letters by output, code and reason; without a task, " +
        "those of all tasks.",
    )
    .argument("[task]", "name of a task")
    .addOption(jsonFlag)
    .action(async (name, { json = false }) => {
      if (name !== undefined) {
        const project = await openProject(context, { tasks: [name] });
        return await deadLetters.list(name, project, json, context);
      }
      const project = await openProject(context);
      await deadLetters.listTasks(project, json, context);
    });
}

function defineShow(context: Context) {
  return new Command("show")
    .summary("print a task's dead letters")
    .description("Print a task's dead letters, the oldest first.")
    .argument("<task>", "name of a task")
    .option(
      "--max <count>",
      `so many of them (default: ${DEFAULT_SHOWN}, all with --json)`,
      (text) => readCount("--max", text),
    )
    .option("--json", "print JSON Lines, as they are in the file")
    .action(async (name, { max, json: isJson = false }) => {
      const usual = isJson ? Infinity : DEFAULT_SHOWN;
      const options = { max: max ?? usual, isJson };
      await deadLetters.show(await open(name, context), options, context);
    });
}

function defineReplay(context: Context) {
  return new Command("replay")
    .summary("send a task's dead letters to its output again")
    .description("Send a task's dead letters to its output again.")
    .argument("<task>", "name of a task")
    .option(
      "--max <count>",
      "send so many of them, the oldest first",
      (text) => readCount("--max", text),
    )
    .addHelpText("after", REPLAY_HELP)
    .action(async (name, { max }) => {
      const { replay } = await import("../tasks/replay.ts");
      context.exitCode = await replay(name, max, context);
    });
}

function defineClear(context: Context) {
  return new Command("clear")
    .summary("remove a task's dead letters")
    .description("Remove all dead letters of a task.")
    .argument("<task>", "name of a task")
    .addOption(yesFlag)
    .addHelpText("after", CLEAR_HELP)
    .action(async (name, { yes = false }) => {
      const letters = await open(name, context);
      if (!yes) {
        const what = `This removes the dead letters of task "${name}".`;
        await confirmByName(name, what, CLEARING, context);
      }
      await deadLetters.clear(letters, context);
    });
}

/** The file's path may depend on anything the task depends on. */
async function open(name: string, context: Context): Promise<TaskLetters> {
  const project = await openProject(context, { tasks: [name] });
  return await project.deadLetters.open(name);
}
