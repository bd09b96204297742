/**
 * Looks at the dead letters of a task and removes them, where the file output keeps them.
 *
 * @module
 */

import { LetterGroups, type LetterLine } from "../../core/dead_letter/mod.ts";
import type { Project, TaskLetters } from "../../core/project/mod.ts";
import type { Context } from "../context.ts";
import { formatTable } from "../views/table.ts";
import { formatCount, plural, visible } from "../views/units.ts";

/** The rows of a table that a person reads. */
const SHOWN_GROUPS = 20;
/** Prints a line for each task that has dead letters in a file. */
export async function listTasks(
  project: Project,
  isJson: boolean,
  context: Context,
): Promise<void> {
  const rows = [];
  for (const letters of await project.deadLetters.openAll()) {
    const groups = await project.deadLetters.count(letters.task.name);
    const { span, count: total } = groups;
    rows.push({
      task: letters.task.name,
      path: letters.file.path,
      count: total,
      first: span?.first,
      last: span?.last,
    });
  }
  if (isJson) return await context.printJson(rows);
  if (rows.length === 0) {
    return context.say("no task keeps dead letters in a file");
  }
  await context.print(formatTable(
    ["TASK", "COUNT", "FIRST", "LAST", "FILE"],
    rows.map(({ task, count, first = "", last = "", path }) => [
      task,
      formatCount(count),
      visible(first),
      visible(last),
      path,
    ]),
  ));
}

/** Prints one task's letters, counted by output, code and reason. */
export async function list(
  name: string,
  project: Project,
  isJson: boolean,
  context: Context,
): Promise<void> {
  const letters = await project.deadLetters.open(name);
  const { task, file } = letters;
  const groups = await project.deadLetters.count(name);
  if (isJson) {
    return await context.printJson({
      task: task.name,
      path: file.path,
      count: groups.count,
      unreadable: groups.unreadable,
      groups: groups.groups,
    });
  }
  if (groups.count > 0) await context.print(tableOf(groups));
  const more = groups.groups.length - SHOWN_GROUPS;
  if (more > 0) {
    context.say(`and ${plural(more, "more reason")}: --json has all`);
  }
  context.say(summary(letters, groups));
}

function tableOf({ groups }: LetterGroups): string {
  return formatTable(
    ["COUNT", "OUTPUT", "CODE", "FIRST", "LAST", "REASON"],
    groups.slice(0, SHOWN_GROUPS).map((group) => [
      formatCount(group.count),
      visible(group.output),
      visible(group.code ?? "-"),
      visible(group.first),
      visible(group.last),
      visible(group.reason),
    ]),
  );
}

function summary(
  { task, file }: TaskLetters,
  { count, unreadable }: LetterGroups,
): string {
  if (count + unreadable === 0) {
    return `task "${task.name}" has no dead letters`;
  }
  const strange = unreadable === 0
    ? ""
    : `, and ${plural(unreadable, "line")} that are none`;
  return `${
    plural(count, "dead letter")
  } of task "${task.name}"${strange} in ${file.path}`;
}

/** Prints letters, the oldest first. */
export async function show(
  letters: TaskLetters,
  { max, isJson }: { readonly max: number; readonly isJson: boolean },
  context: Context,
): Promise<void> {
  let seen = 0;
  for await (const line of letters.file.letters()) {
    if (line.letter === undefined) continue;
    if (++seen > max) continue;
    await context.print(isJson ? textOf(line.bytes) : formatLetter(line, seen));
  }
  if (seen === 0) context.say(summary(letters, new LetterGroups()));
  else if (seen > max && !isJson) {
    context.say(`${formatCount(seen - max)} more: --max ${seen} shows all`);
  }
}

/** Removes them all. */
export async function clear(
  { task, file }: TaskLetters,
  context: Context,
): Promise<void> {
  const count = await file.clear();
  context.say(
    count === 0
      ? `task "${task.name}" has no dead letters`
      : `✅ ${plural(count, "dead letter")} of task "${task.name}" removed`,
  );
}

/** Why, where and when; then the line as the output was sent it. */
function formatLetter({ letter }: LetterLine, number: number): string {
  const { reason, code, at, output, runId, original } = letter!;
  const why = code === undefined ? reason : `${reason} (${code})`;
  return [
    `#${number}  ${visible(why)}`,
    `    ${visible(`${at}  output ${output}  run ${runId}`)}`,
    `    ${visible(textOf(original()))}`,
  ].join("\n");
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
