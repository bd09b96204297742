/**
 * The dead letters of a task, where the file output keeps them.
 *
 * @module
 */

import { resolve } from "node:path";
import type { Configuration, ProviderBlock, Task } from "../config/task.ts";
import { DstreamError } from "../base/errors.ts";
import { LetterFile, LetterGroups } from "../dead_letter/mod.ts";

/** Room beside the line for what a letter adds to it. */
const ADDED_BYTES = 1024 * 1024;

/** One task and its dead letters. */
export interface TaskLetters {
  readonly task: Task;
  readonly file: LetterFile;
}

/** @throws {DstreamError} They are nowhere where we could read them. */
export function openLetters(
  task: Task,
  { folder }: Configuration,
): TaskLetters {
  const path = resolve(folder, readablePath(task));
  const maxLineBytes = 2 * task.maxLineBytes + ADDED_BYTES;
  return { task, file: new LetterFile(path, maxLineBytes) };
}

/** Whether {@link openLetters} would do. */
export function hasLetterFile(task: Task): boolean {
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
export async function countLetters(
  { file }: TaskLetters,
): Promise<LetterGroups> {
  const groups = new LetterGroups();
  for await (const line of file.letters()) groups.add(line);
  return groups;
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
