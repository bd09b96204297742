/**
 * `dstream state`: the places where tasks' inputs go on from.
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import type { Project } from "../../core/project/mod.ts";
import type { Context } from "../context.ts";
import { jsonFlag } from "../flags.ts";
import { openProject } from "../project.ts";
import * as states from "../tasks/states.ts";

const HELP = `
An input that keeps its place with dstream (rather than in its source) goes on
from there at the next run. States lie in .dstream/state beside the
configuration, unless the task says otherwise.

Examples:
  dstream state view copy-orders
  dstream state clear copy-orders          start from the beginning next time`;

/** list, view, set, clear. */
export function define(context: Context) {
  return new Command("state")
    .description("Show or change the places where inputs go on from.")
    .usage("[options] <command>")
    .addCommand(defineList(context))
    .addCommand(defineView(context))
    .addCommand(defineSet(context))
    .addCommand(defineClear(context))
    .addHelpText("after", HELP);
}

function defineList(context: Context) {
  return new Command("list")
    .summary("list the tasks that have a state")
    .description("List the tasks that have a state.")
    .addOption(jsonFlag)
    .action(async ({ json = false }) => {
      await states.list(await openProject(context), json, context);
    });
}

function defineView(context: Context) {
  return new Command("view")
    .summary("print a task's state as JSON")
    .description("Print a task's state as JSON, by input.")
    .argument("<task>", "name of a task")
    .addOption(jsonFlag)
    .action(async (name, { json = false }) => {
      await states.view(name, json, await open(name, context), context);
    });
}

function defineSet(context: Context) {
  return new Command("set")
    .summary("store a state as if the input had said it")
    .description("Store a state as if the input had said it.")
    .argument("<task>", "name of a task")
    .argument("<state>", "any JSON value")
    .option("--input <label>", "which input, where the task has several")
    .action(async (name, text, { input }) => {
      await states.set(name, text, input, await open(name, context), context);
    });
}

function defineClear(context: Context) {
  return new Command("clear")
    .summary("forget a task's state: it starts from the beginning")
    .description(
      "Forget a task's state: its next run starts from the beginning.",
    )
    .argument("<task>", "name of a task")
    .action(async (name) => {
      await states.clear(name, await open(name, context), context);
    });
}

/** The path of the states may depend on anything the task depends on. */
function open(name: string, context: Context): Promise<Project> {
  return openProject(context, { tasks: [name] });
}
