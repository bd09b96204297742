/**
 * Servers that stand still, for tests of those that wait for them.
 *
 * @module
 */

/**
 * Stops a process where it is; its connections stay open. The last one named goes
 * on first.
 *
 * @returns Lets it go on.
 */
export function standStill(...pids: readonly number[]): () => Promise<void> {
  for (const pid of pids) Deno.kill(pid, "SIGSTOP");
  return () => {
    for (const pid of pids.toReversed()) Deno.kill(pid, "SIGCONT");
    return Promise.resolve();
  };
}
