/**
 * Packages of Debian and its relatives.
 *
 * No service is left running: tests start servers of their own.
 *
 * @module
 */

import { type Group, SetupError } from "./group.ts";
import { findProgram, run } from "./programs.ts";

/** Asked by every package that would start its service; 101 says no. */
const POLICY_FILE = "/usr/sbin/policy-rc.d";
const POLICY = "#!/bin/sh\nexit 101\n";

/** What to install, and how one sees that it is there. */
export interface DebianGroup {
  readonly name: string;
  readonly brings: string;
  readonly packages: readonly string[];
  readonly isThere: () => boolean;
}

/** @returns A group whose packages come from apt-get. */
export function debianGroup(group: DebianGroup): Group {
  return {
    name: group.name,
    by: "debian",
    brings: group.brings,
    isThere: group.isThere,
    install: () => installPackages(group.packages),
  };
}

/** @returns A test for programs that must all be on PATH. */
export function onPath(...names: readonly string[]): () => boolean {
  return () => names.every((name) => findProgram(name) !== undefined);
}

async function installPackages(packages: readonly string[]): Promise<void> {
  if (findProgram("apt-get") === undefined) {
    throw new SetupError(
      `needs Debian's packages ${packages.join(", ")}, or what your system ` +
        "calls them: there is no apt-get here",
    );
  }
  if (Deno.uid() !== 0) {
    const command = `sudo apt-get install ${packages.join(" ")}`;
    throw new SetupError(`only root may install packages: run "${command}"`);
  }
  await using _ = await noServices();
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["update", "-q"], { env });
  const options = ["install", "-y", "-q", "--no-install-recommends"];
  await run("apt-get", [...options, ...packages], { env });
}

/** Keeps packages from starting their services until it is disposed. */
async function noServices(): Promise<AsyncDisposable> {
  try {
    await Deno.writeTextFile(POLICY_FILE, POLICY, {
      createNew: true,
      mode: 0o755,
    });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    return { [Symbol.asyncDispose]: () => Promise.resolve() }; // a container's
  }
  return { [Symbol.asyncDispose]: () => Deno.remove(POLICY_FILE) };
}
