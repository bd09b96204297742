/**
 * Gathers changes and has them kept as tables: one transaction for all that came
 * while the one before was under way, acknowledged after COMMIT.
 *
 * While a database works on one gathering the next is read. What waits is bounded
 * by `batch_size` and 8 MiB, and half the CLI's window.
 *
 * @module
 */

import type {
  HoldLimits,
  OpenContext,
  Output,
  OutputBatch,
  OutputContext,
} from "@dstream/sdk";
import type { Dialect } from "./dialect.ts";
import type { SqlConfig } from "./fields.ts";
import { ChangeReader, type PlacedChange } from "./read_changes.ts";
import { ChangeWriter } from "./writer.ts";

const MAX_BYTES = 8 * 1024 * 1024;
const REFUSED = "sql.row_refused";

/** What the kit hands over at once. */
export function batchOf({ batchSize }: SqlConfig) {
  return { maxEnvelopes: batchSize, maxBytes: MAX_BYTES };
}

/** What is held back where `flush_interval` says so. */
export function holdOf(
  { batchSize, flushInterval }: SqlConfig,
): HoldLimits | undefined {
  return flushInterval === 0 ? undefined : {
    envelopes: batchSize,
    bytes: MAX_BYTES,
    delayMs: flushInterval,
  };
}

/** Lines that go into one transaction. */
interface Gathered {
  readonly changes: PlacedChange[];
  count: number;
  sizeBytes: number;
  /** The place of its last line. */
  last: number;
  context?: OutputContext;
}

/** See the module's comment. */
export class SqlOutput implements Output {
  readonly #writer: ChangeWriter;
  readonly #reader: ChangeReader;
  readonly #batchSize: number;
  #gathered = nothing();
  /** The transaction that is under way. */
  #working: Promise<void> = Promise.resolve();

  private constructor(writer: ChangeWriter, config: SqlConfig) {
    this.#writer = writer;
    this.#reader = new ChangeReader(config);
    this.#batchSize = config.batchSize;
  }

  /** @throws What `connect` throws; FinalError for a table that has to be there. */
  static async open(
    dialect: Dialect,
    config: SqlConfig,
    context: OpenContext,
  ): Promise<SqlOutput> {
    const writer = await ChangeWriter.open(dialect, config, context);
    return new SqlOutput(writer, config);
  }

  async write(batch: OutputBatch, context: OutputContext): Promise<void> {
    const isTooMuch = this.#gathered.count + batch.count > this.#batchSize ||
      this.#gathered.sizeBytes + batch.bytes.length > MAX_BYTES;
    if (isTooMuch) await this.#begin();
    const gathered = this.#gathered;
    gathered.context = context;
    this.#reader.read(
      batch,
      (index, reason) => batch.reject(index, reason, REFUSED),
      gathered.changes,
    );
    gathered.count += batch.count;
    gathered.sizeBytes += batch.bytes.length;
    gathered.last = batch.first + batch.count - 1;
    const isFull = gathered.count >= this.#batchSize ||
      gathered.sizeBytes >= MAX_BYTES;
    if (isFull) await this.#begin();
  }

  async flush(): Promise<void> {
    await this.#begin();
    await this.#working;
  }

  close(): Promise<void> {
    this.#writer.close();
    return Promise.resolve();
  }

  /** Writes what was gathered, when the transaction before is over. */
  async #begin(): Promise<void> {
    await this.#working;
    const gathered = this.#gathered;
    if (gathered.count === 0) return;
    this.#gathered = nothing();
    this.#working = this.#write(gathered);
    this.#working.catch(() => {}); // who begins the next one is told
  }

  async #write({ changes, last, context }: Gathered): Promise<void> {
    const rejected = await this.#writer.write(changes, context!);
    for (const [position, reason] of rejected) {
      context!.reject(position, reason, REFUSED);
    }
    context!.settled(last);
  }
}

function nothing(): Gathered {
  return { changes: [], count: 0, sizeBytes: 0, last: 0 };
}
