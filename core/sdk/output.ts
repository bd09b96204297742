/**
 * What an output provider implements.
 *
 * @module
 */

import type { Feature } from "../protocol/command.ts";
import type { Envelope, JsonObject } from "../protocol/envelope.ts";
import type { TableSchema } from "../protocol/schema.ts";
import type { Config, ConfigProblem, Fields } from "./config/mod.ts";
import type { OpenContext } from "./input.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Logger } from "./provider.ts";

/** What dstream's own metadata says of a change, unread by anybody else. */
export interface LineHead {
  readonly table: string | undefined;
  readonly operation: string | undefined;
  readonly key: readonly string[] | undefined;
  readonly position: string | undefined;
}

/**
 * Lines handed over together, in order. Every one begins with `{`; what can't
 * be an envelope was rejected before. Valid until `write` returns.
 */
export interface OutputBatch {
  /** How many lines; positions in this batch run from 0 to `count - 1`. */
  readonly count: number;
  /** The place of its first line among all of this process, from 1. */
  readonly first: number;
  /** The lines as they came, each with its line feed. */
  readonly bytes: Uint8Array;
  /**
   * The lines parsed, on first use; `undefined` where a line is no envelope
   * (the kit has rejected it by then). Index = position in the batch.
   */
  readonly envelopes: readonly (Envelope | undefined)[];
  /** One of them: parses this line alone. */
  envelope(index: number): Envelope | undefined;
  /** One line's bytes, without its line feed (and carriage return). */
  line(index: number): Uint8Array;
  /**
   * The text of `data` as it came, with all its digits and its key order, or
   * `undefined` where the line is no envelope (rejected by then).
   */
  dataText(index: number): string | undefined;
  /** The same for `metadata`; "{}" where it has none. */
  metadataText(index: number): string | undefined;
  /**
   * The metadata parsed, and nothing else of the line; `undefined` where it is no
   * envelope.
   */
  metadata(index: number): JsonObject | undefined;
  /**
   * Table, operation, key and position found in the bytes, without parsing; for
   * `readHead` of `@dstream/sdk/changes`, which knows what to do without.
   * @returns `undefined` where that isn't possible.
   */
  head(index: number): LineHead | undefined;
  /**
   * The schemas of all tables as they hold for these lines, by the table's name.
   * Needs the feature `schema`; a table whose input sends none isn't there.
   */
  readonly schemas: ReadonlyMap<string, TableSchema>;
  /** The schema of this line's table, where there is one. */
  schemaOf(index: number): TableSchema | undefined;
  /** This one can't be delivered however often it is tried. */
  reject(index: number, reason: string, code?: string): void;
}

/** What the kit hands to `write`. */
export interface OutputContext {
  /** Aborted when the process must end now: give up retrying. */
  readonly signal: AbortSignal;
  /** Resolves after `delayMs`, or at once (without an error) on `signal`. */
  sleep(delayMs: number): Promise<void>;
  readonly log: Logger;
  /** Milliseconds since 1970, with a fraction: to stamp, never to measure. */
  now(): number;
  /** Milliseconds since an arbitrary start; never set back: to measure. */
  monotonicMs(): number;
  /**
   * The provider's own output: whole lines for the user's stdout (a missing
   * last line feed is added). Waits when that is slow.
   */
  print(text: string | Uint8Array): Promise<void>;
  /**
   * For outputs with `flush` that make some lines durable sooner: says that all
   * lines up to this place ({@link OutputBatch.first} counts) are durable or
   * rejected, such as a file that is full while others are still open. At any time,
   * also between two calls.
   */
  settled(position: number): void;
  /**
   * For outputs with `flush`: the line at this place, which `write` took and
   * nothing settled yet, can't be delivered after all.
   */
  reject(position: number, reason: string, code?: string): void;
  /** Whether the user's stdout takes colours (told by the CLI). */
  readonly hasColours: boolean;
}

/** An opened output. */
export interface Output {
  /**
   * Returns when every line of the batch is durable or rejected; the kit then
   * acknowledges. Never called twice at once. Throwing ends the process.
   */
  write(batch: OutputBatch, context: OutputContext): Promise<void>;
  /**
   * For outputs where durable is dear (fsync, commit). If it is there, `write`
   * only takes the lines, and they are acknowledged after `flush` returned. The
   * kit calls it when no more lines wait, 50 ms after the first that was taken,
   * and before half the CLI's window is held; with the definition's `hold` when
   * that much is held, or the first line that long. The end of the data and a stop
   * flush at once. A line that can't be delivered after all is told by
   * {@link OutputContext.reject}.
   */
  flush?(): Promise<void>;
  /** The stream has ended, everything was written and flushed: e.g. rename. */
  end?(context: OutputContext): Promise<void>;
  /** Called when the run is over, however it ended. */
  close?(): Promise<void>;
}

/** How much one `write` gets at most. */
export interface BatchLimits {
  /** 1 MiB when left out; one longer line comes alone. */
  readonly maxBytes?: number;
  /** 10,000 when left out. */
  readonly maxEnvelopes?: number;
}

/** How much an output keeps before it makes it durable. */
export interface HoldLimits {
  /** Half the CLI's window when left out. */
  readonly bytes?: number;
  /** The same. */
  readonly envelopes?: number;
  /** How long the first line waits at most. */
  readonly delayMs: number;
}

/** All there is to know about an output provider; see {@link defineOutput}. */
export interface OutputDefinition<F extends Fields> {
  /** Technology: "console", "file". */
  readonly name: string;
  /** One sentence: where it writes. */
  readonly summary: string;
  /** The kit's own when left out. */
  readonly version?: string;
  /** Before log lines by hand; made of the name when left out. */
  readonly logLabel?: string;
  /** The keys of its config block. */
  readonly config: F;
  /** Config blocks that work, for `spec` and the reference page. */
  readonly examples?: readonly JsonObject[];
  /** `schema` if it looks at schemas; it acknowledges in any case. */
  readonly features?: readonly Feature[];
  /** Those of its {@link features} that it uses with this config; all as a rule. */
  uses?(config: Config<F>): readonly Feature[];
  /**
   * For outputs that write few large things: `flush` waits for so much. Nothing of
   * it is acknowledged before, so a crash repeats it; `undefined` holds nothing
   * back.
   */
  hold?(config: Config<F>): HoldLimits | undefined;
  /** Bounds of what `write` gets, from the config where it says so. */
  batch?(config: Config<F>): BatchLimits;
  /** Mistakes no single field can see; touches nothing outside. */
  check?(config: Config<F>): Iterable<ConfigProblem>;
  /** Connects; what it throws is told to the user before anything streams. */
  open(config: Config<F>, context: OpenContext): Output | Promise<Output>;
  readonly lifecycle?: Lifecycle<Config<F>>;
}
