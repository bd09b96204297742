/**
 * The outside world as core sees it: time, chance, processes.
 *
 * Everything that would make a test slow or different each time comes in as one
 * of these. deno.ts has the real ones; tests/support has the fakes.
 *
 * @module
 */

/** Time, monotonic for measuring and wall for stamping. */
export interface Clock {
  /** Milliseconds since an arbitrary start; never goes back. */
  monotonicMs(): number;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  wallMs(): number;
  /** Resolves after `delayMs`, or rejects with the signal's reason. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** Chance, from a seed in tests. */
export interface Random {
  /** A number from 0 (included) to 1 (excluded). */
  next(): number;
}

/** What to start. `argv[0]` is the executable; nothing goes through a shell. */
export interface Launch {
  readonly argv: readonly string[];
  /** Working directory: the configuration's folder. */
  readonly cwd?: string;
  /** Added to the CLI's own environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How a process ended. `signal` is set when one killed it. */
export interface ExitStatus {
  readonly code: number;
  readonly signal?: string;
}

/** A running child with its three pipes. */
export interface Child {
  readonly pid: number;
  readonly stdin: WritableStream<Uint8Array>;
  /** A byte stream where the system has one: `getReader({ mode: "byob" })`. */
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  readonly status: Promise<ExitStatus>;
  /** Asks politely: SIGTERM, or the closest thing the system has. */
  terminate(): void;
  /** Ends the process and everything in its group at once. */
  kill(): void;
}

/** Starts processes. */
export interface Spawner {
  /** @throws {DstreamError} `provider.not_started` when it can't be executed. */
  spawn(launch: Launch): Child;
}
