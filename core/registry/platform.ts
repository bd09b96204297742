/**
 * `linux/amd64`: an operating system and a processor, in the words of OCI, which
 * are Go's.
 *
 * @module
 */

/** One kind of machine. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  /** Which of its generations: "v3" of amd64. Absent: any, the oldest too. */
  readonly variant?: string;
}

/** Those we make executables for. */
export const PLATFORMS = [
  "linux/amd64",
  "linux/arm64",
  "darwin/amd64",
  "darwin/arm64",
  "windows/amd64",
  "windows/arm64",
] as const;

/** The runtime's words for processors → Go's. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: "amd64",
  x64: "amd64",
  aarch64: "arm64",
};

/** @param machine As `Deno.build` has it: `linux`, `x86_64`. */
export function platformOf(
  machine: { readonly os: string; readonly arch: string },
): Platform {
  const architecture = ARCHITECTURES[machine.arch] ?? machine.arch;
  return { os: machine.os, architecture };
}

/** `linux/amd64` */
export function formatPlatform({ os, architecture }: Platform): string {
  return `${os}/${architecture}`;
}

/** @returns `undefined` for what has not the shape `os/architecture`. */
export function parsePlatform(text: string): Platform | undefined {
  const match = /^([a-z0-9]+)\/([a-z0-9_]+)$/.exec(text);
  if (match === null) return undefined;
  return { os: match[1], architecture: ARCHITECTURES[match[2]] ?? match[2] };
}

/** Whether two are the same. */
export function isSamePlatform(a: Platform, b: Platform): boolean {
  return a.os === b.os && a.architecture === b.architecture;
}

const IN_TITLE =
  /[._-](linux|darwin|macos|windows)[_-]([a-z0-9]+|x86_64)(?:\.exe)?(?:\.(?:zst|gz))?$/i;

/** `name_linux_amd64`, `plugin.windows_amd64.exe` → the platform it is for. */
export function platformInTitle(title: string): Platform | undefined {
  const match = IN_TITLE.exec(title);
  if (match === null) return undefined;
  const os = match[1].toLowerCase().replace("macos", "darwin");
  return parsePlatform(`${os}/${match[2].toLowerCase()}`);
}
