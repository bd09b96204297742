/**
 * Whether a process is still there.
 *
 * @module
 */

import process from "node:process";

/** Also for processes of somebody else. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return startOf(pid) !== "zombie";
  } catch (error) {
    return (error as { code?: string }).code === "EPERM";
  }
}

/** When a process began, as the kernel counts; only Linux tells. */
export function startOf(pid: number): string | undefined {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    // The name in parentheses may hold anything.
    const [state, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" ? "zombie" : rest[18];
  } catch {
    return undefined;
  }
}
