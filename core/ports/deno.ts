/**
 * The real world: the only file in core that starts processes or reads a clock.
 *
 * @module
 */

import { DstreamError } from "../base/errors.ts";
import type {
  Child,
  Clock,
  ExitStatus,
  Launch,
  Random,
  Spawner,
} from "./mod.ts";

/** The system's clock. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  sleep,
};

/** The runtime's random numbers. */
export const systemRandom: Random = { next: () => Math.random() };

/** Starts real processes, each in a process group of its own. */
export const systemSpawner: Spawner = { spawn };

function sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, delayMs);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

function spawn(launch: Launch): Child {
  const process = start(launch);
  return {
    pid: process.pid,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    status: process.status.then(toExitStatus),
    terminate: () => signalGroup(process.pid, "SIGTERM"),
    kill: () => signalGroup(process.pid, "SIGKILL"),
  };
}

function start(launch: Launch): Deno.ChildProcess {
  const [executable, ...args] = launch.argv;
  // A terminal's Ctrl+C goes to a whole process group; providers are told by us.
  const options: Deno.CommandOptions & { detached: boolean } = {
    args,
    cwd: launch.cwd,
    clearEnv: true,
    env: { ...inherited(), ...launch.env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    detached: true,
  };
  try {
    return new Deno.Command(executable, options).spawn();
  } catch (cause) {
    throw notStarted(executable, cause);
  }
}

/** What is for the CLI alone, and opens something. */
const OWN_SECRETS = new Set(["DSTREAM_REGISTRY_TOKEN"]);

/** Our environment without what nobody else has to know. */
function inherited(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(Deno.env.toObject())
      .filter(([name]) => !OWN_SECRETS.has(name.toUpperCase())),
  );
}

function notStarted(executable: string, cause: unknown): DstreamError {
  const isMissing = cause instanceof Deno.errors.NotFound;
  const reason = isMissing
    ? whatIsMissing(executable)
    : cause instanceof Error
    ? cause.message
    : String(cause);
  return new DstreamError(
    "provider.not_started",
    `cannot start "${executable}": ${reason}`,
    {
      cause,
      hint: cause instanceof Deno.errors.PermissionDenied
        ? `make it executable: chmod +x "${executable}"`
        : undefined,
    },
  );
}

const FIRST_LINE_BYTES = 256;

/** The system says "not found" of a script's interpreter too. */
function whatIsMissing(executable: string): string {
  const line = firstLineOf(executable);
  if (line === undefined) return "no such file";
  if (!line.startsWith("#!")) return "its file is there, its loader is missing";
  const interpreter = line.slice(2).trim().split(/\s+/)[0];
  return line.endsWith("\r")
    ? `the line ends of this script are those of Windows, so its interpreter is ` +
      `looked for as ${JSON.stringify(`${interpreter}\r`)}`
    : `its interpreter ${JSON.stringify(interpreter)} is missing`;
}

function firstLineOf(path: string): string | undefined {
  try {
    using file = Deno.openSync(path);
    const bytes = new Uint8Array(FIRST_LINE_BYTES);
    const length = file.readSync(bytes) ?? 0;
    return new TextDecoder().decode(bytes.subarray(0, length)).split("\n")[0];
  } catch {
    return undefined;
  }
}

function toExitStatus(status: Deno.CommandStatus): ExitStatus {
  return status.signal === null
    ? { code: status.code }
    : { code: status.code, signal: status.signal };
}

/** Reaches what the provider itself has started too. */
function signalGroup(pid: number, signal: "SIGTERM" | "SIGKILL"): void {
  if (Deno.build.os === "windows") return endTree(pid);
  try {
    Deno.kill(-pid, signal);
  } catch {
    // Nobody is left in the group: that is what was wanted.
  }
}

/** Windows has neither groups nor a polite signal for them. */
function endTree(pid: number): void {
  const args = ["/PID", String(pid), "/T", "/F"];
  try {
    new Deno.Command("taskkill", { args, stdout: "null", stderr: "null" })
      .spawn().unref();
  } catch {
    // Without taskkill the closed pipes have to end it.
  }
}
