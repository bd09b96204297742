/**
 * One process at a time: a lock that ends with its holder, whatever ends that.
 *
 * The system's file lock does it; a SIGKILL frees it. Some network file systems
 * have none: there a file's time tells that its holder lives.
 *
 * @module
 */

import { dirname } from "node:path";
import { waitForLock } from "../base/file_lock.ts";
import type { Clock } from "../ports/mod.ts";

/** What waiting needs. */
export interface LockOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** Told once, when somebody else has it. */
  readonly onWait?: () => void;
  /** The system's way, in tests another. */
  readonly lock?: typeof waitForLock;
}

/** How long until waiting is worth a word. */
const PATIENCE_MS = 300;
const BEAT_MS = 2000;
/** A heart that has not beaten for so long has stopped. */
const DEAD_MS = 30_000;
const POLL_MS = 250;

/** Waits until nobody else has the lock; dispose it to let the next one in. */
export async function lockFile(
  path: string,
  options: LockOptions,
): Promise<AsyncDisposable> {
  await Deno.mkdir(dirname(path), { recursive: true, mode: 0o755 });
  const file = await Deno.open(path, {
    read: true,
    write: true,
    create: true,
    mode: 0o644,
  });
  const remark = remarkLater(options);
  const lock = options.lock ?? waitForLock;
  try {
    await lock(file, options.signal);
    return { [Symbol.asyncDispose]: () => Promise.resolve(file.close()) };
  } catch {
    file.close();
    options.signal?.throwIfAborted();
    return await lockByHeartbeat(`${path}.alive`, options);
  } finally {
    remark.cancel();
  }
}

function remarkLater({ clock, onWait }: LockOptions) {
  const over = new AbortController();
  void clock.sleep(PATIENCE_MS, over.signal).then(() => onWait?.())
    .catch(() => {});
  return { cancel: () => over.abort() };
}

async function lockByHeartbeat(
  path: string,
  { clock, signal }: LockOptions,
): Promise<AsyncDisposable> {
  const heart = new Heart(path, clock);
  while (!await creates(path)) {
    if (await heart.isDead()) await Deno.remove(path).catch(() => {});
    else await clock.sleep(POLL_MS, signal);
  }
  const over = new AbortController();
  const beating = beat(path, clock, over.signal).catch(() => {});
  return {
    async [Symbol.asyncDispose]() {
      over.abort();
      await beating;
      await Deno.remove(path).catch(() => {});
    },
  };
}

async function creates(path: string): Promise<boolean> {
  try {
    (await Deno.open(path, { write: true, createNew: true })).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

/**
 * Somebody else's heart. Its times come from another machine's clock, perhaps, and
 * any clock may be set: only that they change is looked at.
 */
class Heart {
  #beat: number | undefined;
  #beatSeenMs = 0;

  constructor(readonly path: string, readonly clock: Clock) {}

  /** Whether no beat came for {@link DEAD_MS} since this was made. */
  async isDead(): Promise<boolean> {
    const info = await Deno.stat(this.path).catch(() => undefined);
    const beat = info?.mtime?.getTime();
    const nowMs = this.clock.monotonicMs();
    if (beat === undefined || beat !== this.#beat) this.#beatSeenMs = nowMs;
    this.#beat = beat;
    return nowMs - this.#beatSeenMs > DEAD_MS;
  }
}

async function beat(
  path: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await clock.sleep(BEAT_MS, signal);
    const now = new Date(clock.wallMs());
    await Deno.utime(path, now, now).catch(() => {});
  }
}
