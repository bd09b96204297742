/**
 * The process around a provider: its pipes, signals, clock and environment.
 *
 * The only file of the kit that names Deno (besides run_as_main.ts). Tests hand
 * in pipes and a clock of their own.
 *
 * @module
 */

import { heed } from "../../base/ignored_hangup.ts";

/** What ends a provider from outside. */
export type EndSignal = "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGBREAK";

/** The outside world as a serving provider sees it. */
export interface Host {
  /** Reads at least one byte; `undefined` at the end. */
  read(into: Uint8Array): Promise<number | undefined>;
  /** Writes some bytes to stdout, at least one. @throws when nobody reads. */
  write(bytes: Uint8Array): Promise<number>;
  /** Ends stdout, so that the reader sees the end of data. */
  closeStdout(): void;
  /** Writes a log line at once; failures are ignored. */
  log(line: string): void;
  /** @returns How to unsubscribe. */
  onSignal(listener: (signal: EndSignal) => void): () => void;
  env(name: string): string | undefined;
  readonly isStdoutTerminal: boolean;
  /** Milliseconds since an arbitrary start; never goes back. */
  monotonicMs(): number;
  /** Milliseconds since 1970, with a fraction. */
  wallMs(): number;
  /** @returns How to cancel. */
  after(delayMs: number, action: () => void): () => void;
  /** Ends the process at once, for when nothing else is left to do. */
  exit(status: number): void;
}

/** This very process. */
export function processHost(): Host {
  const encoder = new TextEncoder();
  return {
    read: async (into) => await Deno.stdin.read(into) ?? undefined,
    write: (bytes) => Deno.stdout.write(bytes),
    closeStdout: () => Deno.stdout.close(),
    log: (line) => writeLog(encoder.encode(`${line}\n`)),
    onSignal: listenToSignals,
    env: (name) => Deno.env.get(name),
    isStdoutTerminal: Deno.stdout.isTerminal(),
    monotonicMs: () => performance.now(),
    wallMs: fineWallClock(),
    after: (delayMs, action) => {
      const timer = setTimeout(action, delayMs);
      return () => clearTimeout(timer);
    },
    exit: (status) => Deno.exit(status),
  };
}

/** Microseconds from the monotonic clock, everything above from the wall. */
function fineWallClock(): () => number {
  let offsetMs = Date.now() - performance.now();
  return () => {
    const wallMs = Date.now();
    const fineMs = offsetMs + performance.now();
    if (fineMs >= wallMs && fineMs < wallMs + 1) return fineMs;
    offsetMs = wallMs - performance.now();
    return wallMs;
  };
}

function writeLog(bytes: Uint8Array): void {
  try {
    for (let sent = 0; sent < bytes.length;) {
      sent += Deno.stderr.writeSync(bytes.subarray(sent));
    }
  } catch {
    // Nobody reads stderr any more; there is no other place to say so.
  }
}

function listenToSignals(listener: (signal: EndSignal) => void): () => void {
  const signals: EndSignal[] = Deno.build.os === "windows"
    ? ["SIGINT", "SIGBREAK"]
    : ["SIGINT", "SIGTERM", "SIGHUP"];
  const handlers = signals.map((signal) =>
    heed(signal, () => listener(signal))
  );
  signals.forEach((signal, i) => Deno.addSignalListener(signal, handlers[i]));
  return () =>
    signals.forEach((signal, i) =>
      Deno.removeSignalListener(signal, handlers[i])
    );
}

/** Exit statuses as a shell knows them: 128 and the signal's number. */
export const SIGNAL_STATUS: Readonly<Record<EndSignal, number>> = {
  SIGHUP: 129,
  SIGINT: 130,
  SIGTERM: 143,
  SIGBREAK: 149,
};
