/**
 * The provider processes of a run, known from its debug log in JSON.
 *
 * @module
 */

/** The process that plays a side at the moment, if one does. */
export function livingPid(
  log: string,
  side: "input" | "output",
): number | undefined {
  const started = new RegExp(
    `"source":"${side} [^"]+","message":"started","fields":\\{"pid":(\\d+)`,
    "g",
  );
  const ended = new RegExp(`"source":"${side} [^"]+","message":"ended"`, "g");
  const starts = [...log.matchAll(started)];
  const ends = [...log.matchAll(ended)];
  return starts.length > ends.length ? Number(starts.at(-1)![1]) : undefined;
}

/** SIGKILL; one that went by itself is no error. */
export function tryKill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It went by itself.
  }
}
