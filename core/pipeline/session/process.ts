/**
 * One provider process: started, fed, listened to, and surely gone in the end.
 *
 * Knows pipes and signals, nothing of the protocol: input_session.ts and
 * output_session.ts speak it.
 *
 * @module
 */

import type { Side } from "../../config/task.ts";
import type {
  Child,
  Clock,
  ExitStatus,
  Launch,
  Spawner,
} from "../../ports/mod.ts";
import type { PipelineEvent } from "../events.ts";
import { LEFTOVER_MS } from "./leftover.ts";
import { parseLogLine } from "./log_line.ts";
import { readLogLines } from "./stderr.ts";

/** What a provider process needs from outside. */
export interface ProcessOptions {
  readonly side: Side;
  /** As users know it. */
  readonly name: string;
  /** Its block's. */
  readonly label?: string;
  readonly launch: Launch;
  readonly spawner: Spawner;
  readonly clock: Clock;
  readonly onEvent: (event: PipelineEvent) => void;
  /** Makes stderr text fit to be shown: secrets out, control characters visible. */
  readonly printable: (text: string) => string;
}

const REMEMBERED_LINES = 10;

/** A running provider. Leaving its scope ends it. */
export class ProviderProcess implements AsyncDisposable {
  readonly side: Side;
  readonly name: string;
  readonly pid: number;
  readonly stdout: ReadableStream<Uint8Array>;
  /** Resolves when the process has ended; what it had started is ended too. */
  readonly exit: Promise<ExitStatus>;
  /** Resolves when the process has closed its stdin before we did. */
  readonly stdinBroken: Promise<void>;
  readonly #child: Child;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #clock: Clock;
  readonly #lastLines: string[] = [];
  readonly #stderrDone: Promise<void>;
  #status: ExitStatus | undefined;
  #isStdinClosed = false;

  constructor(options: ProcessOptions) {
    const { side, name, label, onEvent, printable } = options;
    const who = { side, provider: name, label };
    this.side = side;
    this.name = name;
    this.#clock = options.clock;
    this.#child = options.spawner.spawn(options.launch);
    this.pid = this.#child.pid;
    this.stdout = this.#child.stdout;
    this.#stdin = this.#child.stdin.getWriter();
    const never = new Promise<void>(() => {});
    this.stdinBroken = this.#stdin.closed.then(() => never, () => {});
    onEvent({ kind: "starting", ...who, pid: this.pid });
    this.#stderrDone = readLogLines(this.#child.stderr, (line) => {
      this.#remember(printable(line));
      // Taken apart first: whoever listens cleans what was decoded.
      onEvent({ kind: "provider_log", ...who, ...parseLogLine(line) });
    });
    this.exit = this.#child.status.then((status) => {
      this.#status = status;
      // What it left behind in its group would hold the pipes open.
      this.#child.kill();
      onEvent({ kind: "exited", ...who, ...status });
      return status;
    });
  }

  /** How it ended, once it has. */
  get status(): ExitStatus | undefined {
    return this.#status;
  }

  /** The last stderr lines, cleaned. Complete once {@link logsRead} resolved. */
  get lastLines(): readonly string[] {
    return this.#lastLines;
  }

  /** Resolves when stderr was read to its end, at most a second after the exit. */
  async logsRead(): Promise<void> {
    await this.exit;
    const tooLate = new AbortController();
    const limit = this.#clock.sleep(LEFTOVER_MS, tooLate.signal).catch(
      () => {},
    );
    await Promise.race([this.#stderrDone, limit]);
    tooLate.abort();
  }

  /** Writes to stdin; rejects when the process has closed it. */
  write(bytes: Uint8Array): Promise<void> {
    return this.#stdin.write(bytes);
  }

  /** Closes stdin behind what was written. Nobody waits for it. */
  closeStdin(): void {
    if (this.#isStdinClosed) return;
    this.#isStdinClosed = true;
    this.#stdin.close().catch(() => {});
  }

  /** Asks it, and what it started, to end. */
  terminate(): void {
    if (this.#status === undefined) this.#child.terminate();
  }

  /** Ends it, and what it started. */
  kill(): void {
    if (this.#status === undefined) this.#child.kill();
  }

  /** Waits for the exit, `limitMs` at most. */
  async exitsWithin(limitMs: number): Promise<boolean> {
    const late = new AbortController();
    const limit = this.#clock.sleep(limitMs, late.signal)
      .then(() => false, () => false);
    const isGone = await Promise.race([this.exit.then(() => true), limit]);
    late.abort();
    return isGone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.exit;
    await this.logsRead();
  }

  #remember(line: string): void {
    this.#lastLines.push(line);
    if (this.#lastLines.length > REMEMBERED_LINES) this.#lastLines.shift();
  }
}

/** "exit status 3" or "SIGKILL". */
export function describeExit(status: ExitStatus): string {
  return status.signal ?? `exit status ${status.code}`;
}
