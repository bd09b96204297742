/**
 * The systems executables are made for.
 *
 * @module
 */

/** One system. */
export interface Target {
  /** As in file names: "linux-x64". */
  readonly name: string;
  /** As Deno names it. */
  readonly triple: string;
  /** ".exe" on Windows. */
  readonly suffix: string;
  /** Tags of the wheels the test base is taken from: see prepare_base.ts. */
  readonly wheelPlatform: string;
}

/** All of them. */
export const TARGETS: readonly Target[] = [
  {
    name: "linux-x64",
    triple: "x86_64-unknown-linux-gnu",
    suffix: "",
    wheelPlatform: "manylinux_2_28_x86_64",
  },
  {
    name: "linux-arm64",
    triple: "aarch64-unknown-linux-gnu",
    suffix: "",
    wheelPlatform: "manylinux_2_28_aarch64",
  },
  {
    name: "windows-x64",
    triple: "x86_64-pc-windows-msvc",
    suffix: ".exe",
    wheelPlatform: "win_amd64",
  },
  {
    name: "macos-arm64",
    triple: "aarch64-apple-darwin",
    suffix: "",
    wheelPlatform: "macosx_11_0_arm64",
  },
  {
    name: "macos-x64",
    triple: "x86_64-apple-darwin",
    suffix: "",
    wheelPlatform: "macosx_10_12_x86_64",
  },
];

/** The system this runs on. */
export function hostTarget(): Target {
  const target = TARGETS.find(({ triple }) => triple === Deno.build.target);
  if (target === undefined) {
    throw new Error(`no executables are made for ${Deno.build.target}`);
  }
  return target;
}

/**
 * @param names "linux-x64", "all"; none means the host.
 * @throws {Error} For a name that isn't known.
 */
export function chooseTargets(names: readonly string[]): readonly Target[] {
  if (names.length === 0) return [hostTarget()];
  if (names.includes("all")) return TARGETS;
  return names.map((name) => {
    const target = TARGETS.find((one) => one.name === name);
    if (target !== undefined) return target;
    const known = TARGETS.map((one) => one.name).join(", ");
    throw new Error(`no target "${name}"; there are ${known}, and all`);
  });
}
