/**
 * The system's own lock on an open file: a process that is killed leaves it free.
 *
 * @module
 */

type LockableFile = Deno.FsFile & {
  /** Since Deno 2.7. */
  readonly tryLock?: (exclusive: boolean) => Promise<boolean>;
};

/** Without `tryLock`: how long a lock that is free may take to get. */
const LOCK_WAIT_MS = 200;

/** Whether the exclusive lock was free and is ours now, until the file is closed. */
export async function getsLock(file: LockableFile): Promise<boolean> {
  if (file.tryLock !== undefined) return await file.tryLock(true);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), LOCK_WAIT_MS);
  });
  const locked = file.lock(true).then(() => true, () => false);
  try {
    return await Promise.race([locked, late]);
  } finally {
    clearTimeout(timer);
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
