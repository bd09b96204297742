/**
 * A disk that can be made to stand still: a file system in a file, frozen by the
 * kernel. Whoever writes to it waits, as for a disk or a network drive that hangs.
 *
 * @module
 */

const IMAGE_BYTES = 256 * 1024 * 1024;
/** A process that waits for a frozen disk can't even be killed: it never is for good. */
const LONGEST_SECONDS = 30;

/** Goes when the process does. */
export interface FreezingDisk {
  readonly folder: string;
  /** From now on it takes nothing; @returns How it goes on. */
  freeze(): () => Promise<void>;
}

/** @returns `undefined` where this user can't make file systems, or there is no Linux. */
export function makeFreezingDisk(): FreezingDisk | undefined {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return undefined;
  const parent = Deno.makeTempDirSync({ prefix: "freezing_disk_" });
  const [image, folder] = [`${parent}/image`, `${parent}/disk`];
  Deno.mkdirSync(folder);
  Deno.writeFileSync(image, new Uint8Array(0));
  Deno.truncateSync(image, IMAGE_BYTES);
  const isMade = succeeds("mkfs.ext4", "-q", "-O", "^has_journal", image) &&
    succeeds("mount", "-o", "loop", image, folder);
  const remove = () => {
    if (isMade) succeeds("umount", "-l", folder);
    Deno.removeSync(parent, { recursive: true });
  };
  if (!isMade) {
    remove();
    return undefined;
  }
  addEventListener("unload", remove);
  return { folder, freeze: () => freeze(folder) };
}

function freeze(folder: string): () => Promise<void> {
  if (!succeeds("fsfreeze", "-f", folder)) throw new Error("it can't freeze");
  const thaws = new Deno.Command("sh", {
    args: ["-c", `timeout ${LONGEST_SECONDS} cat; fsfreeze -u "$0"`, folder],
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  return async () => {
    await thaws.stdin.close();
    await thaws.status;
  };
}

function succeeds(program: string, ...args: string[]): boolean {
  try {
    const options = { args, stdout: "null", stderr: "null" } as const;
    return new Deno.Command(program, options).outputSync().success;
  } catch {
    return false; // there is no such program
  }
}
