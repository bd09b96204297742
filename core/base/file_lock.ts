/**
 * The system's own lock on an open file: a process that is killed leaves it free.
 *
 * @module
 */

/** What is locked: an open file. */
export interface LockableFile {
  lock(exclusive?: boolean): Promise<void>;
  statSync(): { readonly ino: number | null };
  /** Since Deno 2.7. */
  readonly tryLock?: (exclusive: boolean) => Promise<boolean>;
}

const PAUSE_MS = 20;
/** So many pauses until a lock that wasn't got is one that others hold. */
const ROUNDS = { held: 10, unknown: 50, free: 500 };

/** Whether the exclusive lock was free and is ours now, until the file is closed. */
export async function getsLock(file: LockableFile): Promise<boolean> {
  if (file.tryLock !== undefined) return await tries(() => file.tryLock!(true));
  const over = new AbortController();
  const { ino } = file.statSync();
  const locked = file.lock(true).then(() => true, () => false);
  try {
    return await Promise.race([locked, outwaits(ino, over.signal)]);
  } finally {
    over.abort();
  }
}

/**
 * A process that is being started has all our files open until its program begins:
 * a lock that was just let go can be held for a moment longer.
 */
async function tries(tryLock: () => Promise<boolean>): Promise<boolean> {
  for (let round = 1; !await tryLock(); round++) {
    if (round >= ROUNDS.held) return false;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return true;
}

/**
 * Without `tryLock` a lock that is held shows only in that it isn't got. A time alone
 * says nothing: where hundreds of tasks start at once, a lock that was free was not
 * heard of for a fifth of a second. So Linux is asked who holds it, and besides each
 * pause the way is gone that the lock's word comes on.
 */
async function outwaits(
  inode: number | null,
  over: AbortSignal,
): Promise<false> {
  for (let round = 1; !over.aborted; round++) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    // A thread of the same pool answers this, through the same queue.
    await crypto.subtle.digest("SHA-256", new Uint8Array(1));
    if (round < ROUNDS.held || over.aborted) continue;
    if (round >= ROUNDS[await whetherHeld(inode)]) break;
  }
  return false;
}

/** Our own process may be another holder, or have got what it asked for just now. */
async function whetherHeld(
  inode: number | null,
): Promise<"held" | "free" | "unknown"> {
  if (Deno.build.os !== "linux" || inode === null) return "unknown";
  try {
    // 1: FLOCK  ADVISORY  WRITE 4711 08:01:393222 0 EOF; who waits has an arrow.
    const locks = (await Deno.readTextFile("/proc/locks")).split("\n")
      .map((line) => line.split(/\s+/))
      .filter((words) => words[1] !== "->");
    const holder = locks.find((words) => words[5]?.endsWith(`:${inode}`));
    if (holder === undefined) return "free";
    return holder[4] === String(Deno.pid) ? "unknown" : "held";
  } catch {
    return "unknown";
  }
}

/**
 * Waits for the exclusive lock; it is ours until the file is closed.
 * @throws The signal's reason, or the system's word that it can't lock.
 */
export async function waitForLock(
  file: LockableFile,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    await Promise.race([file.lock(true), aborted.promise]);
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}
