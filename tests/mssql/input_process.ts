/**
 * The real input as a process, with this test in the place of the CLI: it writes the
 * start line, takes envelopes, acknowledges, and kills.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { formatStartLine } from "../../core/protocol/command.ts";
import type { JsonObject } from "../../core/protocol/envelope.ts";
import { lines } from "../support/mssql_model/main.ts";

const MAIN = fileURLToPath(
  new URL("../../providers/mssql/input/main.ts", import.meta.url),
);
const RECORD_SEPARATOR = "\x1e";
const WINDOW = { bytes: 16 << 20, envelopes: 50_000 };

/** An envelope of a change, as far as these tests look. */
export interface ChangeEnvelope {
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata: {
    readonly TableName: string;
    readonly LSN: string;
    readonly Seq: string;
    readonly CommandID: number;
    readonly OperationID: number;
    readonly OperationType: string;
  };
}

/** What is done with an input's output. */
export interface Listener {
  /** Called for each envelope in its order. */
  envelope(envelope: ChangeEnvelope, input: InputProcess): void;
}

/** One life of an input. */
export class InputProcess implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #ready = Promise.withResolvers<void>();
  #received = 0;
  #acknowledged = 0;
  #stderr = "";
  /** Resolves with the exit code; 137 or the like when it was killed. */
  readonly ended: Promise<number>;

  constructor(config: JsonObject, listener: Listener, command = "run") {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", MAIN],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#stdin = this.#process.stdin.getWriter();
    this.ready.catch(() => {});
    this.ended = this.#run(listener);
    const start = formatStartLine({
      command: command as "run",
      configJson: JSON.stringify(config),
      protocol: { version: 2, features: ["ack", "state"], window: WINDOW },
      task: { name: "test", runId: crypto.randomUUID() },
    });
    this.#write(start);
  }

  /** Resolves when it said so; rejects with what it says instead. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** How many envelopes it has written. */
  get received(): number {
    return this.#received;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /**
   * What it has written until now is settled.
   *
   * @param share How much of what wasn't yet: all when not given.
   */
  acknowledge(share = 1): void {
    const open = this.#received - this.#acknowledged;
    const count = Math.ceil(open * share);
    if (count === 0) return;
    this.#acknowledged += count;
    this.#write(`${RECORD_SEPARATOR}{"ack":${this.#acknowledged}}`);
  }

  /** Asks it to finish what it has begun. */
  stop(): void {
    this.#write(`${RECORD_SEPARATOR}{"stop":true}`);
  }

  /** SIGKILL. */
  kill(): void {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It went by itself.
    }
  }

  signal(name: Deno.Signal): void {
    this.#process.kill(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.ended;
  }

  async #run(listener: Listener): Promise<number> {
    const reading = this.#readErrors();
    for await (const line of lines(this.#process.stdout)) {
      this.#take(line, listener);
    }
    await reading;
    const { code } = await this.#process.status;
    await this.#stdin.close().catch(() => {});
    this.#ready.reject(new Error(`ended with ${code}: ${this.#stderr}`));
    return code;
  }

  #take(line: string, listener: Listener): void {
    if (line.startsWith(RECORD_SEPARATOR)) return;
    const record = JSON.parse(line);
    if (record.status === "ready") return this.#ready.resolve();
    if (record.status !== undefined) {
      return this.#ready.reject(new Error(line));
    }
    this.#received++;
    listener.envelope(record, this);
  }

  async #readErrors(): Promise<void> {
    const text = this.#process.stderr.pipeThrough(new TextDecoderStream());
    for await (const part of text) {
      this.#stderr = (this.#stderr + part).slice(-100_000);
    }
  }

  /** A process that has gone is no error: its end is told elsewhere. */
  #write(line: string): void {
    const bytes = new TextEncoder().encode(`${line}\n`);
    this.#stdin.write(bytes).catch(() => {});
  }
}
