/**
 * Looks at the dead letters of a task, where the file output keeps them.
 *
 * @module
 */

import { resolve } from "node:path";
import type {
  Configuration,
  ProviderBlock,
  Task,
} from "../../core/config/task.ts";
import {
  LetterFile,
  LetterGroups,
  type LetterLine,
} from "../../core/dead_letter/mod.ts";
import { DstreamError } from "../../core/base/errors.ts";
import type { Context } from "../context.ts";
import { formatTable } from "../views/table.ts";
import { formatCount, plural, visible } from "../views/units.ts";

/** The rows of a table that a person reads. */
const SHOWN_GROUPS = 20;
/** Room beside the line for what a letter adds to it. */
const ADDED_BYTES = 1024 * 1024;

/** One task and its dead letters. */
export interface TaskLetters {
  readonly task: Task;
  readonly file: LetterFile;
}

/** @throws {DstreamError} They are nowhere where we could read them. */
export function open(task: Task, { folder }: Configuration): TaskLetters {
  const path = resolve(folder, readablePath(task));
  const maxLineBytes = 2 * task.maxLineBytes + ADDED_BYTES;
  return { task, file: new LetterFile(path, maxLineBytes) };
}

/** Whether {@link open} would do. */
export function isReadable(task: Task): boolean {
  try {
    return readablePath(task) !== "";
  } catch {
    return false;
  }
}

function readablePath(task: Task): string {
  const { deadLetter: block } = task;
  if (block === undefined) throw missing(task);
  if (block.source.kind !== "builtin" || block.source.name !== "file") {
    throw elsewhere(task, block);
  }
  const { path, compression } = JSON.parse(block.config.json());
  const isPacked = compression === undefined || compression === null
    ? /\.gz$/i.test(path)
    : compression !== "none";
  if (isPacked) throw notPlain(block, "a compressed file");
  if (/\{[^{}]*\}/.test(path)) throw notPlain(block, "files of several names");
  return path;
}

/** How many, of which kind and since when. */
export async function count({ file }: TaskLetters): Promise<LetterGroups> {
  const groups = new LetterGroups();
  for await (const line of file.letters()) groups.add(line);
  return groups;
}

/** Prints a line for each task that has dead letters in a file. */
export async function listTasks(
  all: readonly TaskLetters[],
  isJson: boolean,
  context: Context,
): Promise<void> {
  const rows = [];
  for (const letters of all) {
    const groups = await count(letters);
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
  letters: TaskLetters,
  isJson: boolean,
  context: Context,
): Promise<void> {
  const { task, file } = letters;
  const groups = await count(letters);
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

function missing(task: Task): DstreamError {
  return new DstreamError(
    "config.dead_letter_missing",
    `task "${task.name}" has no dead_letter block`,
    {
      at: task.at,
      hint: 'add dead_letter { provider = "file" … } to keep what an output ' +
        "rejects",
    },
  );
}

function elsewhere(task: Task, block: ProviderBlock): DstreamError {
  return new DstreamError(
    "config.dead_letter_elsewhere",
    `the dead letters of task "${task.name}" are not in a file of ours`,
    {
      at: block.sourceAt,
      hint:
        "these commands are for dead_letter blocks with the provider file; " +
        "look at others with the tools of their system",
    },
  );
}

function notPlain(block: ProviderBlock, what: string): DstreamError {
  return new DstreamError(
    "config.dead_letter_unreadable",
    `dead letters in ${what} can't be listed, shown or replayed`,
    {
      at: block.config.locate("path") ?? block.at,
      hint: 'one plain file can, for example path = "dead.jsonl"',
    },
  );
}
