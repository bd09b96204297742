/**
 * Appends envelopes to files, durable before they are acknowledged.
 *
 * Formats are the encoders, files and their names file_series.ts; this is the
 * order of things: encode, compress, append, and one fsync for all that came
 * meanwhile.
 *
 * @module
 */

import type { Logger, Output, OutputBatch, OutputContext } from "@dstream/sdk";
import {
  CsvEncoder,
  type Encoder,
  envelopeEncoder,
  JsonEncoder,
} from "../../formats/mod.ts";
import { type FileConfig, formatOf, packingOf } from "./config.ts";
import { FileSeries } from "./file_series.ts";
import { MemberWriter } from "./member_writer.ts";
import { momentOf } from "./moment.ts";
import { NameTemplate } from "./name_template.ts";
import { createFolder, refusePipesAndDevices } from "./output_file.ts";
import { WriterLock } from "./writer_lock.ts";

/** The longest line there may be, and one batch beside it. */
const MAX_BATCH_BYTES = 18 * 1024 * 1024;

/** With fewer bytes than this, compression waits for more. */
const WORTH_COMPRESSING_BYTES = 64 * 1024;

/** The longest a timer can be; 24 days. */
const MOST_TIMER_MS = 2 ** 31 - 1;

export class FileOutput implements Output {
  readonly #series: FileSeries;
  readonly #encoder: Encoder;
  readonly #members: MemberWriter | undefined;
  readonly #flushIntervalMs: number;
  readonly #lock: WriterLock;
  #context: OutputContext | undefined;
  #flushedAtMs = -Infinity;
  #isEnded = false;
  /** A file that gets too old while nothing comes is finished by itself. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #work: Promise<void> = Promise.resolve();

  private constructor(
    config: FileConfig,
    series: FileSeries,
    encoder: Encoder,
    lock: WriterLock,
  ) {
    this.#series = series;
    this.#encoder = encoder;
    this.#lock = lock;
    const packing = packingOf(config);
    if (packing !== undefined) this.#members = new MemberWriter(packing);
    this.#flushIntervalMs = config.flushInterval;
  }

  /** @throws {ConfigError} when the path is in use, or can't be written. */
  static async open(
    config: FileConfig,
    log: Logger,
    now = momentOf(),
  ): Promise<FileOutput> {
    const template = new NameTemplate(config.path);
    refusePipesAndDevices(template.render(now.wallMs));
    await createFolder(template.fixedFolder().folder);
    const lock = await WriterLock.take(template, now.wallMs);
    const encoder = createEncoder(config);
    const series = new FileSeries({
      template,
      encoder,
      packing: packingOf(config),
      maxBytes: config.maxBytes ?? Infinity,
      maxAgeMs: config.maxAge ?? Infinity,
      lock,
      log,
    });
    try {
      await series.open(now);
      return new FileOutput(config, series, encoder, lock);
    } catch (error) {
      series.close();
      // What a killed run left may not be repaired yet.
      if (lock.leftNote === undefined) lock.release();
      else lock.abandon();
      throw error;
    }
  }

  write(batch: OutputBatch, context: OutputContext): Promise<void> {
    this.#context = context;
    return this.#inTurn(async () => {
      const records = this.#encoder.encode(batch);
      const bytes = this.#members === undefined
        ? records
        : await this.#members.add(records);
      if (bytes !== undefined) {
        await this.#series.append(bytes, momentOf(context));
      }
      this.#watchAge(context);
    });
  }

  async flush(): Promise<void> {
    await this.#gather();
    await this.#inTurn(() => this.#flushNow());
  }

  async end(context: OutputContext): Promise<void> {
    this.#context = context;
    clearTimeout(this.#timer);
    await this.#inTurn(async () => {
      await this.#flushNow();
      await this.#series.finish();
      this.#lock.release();
      this.#isEnded = true;
    });
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#work.catch(() => {}); // told to whoever waited for it
    this.#series.close();
    if (!this.#isEnded) this.#lock.abandon();
  }

  async #flushNow(): Promise<void> {
    const member = await this.#members?.flush();
    const now = momentOf(this.#context);
    if (member !== undefined) await this.#series.append(member, now);
    await this.#series.makeDurable();
    this.#flushedAtMs = now.monotonicMs;
  }

  /** Lets more come that can be compressed together. */
  async #gather(): Promise<void> {
    const { gatheredBytes = Infinity } = this.#members ?? {};
    if (gatheredBytes >= WORTH_COMPRESSING_BYTES || !this.#context) return;
    const sinceMs = this.#context.monotonicMs() - this.#flushedAtMs;
    const waitMs = this.#flushIntervalMs - sinceMs;
    if (waitMs > 0) await this.#context.sleep(waitMs);
  }

  #watchAge(context: OutputContext): void {
    clearTimeout(this.#timer);
    const { dueAtMs } = this.#series;
    if (dueAtMs === Infinity) return;
    const waitMs = Math.max(0, dueAtMs - context.monotonicMs());
    const finish = () =>
      this.#inTurn(async () => {
        await this.#flushNow();
        await this.#series.finish();
      }).catch((error) => context.log.error(error.message));
    this.#timer = setTimeout(
      () => void finish(),
      Math.min(waitMs, MOST_TIMER_MS),
    );
  }

  /** One thing at a time, in the order asked for. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => {});
    return done;
  }
}

function createEncoder(config: FileConfig): Encoder {
  const format = formatOf(config);
  switch (format) {
    case "jsonl":
      return new JsonEncoder(MAX_BATCH_BYTES);
    case "envelopes":
      return envelopeEncoder;
    case "csv":
    case "tsv":
    default: { // parquet is parquet_output.ts
      const delimiter = config.delimiter ?? (format === "csv" ? "," : "\t");
      const { columns } = config;
      return new CsvEncoder({ delimiter, columns }, MAX_BATCH_BYTES);
    }
  }
}
