/**
 * Running as somebody who isn't root: database servers refuse root.
 *
 * @module
 */

import { join } from "node:path";
import { runTool } from "../tools.ts";

/** A user of this machine. */
export interface Unprivileged {
  readonly uid: number;
  readonly gid: number;
  /** Stands before the command; the process keeps its id. */
  readonly prefix: readonly string[];
}

/** @returns The first of these users that exists; `undefined` if we aren't root. */
export function unprivileged(
  ...names: readonly string[]
): Unprivileged | undefined {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return undefined;
  const users = Deno.readTextFileSync("/etc/passwd").split("\n")
    .map((line) => line.split(":"));
  const user = names.map((name) => users.find(([first]) => first === name))
    .find((found) => found !== undefined);
  if (user === undefined) throw new Error(`no user ${names.join(" or ")}`);
  const [, , uid, gid] = user;
  const prefix = ["setpriv", `--reuid=${uid}`, `--regid=${gid}`];
  return {
    uid: Number(uid),
    gid: Number(gid),
    prefix: [...prefix, "--clear-groups", "--"],
  };
}

/** Gives a folder and all in it away. */
export async function chownAll(
  path: string,
  owner: Unprivileged,
): Promise<void> {
  await Deno.chown(path, owner.uid, owner.gid);
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    const inner = join(path, name);
    if (isDirectory) await chownAll(inner, owner);
    else await Deno.chown(inner, owner.uid, owner.gid);
  }
}

/** Runs a program as somebody else. @throws With what it said, unless it went well. */
export async function runAs(
  owner: Unprivileged | undefined,
  program: string,
  args: readonly string[],
  cwd: string,
): Promise<void> {
  const [first, ...rest] = [...owner?.prefix ?? [], program, ...args];
  await runTool(first, rest, { cwd });
}
