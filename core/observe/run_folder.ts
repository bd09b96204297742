/**
 * Where runs on this machine say what they do, and who may read that.
 *
 * One folder for each user, which nobody else can open. The first of the
 * candidates that can be used is written to; readers look into all of them, for a
 * run under systemd and one in a terminal may not have the same environment.
 *
 * @module
 */

import { join } from "node:path";

/** What the choice depends on. */
export interface UserEnvironment {
  readonly os: string;
  readonly env: Readonly<Record<string, string>>;
  /** The user's number, where the system has such. */
  readonly uid: number | null;
}

/** The user this process runs as. */
export function currentUser(
  os: string,
  env: Readonly<Record<string, string>>,
): UserEnvironment {
  return { os, env, uid: Deno.uid() };
}

/** A place for status files. */
export interface RunFolder {
  readonly path: string;
  /** Must be there already: the system makes it when the user logs in. */
  readonly parent: string;
  /** Whether we make the parent when it is missing. */
  readonly makesParent: boolean;
}

/** Best first; none when not even the home folder is known. */
export function runFolders(user: UserEnvironment): RunFolder[] {
  const { env } = user;
  if (user.os === "windows") return below(env.LOCALAPPDATA);
  if (user.os === "darwin") {
    return below(env.HOME && join(env.HOME, "Library", "Application Support"));
  }
  const state = env.XDG_STATE_HOME ||
    (env.HOME && join(env.HOME, ".local", "state"));
  return [...new Set([env.XDG_RUNTIME_DIR, sessionFolder(user)])]
    .filter((parent) => parent !== undefined && parent !== "")
    .map((parent) => ({
      path: join(parent!, "dstream"),
      parent: parent!,
      makesParent: false,
    }))
    .concat(below(state));
}

/** What XDG_RUNTIME_DIR is in a session; a service may lack the variable. */
function sessionFolder({ env, uid }: UserEnvironment): string | undefined {
  // Without a home there is no user whose session it could be.
  return uid === null || !env.HOME ? undefined : `/run/user/${uid}`;
}

function below(parent: string | undefined): RunFolder[] {
  if (!parent) return [];
  const path = join(parent, "dstream", "run");
  return [{ path, parent, makesParent: true }];
}

/**
 * Makes the first folder that can be made, closed to others.
 * @returns Its path, or `undefined` when there is none.
 */
export async function openRunFolder(
  user: UserEnvironment,
): Promise<string | undefined> {
  for (const { path, parent, makesParent } of runFolders(user)) {
    try {
      if (!makesParent) await Deno.stat(parent);
      await Deno.mkdir(path, { recursive: true, mode: 0o700 });
      if (await isOurs(path, user)) return path;
    } catch {
      // Read-only, or not ours: the next one perhaps.
    }
  }
}

/** Whether only this user can open it; one left open is closed. */
async function isOurs(path: string, user: UserEnvironment): Promise<boolean> {
  if (user.os === "windows") return true; // %LOCALAPPDATA% is closed to others
  const { isDirectory, isSymlink, uid, mode } = await Deno.lstat(path);
  if (!isDirectory || isSymlink) return false;
  if (user.uid !== null && uid !== user.uid) return false;
  if (mode !== null && (mode & 0o077) !== 0) await Deno.chmod(path, 0o700);
  return true;
}
