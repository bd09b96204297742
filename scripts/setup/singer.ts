/**
 * Real taps and targets of Singer from PyPI, each in an environment of its own.
 *
 * They can't share one: each asks for another version of the same libraries.
 *
 * @module
 */

import { join } from "node:path";
import { pythonOf, venvOf } from "./folders.ts";
import { type Group, SetupError } from "./group.ts";
import { isFile, run } from "./programs.ts";
import { findPython } from "./python.ts";

/** One tap or target. */
interface SingerProgram {
  /** Its executable. */
  readonly command: string;
  /** What pip installs; what it says too loosely has a version here. */
  readonly requirements: readonly string[];
}

/** Keyed by what tests call them. */
const PROGRAMS = {
  "tap-jsonl": {
    command: "tap-jsonl",
    requirements: ["tap-jsonl==0.3.1"],
  },
  "tap-rest-api-msdk": {
    command: "tap-rest-api-msdk",
    requirements: ["tap-rest-api-msdk==1.4.2"],
  },
  "tap-postgres": {
    command: "tap-postgres",
    requirements: ["meltanolabs-tap-postgres==0.10.0"],
  },
  "tap-postgres-pipelinewise": {
    command: "tap-postgres",
    requirements: ["pipelinewise-tap-postgres==2.1.0"],
  },
  "target-jsonl": {
    command: "target-jsonl",
    requirements: ["target-jsonl==0.1.4"],
  },
  "target-csv": {
    command: "target-csv",
    requirements: ["meltanolabs-target-csv==0.5.0"],
  },
  "target-duckdb": {
    command: "target-duckdb",
    requirements: ["target-duckdb==0.8.0"],
  },
  "target-postgres": {
    command: "target-postgres",
    requirements: ["meltanolabs-target-postgres==0.8.1"],
  },
  "target-postgres-pipelinewise": {
    command: "target-postgres",
    requirements: ["pipelinewise-target-postgres==2.1.2"],
  },
} satisfies Readonly<Record<string, SingerProgram>>;

/** What `deno task setup singer` brings. */
export type SingerName = keyof typeof PROGRAMS;

/** @returns The path of a tap's or target's executable. */
export function singerProgram(name: SingerName): string {
  const folder = Deno.build.os === "windows" ? "Scripts" : "bin";
  const ending = Deno.build.os === "windows" ? ".exe" : "";
  const { command } = PROGRAMS[name];
  return join(venvOf(name), folder, `${command}${ending}`);
}

const NAMES = Object.keys(PROGRAMS) as SingerName[];

/** All of them as one group. */
export const singer: Group = {
  name: "singer",
  by: "python",
  brings: "taps and targets of Singer (minutes to install)",
  version: NAMES.flatMap((name) => PROGRAMS[name].requirements).join(" "),
  isThere: () => NAMES.every((name) => isFile(singerProgram(name))),
  install: async () => {
    // A build server may be slow, and all of them need the network alone.
    for (const name of NAMES) await install(name);
  },
};

async function install(name: SingerName): Promise<void> {
  const python = findPython();
  if (python === undefined) throw new SetupError("needs Python 3");
  await run(python, ["-m", "venv", "--clear", venvOf(name)]);
  await run(pythonOf(name), [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    // The oldest of them are built here, in Python alone; libraries have wheels.
    "--prefer-binary",
    // PipelineWise's say "< 3.10" and run on newer ones.
    "--ignore-requires-python",
    ...PROGRAMS[name].requirements,
  ]);
}
