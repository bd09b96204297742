/**
 * JSON files that users keep: read whole, and replaced whole.
 *
 * @module
 */

import { resolve } from "node:path";
import { DstreamError } from "../../core/base/errors.ts";
import { isJsonObject } from "../../core/base/json.ts";
import {
  type Json,
  type JsonObject,
  parseExactJson,
} from "../../core/protocol/mod.ts";

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

/** Written beside and renamed, so that nobody ever sees half of it. */
export async function writeJsonFile(
  path: string,
  value: JsonObject,
  cwd: string,
): Promise<void> {
  const target = resolve(cwd, path);
  const beside = `${target}.${Deno.pid}.tmp`;
  try {
    const file = await Deno.open(beside, {
      write: true,
      create: true,
      truncate: true,
    });
    try {
      const bytes = new TextEncoder().encode(JSON.stringify(value, null, 2));
      for (let sent = 0; sent < bytes.length;) {
        sent += await file.write(bytes.subarray(sent));
      }
      await file.sync();
    } finally {
      file.close();
    }
    await Deno.rename(beside, target);
  } catch (cause) {
    await Deno.remove(beside).catch(() => {});
    throw new DstreamError(
      "singer.file_unwritable",
      `cannot write "${path}": ${reasonOf(cause)}`,
      { cause },
    );
  }
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
