/**
 * What an input provider implements.
 *
 * @module
 */

import type { Feature } from "../protocol/command.ts";
import type { Envelope, Json, JsonObject } from "../protocol/envelope.ts";
import type { TableSchema } from "../protocol/schema.ts";
import type { Config, ConfigProblem, Fields } from "./config/mod.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Logger } from "./provider.ts";

/** What an input yields: envelopes that belong together. */
export interface InputBatch {
  /**
   * What the envelopes of these tables look like from this batch on. Needs the
   * feature `schema`; without it the kit drops it. Yield it with each batch if that
   * is easier: the kit writes it once in a process, and again when it changes.
   */
  readonly schema?: TableSchema | readonly TableSchema[];
  /** Serialised by the kit. Leave out when `lines` is there. */
  readonly envelopes?: readonly Envelope[];
  /**
   * Whole envelope lines, each beginning with `{` and ending with a line feed,
   * passed on without looking inside. Must stay unchanged until the batch after
   * the next one is asked for: alternate two buffers, or make new ones.
   */
  readonly lines?: Uint8Array;
  /** How many lines `lines` holds. */
  readonly lineCount?: number;
  /**
   * "Who starts after everything up to here starts from this." Needs the feature
   * `state`; without it the kit drops it. Cheap: the kit writes only the newest
   * of those that follow each other closely.
   */
  readonly state?: Json;
  /**
   * Called once everything up to here is settled: commit the checkpoint. In the
   * order of the batches, never two at once, while `read` goes on. Needs the
   * feature `ack`; where the CLI doesn't offer it, called after the write.
   */
  readonly delivered?: () => void | Promise<void>;
}

/** What the kit hands to `read`. */
export interface InputContext {
  /** Aborted when the CLI asks to stop: finish what is begun, then return. */
  readonly signal: AbortSignal;
  /** Resolves after `delayMs`, or at once (without an error) on stop. */
  sleep(delayMs: number): Promise<void>;
  readonly log: Logger;
  /** Milliseconds since 1970, with a fraction: to stamp, never to measure. */
  now(): number;
  /**
   * How many bytes a batch should have at most so that its state comes soon enough:
   * about what the destination takes in a quarter of a second. For inputs that
   * read large blocks; the others need not care.
   */
  batchBytes(): number;
  /** Milliseconds since an arbitrary start; never set back: to measure. */
  monotonicMs(): number;
  /** Shown to the user. */
  progress(message: string, done?: number, total?: number): void;
  /**
   * Numbers for the metrics, by name with its unit: `{ retained_bytes: 1024 }`.
   * The newest of each name counts. `lag` is the task's `dstream_lag` too. At
   * most 16, each a finite number; more are left out.
   */
  gauges(values: Readonly<Record<string, number>>): void;
}

/** An opened input. */
export interface Input {
  /**
   * Called once, after `ready` was said.
   * @param resume The newest settled state of an earlier run.
   */
  read(
    resume: Json | undefined,
    context: InputContext,
  ): AsyncIterable<InputBatch>;
  /** Called when the run is over and every `delivered` was, however it ended. */
  close?(): Promise<void>;
}

/** What `open` gets besides the config. */
export interface OpenContext {
  /** Aborted when the process must end. */
  readonly signal: AbortSignal;
  /** Resolves after `delayMs`, or at once (without an error) on `signal`. */
  sleep(delayMs: number): Promise<void>;
  readonly log: Logger;
  /** Milliseconds since 1970, with a fraction: to stamp, never to measure. */
  now(): number;
  /** Milliseconds since an arbitrary start; never set back: to measure. */
  monotonicMs(): number;
  /** What both sides agreed on; nothing by hand. */
  readonly features: ReadonlySet<Feature>;
  /** Whose run this is; nothing by hand, or under a CLI that doesn't say. */
  readonly taskName: string | undefined;
}

/** All there is to know about an input provider; see {@link defineInput}. */
export interface InputDefinition<F extends Fields> {
  /** Technology: "counter", "file". */
  readonly name: string;
  /** One sentence: what it reads. */
  readonly summary: string;
  /** The kit's own when left out. */
  readonly version?: string;
  /** Before log lines by hand; made of the name when left out. */
  readonly logLabel?: string;
  /** The keys of its config block. */
  readonly config: F;
  /** Config blocks that work, for `spec` and the reference page. */
  readonly examples?: readonly JsonObject[];
  /**
   * What it can use: `state` if it yields states, `ack` if it yields `delivered`,
   * `schema` if it yields schemas. With both of the first, `delivered` moves a
   * checkpoint of the source and the state is what only dstream can remember: say
   * in the documentation what is kept where. The state is stored before
   * `delivered` is called.
   */
  readonly features?: readonly Feature[];
  /** Those of its {@link features} that it uses with this config; all as a rule. */
  uses?(config: Config<F>): readonly Feature[];
  /**
   * The features it refuses to start without under a CLI. Run by hand (the
   * oldest form of the start line) nothing is refused.
   */
  needs?(config: Config<F>): readonly Feature[];
  /** Mistakes no single field can see; touches nothing outside. */
  check?(config: Config<F>): Iterable<ConfigProblem>;
  /** Connects; what it throws is told to the user before anything streams. */
  open(config: Config<F>, context: OpenContext): Input | Promise<Input>;
  readonly lifecycle?: Lifecycle<Config<F>>;
}
