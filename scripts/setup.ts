/**
 * Brings the servers and tools that tests use: `deno task setup [GROUP…] [--list]`.
 *
 * Without a name, all of them. A group that is there costs nothing, one that can't
 * be had is told and doesn't stop the others. Programs that Go builds, jars and
 * Python's environments lie under .cache; only Debian's packages go elsewhere.
 *
 * @module
 */

import { join } from "node:path";
import { CACHE } from "./setup/folders.ts";
import { type Group, SetupError } from "./setup/group.ts";
import { groups } from "./setup/groups.ts";

/** What was installed last, a file for each group with its version. */
const DONE = join(CACHE, "setup");

/** What became of one group. */
export type Outcome = "there" | "installed" | "failed";

/** Which groups, or why the words name none. */
export function chooseGroups(
  all: readonly Group[],
  names: readonly string[],
): Group[] {
  const unknown = names.find((name) => all.every((one) => one.name !== name));
  if (unknown !== undefined) {
    throw new SetupError(
      `there is no group "${unknown}"; there are ${
        all.map(({ name }) => name).join(", ")
      }`,
    );
  }
  return all.filter(({ name }) => names.length === 0 || names.includes(name));
}

/** Installs a group unless this version of it is there. Never throws. */
export async function setUp(
  group: Group,
  doneFolder: string,
  say: (line: string) => void,
): Promise<Outcome> {
  const doneFile = join(doneFolder, group.name);
  try {
    if (await isDone(group, doneFile)) return "there";
    say(`${group.name}: installing ${group.brings}`);
    await group.install();
    if (!group.isThere()) throw new SetupError("still not there");
    await Deno.writeTextFile(doneFile, group.version ?? "");
    return "installed";
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    say(`${group.name}: ${words}`);
    return "failed";
  }
}

/**
 * Those of one installer after each other, for they share its cache and its lock;
 * Debian's first, for others need its programs.
 *
 * @returns The names of those that failed.
 */
export async function inLanes(
  chosen: readonly Group[],
  doneFolder: string,
  say: (line: string) => void,
): Promise<string[]> {
  const failed: string[] = [];
  const lanes = Map.groupBy(chosen, ({ by }) => by);
  const install = async (lane: readonly Group[] = []) => {
    for (const group of lane) {
      const outcome = await setUp(group, doneFolder, say);
      if (outcome === "failed") failed.push(group.name);
    }
  };
  await install(lanes.get("debian"));
  lanes.delete("debian");
  await Promise.all([...lanes.values()].map(install));
  return failed;
}

async function isDone(group: Group, doneFile: string): Promise<boolean> {
  if (!group.isThere()) return false;
  if (group.version === undefined) return true;
  const version = await Deno.readTextFile(doneFile).catch(() => undefined);
  return version === group.version;
}

/** Two setups at once would build the same twice: the second waits. */
async function alone(): Promise<Disposable> {
  await Deno.mkdir(DONE, { recursive: true });
  const file = await Deno.open(join(DONE, "lock"), {
    write: true,
    create: true,
  });
  await file.lock(true);
  return file;
}

async function setUpAll(names: readonly string[]): Promise<boolean> {
  const chosen = chooseGroups(groups, names);
  using _ = await alone();
  const failed = await inLanes(chosen, DONE, console.error);
  const there = chosen.length - failed.length;
  const rest = failed.length === 0 ? "" : `; failed: ${failed.join(", ")}`;
  console.error(`${there} of ${chosen.length} groups are there${rest}`);
  return failed.length === 0;
}

async function list(): Promise<void> {
  const width = Math.max(...groups.map(({ name }) => name.length));
  for (const group of groups) {
    const mark = await isDone(group, join(DONE, group.name)) ? "x" : " ";
    console.log(`[${mark}] ${group.name.padEnd(width)}  ${group.brings}`);
  }
}

if (import.meta.main) {
  try {
    if (Deno.args.includes("--list")) await list();
    else Deno.exit(await setUpAll(Deno.args) ? 0 : 1);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    Deno.exit(2);
  }
}
