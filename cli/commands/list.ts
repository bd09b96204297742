/**
 * `dstream list`
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import type {
  ProviderBlock,
  ProviderSource,
  Task,
} from "../../core/config/task.ts";
import { shownPath } from "../../core/install/shown_path.ts";
import { openProject } from "../project.ts";
import type { Context } from "../context.ts";
import { jsonFlag } from "../flags.ts";
import { formatTable } from "../views/table.ts";

/** Unset environment variables don't matter here: nothing is run. */
export function define(context: Context) {
  return new Command("list")
    .description("List the tasks of the configuration.")
    .addOption(jsonFlag)
    .action(async (options) => {
      const { configuration, tasks } = await openProject(context, {
        allowMissingEnv: true,
      });
      const rows = tasks.map((task) => toRow(task, configuration.folder));
      if (options.json) return await context.printJson(rows);
      if (rows.length === 0) {
        return context.say(`no tasks in ${configuration.files.join(", ")}`);
      }
      await context.print(formatTable(
        ["TASK", "INPUT", "OUTPUT", "DESCRIPTION"],
        rows.map((r) => [r.name, r.input, r.output, r.description ?? ""]),
      ));
    });
}

function toRow(task: Task, folder: string) {
  const text = ({ label, source }: ProviderBlock) => {
    const provider = sourceText(source, folder);
    return label === undefined ? provider : `${label} (${provider})`;
  };
  const plugin = task.plugin && sourceText(task.plugin.source, folder);
  return {
    name: task.name,
    input: task.inputs.map(text).join(", ") || (plugin ?? ""),
    output: task.outputs.map(text).join(", ") || (plugin ?? ""),
    description: task.description,
  };
}

function sourceText(source: ProviderSource, folder: string): string {
  switch (source.kind) {
    case "builtin":
      return source.name;
    case "path":
      return shownPath(source.path, folder);
    case "reference":
      return source.reference;
  }
}
