/**
 * What surrounds an input's loop: the CLI's records, signals, the end.
 *
 * It ends when the source does, on a stop record or a signal, and when nobody is
 * left: stdin at its end (version 2) or a broken stdout. In version 2 `end` is
 * written last, and the last acknowledgement is waited for. Without
 * acknowledgements, written to the pipe counts as delivered.
 *
 * @module
 */

import type { Feature } from "../../protocol/command.ts";
import type { InputRecord } from "../../protocol/control.ts";
import { errorText, type FinalError } from "../errors.ts";
import type { InputContext } from "../input.ts";
import { BlockWriter } from "./block_writer.ts";
import { readCliRecords } from "./cli_records.ts";
import { Deliveries } from "./deliveries.ts";
import { SIGNAL_STATUS } from "./host.ts";
import type { TableSchema } from "../../protocol/schema.ts";
import type { Serving } from "./mod.ts";
import { USUAL_WINDOW } from "./handshake.ts";
import { SchemaTeller } from "./schema_teller.ts";
import { StatePace } from "./state_pace.ts";
import { sleepUntil } from "./sleep.ts";

/** How long a source may take to end when nobody is there to kill it. */
const LONELY_GRACE_MS = 5000;
const PROGRESS_INTERVAL_MS = 100;
/** Where no state has to follow. */
const UNHURRIED_BATCH_BYTES = 1024 * 1024;

/** One run of an input. */
export class InputRun implements Disposable {
  readonly writer: BlockWriter;
  /** Whether states are written, not dropped. */
  readonly usesState: boolean;
  readonly #serving: Serving;
  readonly #features: readonly Feature[];
  readonly #pace: StatePace;
  readonly #schemas = new SchemaTeller();
  readonly #stopping = new AbortController();
  readonly #deliveries: Deliveries;
  readonly #allSettled = Promise.withResolvers<void>();
  readonly #stopListening: () => void;
  #status = 0;
  /** Its content doesn't matter: nothing more can be written. */
  #failure: { readonly error: unknown } | undefined;
  #isEnding = false;

  /** @param features What the input says it can use. */
  constructor(serving: Serving, features: readonly Feature[]) {
    this.#serving = serving;
    this.#features = features;
    const { host, start } = serving;
    const window = start.protocol?.window ?? USUAL_WINDOW;
    this.#pace = new StatePace(window, () => host.monotonicMs());
    this.usesState = serving.agreement.features.has("state");
    this.#deliveries = new Deliveries((error) => this.#fail(error));
    this.writer = new BlockWriter(serving.host, serving.stdout, this.#pace, {
      onWritten: (position) => {
        if (!this.#hasAcks) this.#deliveries.settle(position);
      },
      onBroken: (error) => this.#fail(error),
    });
    this.#stopListening = this.#listen();
    if (serving.agreement.version === 2) this.#hear();
  }

  /** Aborted when the input must come to its end. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Whether nothing more can be written. */
  get isOver(): boolean {
    return this.#failure !== undefined;
  }

  /** What `read` gets. */
  context(): InputContext {
    const { host, log } = this.#serving;
    return {
      log,
      signal: this.signal,
      sleep: (delayMs) => sleepUntil(host, delayMs, this.signal),
      now: () => host.wallMs(),
      batchBytes: () =>
        this.usesState ? this.#pace.batchBytes : UNHURRIED_BATCH_BYTES,
      monotonicMs: () => host.monotonicMs(),
      progress: this.#progress(),
      gauges: (gauges) => {
        if (this.#serving.agreement.version !== 2) return;
        this.writer.addControl({ progress: { message: "", gauges } });
      },
    };
  }

  /** Writes those that are new, where somebody wants them. */
  tellSchemas(schemas: readonly TableSchema[]): void {
    if (!this.#features.includes("schema")) {
      throw new Error(
        'an input that yields schemas needs the feature "schema"',
      );
    }
    if (!this.#serving.agreement.features.has("schema")) return;
    for (const each of schemas) {
      const schema = this.#schemas.tell(each);
      if (schema !== undefined) this.writer.addControl({ schema });
    }
  }

  /** Calls `delivered` once everything written so far is settled. */
  onDelivered(delivered: () => void | Promise<void>): void {
    if (!this.#features.includes("ack")) {
      throw new Error('an input that uses `delivered` needs the feature "ack"');
    }
    this.#deliveries.add(this.writer.position, delivered);
  }

  /**
   * Says `end`, or why it can't go on, and waits for the last acknowledgement.
   * @returns The status.
   * @throws {FinalError} What it was given, when all else is done.
   */
  async finish(final?: FinalError): Promise<number> {
    this.#throwFailure();
    this.#isEnding = true;
    if (this.#serving.agreement.version === 2) {
      this.writer.addControl(final ? failureRecord(final) : { end: true });
    }
    await this.writer.flush();
    await this.#serving.stdout.close();
    if (this.#hasAcks && this.#deliveries.settled < this.writer.position) {
      await this.#allSettled.promise;
    }
    await this.#deliveries.idle();
    this.#throwFailure();
    if (final !== undefined) throw final;
    return this.#status;
  }

  [Symbol.dispose](): void {
    this.#stopListening();
  }

  get #hasAcks(): boolean {
    return this.#serving.agreement.features.has("ack");
  }

  /** Reads the CLI's records until stdin ends. */
  async #hear(): Promise<void> {
    try {
      const { host, first } = this.#serving;
      for await (const record of readCliRecords(host, first)) {
        if ("stop" in record) this.#stopping.abort("stop");
        else if (this.#hasAcks) this.#acknowledge(record.ack);
      }
      this.#allSettled.resolve();
      if (!this.#isEnding) {
        throw new Error("stdin was closed before the end: the CLI is gone");
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #acknowledge(position: number): void {
    this.#deliveries.settle(position);
    if (this.#isEnding && position >= this.writer.position) {
      this.#allSettled.resolve();
    }
  }

  /** The first signal asks to stop; a second doesn't wait for it. */
  #listen(): () => void {
    const { host, agreement } = this.#serving;
    return host.onSignal((signal) => {
      const status = SIGNAL_STATUS[signal];
      if (this.signal.aborted) host.exit(status);
      // A version 1 CLI takes any other status than 0 for a crash.
      if (agreement.version === 0) this.#status = status;
      this.#stopping.abort(signal);
    });
  }

  /** Nothing more can be written: the source must end, on its own or not. */
  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { error };
    this.#allSettled.resolve();
    this.#stopping.abort(error);
    const { host, log } = this.#serving;
    host.after(LONELY_GRACE_MS, () => {
      log.error(errorText(error));
      host.exit(1);
    });
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #progress(): InputContext["progress"] {
    const { host, log, agreement } = this.#serving;
    let lastMs = -Infinity;
    return (message, done, total) => {
      const isLast = done !== undefined && done === total;
      const nowMs = host.monotonicMs();
      if (!isLast && nowMs - lastMs < PROGRESS_INTERVAL_MS) return;
      lastMs = nowMs;
      if (agreement.version === 2) {
        this.writer.addControl({ progress: { message, done, total } });
      } else log.debug(message, { done, total });
    };
  }
}

function failureRecord(error: FinalError): InputRecord {
  return { error: { message: errorText(error), path: error.path } };
}
