/**
 * JSON files that users keep: read whole, and replaced whole.
 *
 * @module
 */

import { resolve } from "node:path";
import { DstreamError } from "../../core/base/errors.ts";
import { fileTrouble } from "../../core/base/file_trouble.ts";
import { isJsonObject } from "../../core/base/json.ts";
import { writeWholeFile } from "../../core/base/whole_file.ts";
import {
  type Json,
  type JsonObject,
  parseExactJson,
} from "../../core/protocol/mod.ts";

/** A state says what was read; only its user is to read it. */
const OWNER_ONLY = 0o600;

/** A value of ours that may be changed. */
export type Mutable = { [key: string]: Json };

/**
 * The object in a file.
 * @param what "the tap config", for the error.
 * @returns `undefined` where there is no file.
 */
export async function readJsonFile(
  path: string,
  what: string,
  cwd: string,
): Promise<Mutable | undefined> {
  let text: string;
  try {
    text = await Deno.readTextFile(resolve(cwd, path));
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw unreadable(path, what, reasonOf(cause), cause);
  }
  let value: Json;
  try {
    value = parseExactJson(text);
  } catch (cause) {
    throw unreadable(path, what, reasonOf(cause), cause);
  }
  if (isJsonObject(value)) return value as Mutable;
  throw unreadable(path, what, "it is no JSON object");
}

/** The same, of a file that must be there. */
export async function requireJsonFile(
  path: string,
  what: string,
  cwd: string,
): Promise<Mutable> {
  const value = await readJsonFile(path, what, cwd);
  if (value !== undefined) return value;
  throw unreadable(path, what, "there is no such file");
}

/**
 * Written beside and renamed, so that nobody ever sees half of it. A new one is the
 * user's own; a link stays a link.
 * @throws {DstreamError} Names the path and what to do.
 */
export async function writeJsonFile(
  path: string,
  value: JsonObject,
  cwd: string,
): Promise<void> {
  const target = resolve(cwd, path);
  const mode = await modeOf(target);
  const text = JSON.stringify(value, null, 2);
  try {
    await writeWholeFile(target, text, { mode, isShared: true });
  } catch (cause) {
    throw unwritable(cause, path);
  }
}

/** Who may read a file that is there goes on reading it. */
async function modeOf(path: string): Promise<number> {
  const info = await Deno.stat(path).catch(() => undefined);
  return (info?.mode ?? OWNER_ONLY) & 0o777;
}

/** What the file system said, for people. */
export function unwritable(cause: unknown, path: string): DstreamError {
  const { what, hint } = fileTrouble(cause, path, "another file");
  const message = `cannot write ${what}`;
  return new DstreamError("singer.file_unwritable", message, { hint, cause });
}

function unreadable(path: string, what: string, why: string, cause?: unknown) {
  return new DstreamError(
    "singer.file_unreadable",
    `cannot read ${what} "${path}": ${why}`,
    { cause },
  );
}

function reasonOf(cause: unknown): string {
  if (cause instanceof SyntaxError) return "it is not JSON";
  return cause instanceof Error ? cause.message : String(cause);
}
