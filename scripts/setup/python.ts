/**
 * Packages of Python, each group in an environment of its own under .cache/python.
 *
 * @module
 */

import { pythonOf, venvOf } from "./folders.ts";
import { type Group, SetupError } from "./group.ts";
import { findProgram, isFile, run } from "./programs.ts";

/** What to install. */
export interface PythonGroup {
  readonly name: string;
  readonly brings: string;
  /** With versions, such as "pyarrow==26.0.1". */
  readonly requirements: readonly string[];
}

/** @returns A group whose Python is `pythonOf(name)`. */
export function pythonGroup(group: PythonGroup): Group {
  return {
    name: group.name,
    by: "python",
    brings: group.brings,
    version: group.requirements.join(" "),
    isThere: () => isFile(pythonOf(group.name)),
    install: () => installInto(group),
  };
}

/** @returns The Python that environments are made with. */
export function findPython(): string | undefined {
  return findProgram("python3") ?? findProgram("python");
}

async function installInto(
  { name, requirements }: PythonGroup,
): Promise<void> {
  const python = findPython();
  if (python === undefined) throw new SetupError("needs Python 3");
  await run(python, ["-m", "venv", "--clear", venvOf(name)]);
  await run(pythonOf(name), [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    // What has no wheel would need a compiler and the headers of a library.
    "--only-binary",
    ":all:",
    ...requirements,
  ]);
}
