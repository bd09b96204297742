/**
 * Status files: one for each running dstream, named by its process id.
 *
 * Written beside and renamed, so that nobody reads half of one. A process that
 * was killed leaves its file; whoever reads next removes it.
 *
 * @module
 */

import { join } from "node:path";
import process from "node:process";
import {
  openRunFolder,
  runFolders,
  type UserEnvironment,
} from "./run_folder.ts";
import { parseRunStatus, type RunStatus } from "./run_status.ts";

/** More than anybody runs; what is beyond is not read. */
const MAX_FILES = 1000;
const MAX_FILE_BYTES = 1024 * 1024;

/**
 * A process that was stopped by hand for longer has, more likely, given its
 * number to another. If it wakes up, it writes its file again.
 */
const FORGOTTEN_MS = 60 * 60 * 1000;

/** Where a run writes its status. */
export class StatusFile implements AsyncDisposable {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** @returns `undefined` when there is no folder for it. */
  static async open(
    user: UserEnvironment,
    pid: number,
  ): Promise<StatusFile | undefined> {
    const folder = await openRunFolder(user);
    if (folder === undefined) return undefined;
    return new StatusFile(join(folder, `${pid}.json`));
  }

  /** Replaces what it said before. */
  async write(status: RunStatus): Promise<void> {
    const beside = `${this.#path}.tmp`;
    await Deno.writeTextFile(beside, JSON.stringify(status), { mode: 0o600 });
    await Deno.rename(beside, this.#path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await remove(this.#path);
    await remove(`${this.#path}.tmp`);
  }
}

/** What readers need besides the folders. */
export interface ReadOptions {
  readonly user: UserEnvironment;
  /** 1970 in milliseconds. */
  readonly nowMs: number;
  readonly isAlive?: (pid: number) => boolean;
}

/** All runs of this user, oldest first. Files of the dead are removed. */
export async function readRunStatuses(
  { user, nowMs, isAlive = isProcessAlive }: ReadOptions,
): Promise<RunStatus[]> {
  const found: RunStatus[] = [];
  for (const { path } of runFolders(user)) {
    for (const name of await listFolder(path)) {
      const file = join(path, name);
      const pid = Number(/^(\d+)\.json(\.tmp)?$/.exec(name)?.[1]);
      if (Number.isNaN(pid)) continue;
      if (!isAlive(pid)) await remove(file);
      else if (name.endsWith(".json")) {
        const status = await readStatus(file);
        if (status === undefined || status.pid !== pid) continue;
        const ageMs = nowMs - Date.parse(status.updated_at);
        if (ageMs > FORGOTTEN_MS) await remove(file);
        else found.push(status);
      }
    }
  }
  return found.sort((a, b) =>
    a.started_at < b.started_at ? -1 : Number(a.started_at > b.started_at)
  );
}

async function listFolder(path: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(path)) {
      if (isFile) names.push(name);
      if (names.length >= MAX_FILES) break;
    }
  } catch {
    // Nothing has run here yet.
  }
  return names;
}

async function readStatus(file: string): Promise<RunStatus | undefined> {
  try {
    if ((await Deno.stat(file)).size > MAX_FILE_BYTES) return undefined;
    return parseRunStatus(await Deno.readTextFile(file));
  } catch {
    return undefined; // it ended between the two
  }
}

/** Also another user's process lives. */
export function isProcessAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as { code?: string }).code === "EPERM";
  }
}

async function remove(path: string): Promise<void> {
  await Deno.remove(path).catch(() => {});
}
