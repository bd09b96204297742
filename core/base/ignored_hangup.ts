/**
 * SIGHUP that was ignored when this process was started, as `nohup` does it, stays
 * ignored.
 *
 * The runtime catches SIGHUP as soon as anybody listens to any signal, and ends the
 * process if nobody listens to that one: so ignoring it is listening and doing
 * nothing. A program that is started then finds it not ignored; it is told by an
 * environment variable.
 *
 * (SIGINT is another matter: shells ignore it for everything that a script puts in
 * the background, and `kill -INT` is meant there.)
 *
 * @module
 */

const VARIABLE = "DSTREAM_SIGHUP";
const IGNORED = "ignored";
const HANGUP_BIT = 1n; // signal number 1

/** What to do on `signal`: the listener, or nothing. */
export function heed(signal: string, listener: () => void): () => void {
  return signal === "SIGHUP" && isHangupIgnored() ? () => {} : listener;
}

function isHangupIgnored(): boolean {
  if (Deno.env.get(VARIABLE) === IGNORED) return true;
  if (!wasIgnoredAtStart()) return false;
  Deno.env.set(VARIABLE, IGNORED);
  return true;
}

/** Only Linux tells, and only until the first listener is there. */
function wasIgnoredAtStart(): boolean {
  if (Deno.build.os !== "linux") return false;
  try {
    const status = Deno.readTextFileSync("/proc/self/status");
    const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0";
    return (BigInt(`0x${mask}`) & HANGUP_BIT) !== 0n;
  } catch {
    return false; // no /proc
  }
}
