/**
 * Parquet files, each written beside its name and named when it is whole.
 *
 * Such a file can't be gone on with: its end says where everything lies. So nothing
 * is acknowledged before its file is finished, and what a killed run left unfinished
 * is removed, since all of it comes again.
 *
 * @module
 */

import type {
  OpenContext,
  Output,
  OutputBatch,
  OutputContext,
} from "@dstream/sdk";
import { readHead, type TableSchema } from "@dstream/sdk/changes";
import { FileFormats, type FileWriter, RowSchemas } from "../../formats/mod.ts";
import {
  type FileConfig,
  pageCompressionOf,
  wholeFileBytes,
} from "./config.ts";
import { type Moment, momentOf } from "./moment.ts";
import { joinPath, NameTemplate } from "./name_template.ts";
import {
  createFolder,
  OutputFile,
  refusePipesAndDevices,
} from "./output_file.ts";
import {
  nameFinished,
  namesIn,
  nextSequence,
  PART,
  withoutPart,
} from "./part_names.ts";
import { WriterLock } from "./writer_lock.ts";

/** The longest line there may be, and one batch beside it. */
const MAX_BATCH_BYTES = 18 * 1024 * 1024;
/** Of different tables; then the oldest is finished. */
const MOST_OPEN = 100;
/** Of rows that wait for their group, in all files. */
const MOST_HELD_BYTES = 64 * 1024 * 1024;
const MOST_TIMER_MS = 2 ** 31 - 1;
const ROWS_IN_GROUP = 20_000;
const SCHEMA_HINT = "let columns be guessed: infer_columns = true";

/** A file that isn't finished. */
interface OpenFile {
  readonly table: string;
  readonly writer: FileWriter;
  readonly file: OutputFile;
  /** Bytes for it that aren't written yet. */
  readonly pieces: Uint8Array[];
  /** The place of its first line. */
  readonly firstSeq: number;
  schema: TableSchema;
}

export class ParquetOutput implements Output {
  readonly #config: FileConfig;
  readonly #template: NameTemplate;
  readonly #lock: WriterLock;
  readonly #context: OpenContext;
  readonly #formats: FileFormats;
  readonly #schemas: RowSchemas;
  readonly #files = new Map<string, OpenFile>();
  #settled: OutputContext["settled"] = () => {};
  #takenSeq = 0;
  #isEnded = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #work: Promise<void> = Promise.resolve();

  private constructor(
    config: FileConfig,
    template: NameTemplate,
    lock: WriterLock,
    context: OpenContext,
  ) {
    this.#config = config;
    this.#template = template;
    this.#lock = lock;
    this.#context = context;
    const { inferColumns } = config;
    this.#formats = new FileFormats({
      format: "parquet",
      compression: pageCompressionOf(config),
      delimiter: undefined,
      parquet: {
        secondDigits: 6,
        nested: "structs",
        groupRows: ROWS_IN_GROUP,
        without: [],
        metadataColumns: config.metadataColumns ?? [],
      },
    }, MAX_BATCH_BYTES);
    this.#schemas = new RowSchemas({
      format: "parquet",
      inferColumns,
      hint: SCHEMA_HINT,
    });
  }

  /** @throws {ConfigError} when the path is in use, or can't be written. */
  static async open(
    config: FileConfig,
    context: OpenContext,
  ): Promise<ParquetOutput> {
    const template = new NameTemplate(config.path);
    const now = momentOf();
    refusePipesAndDevices(template.render(now.wallMs));
    await createFolder(template.fixedFolder().folder);
    const lock = await WriterLock.take(template, now.wallMs);
    try {
      const output = new ParquetOutput(config, template, lock, context);
      await output.#removeParts(now);
      await output.#formats.load();
      return output;
    } catch (error) {
      lock.abandon();
      throw error;
    }
  }

  write(batch: OutputBatch, context: OutputContext): Promise<void> {
    this.#settled = context.settled;
    return this.#inTurn(async () => {
      for (let index = 0; index < batch.count;) {
        index = await this.#takeRun(batch, index);
      }
      this.#takenSeq = batch.first + batch.count - 1;
      await this.#finishDue();
      this.#settle();
      this.#watchAge();
    });
  }

  flush(): Promise<void> {
    return this.#inTurn(async () => {
      for (const file of this.#files.values()) await this.#finish(file);
      this.#settle();
    });
  }

  async end(): Promise<void> {
    clearTimeout(this.#timer);
    await this.flush();
    this.#lock.release();
    this.#isEnded = true;
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#work.catch(() => {}); // told to whoever waited for it
    for (const { file, writer } of this.#files.values()) {
      writer[Symbol.dispose]();
      file[Symbol.dispose]();
      await Deno.remove(file.path).catch(() => {}); // it comes again
    }
    this.#files.clear();
    if (!this.#isEnded) this.#lock.release();
  }

  /** Neighbours of one table and schema. @returns The line behind them. */
  async #takeRun(batch: OutputBatch, from: number): Promise<number> {
    const table = tableOf(batch, from);
    const schema = table === undefined
      ? undefined
      : this.#schemas.schemaOf(batch, from, table);
    if (table === undefined || schema === undefined) return from + 1; // rejected
    let to = from + 1;
    while (to < batch.count && !this.#schemas.mayGrow(schema)) {
      if (tableOf(batch, to) !== table) break;
      to++;
    }
    const file = await this.#fileFor(table, schema, batch.first + from);
    await file.writer.append(batch, from, to);
    await writePieces(file);
    return to;
  }

  async #fileFor(
    table: string,
    schema: TableSchema,
    firstSeq: number,
  ): Promise<OpenFile> {
    const known = this.#files.get(table);
    if (known !== undefined && this.#fits(known, schema)) return known;
    if (known !== undefined) await this.#finish(known);
    const now = momentOf();
    const number = await nextSequence(this.#template, now);
    const path = this.#template.render(now.wallMs, number) + PART;
    const file = await OutputFile.open(path, now);
    const pieces: Uint8Array[] = [];
    const writer = this.#formats.create(
      schema,
      (bytes) => pieces.push(bytes.slice()),
    );
    const begun = { table, writer, file, pieces, firstSeq, schema };
    this.#files.set(table, begun);
    return begun;
  }

  #fits(file: OpenFile, schema: TableSchema): boolean {
    const isSame = schema === file.schema ||
      JSON.stringify(schema) === JSON.stringify(file.schema) ||
      this.#schemas.mayGrow(schema) && file.writer.adopt?.(schema) === true;
    if (isSame) file.schema = schema;
    return isSame;
  }

  /** What is full or old; and what takes too much memory is written out. */
  async #finishDue(): Promise<void> {
    const nowMs = momentOf().monotonicMs;
    let heldBytes = 0;
    for (const file of [...this.#files.values()]) {
      const isDue = file.file.sizeBytes >= wholeFileBytes(this.#config) ||
        nowMs - file.file.startedAtMs >= (this.#config.maxAge ?? Infinity);
      if (isDue) await this.#finish(file);
      else heldBytes += file.writer.heldBytes;
    }
    if (heldBytes > MOST_HELD_BYTES) {
      for (const file of this.#files.values()) {
        await file.writer.makeRoom();
        await writePieces(file);
      }
    }
    const [oldest] = this.#files.values();
    if (this.#files.size > MOST_OPEN) await this.#finish(oldest);
  }

  async #finish(open: OpenFile): Promise<void> {
    const { file, writer, table } = open;
    await writer.finish();
    await writePieces(open);
    await file.makeDurable();
    writer[Symbol.dispose]();
    file[Symbol.dispose]();
    if (file.sizeBytes === 0) await Deno.remove(file.path); // nothing but rejected rows
    else await nameFinished(file.path);
    this.#files.delete(table);
  }

  #settle(): void {
    let first = this.#takenSeq + 1;
    for (const { firstSeq } of this.#files.values()) {
      first = Math.min(first, firstSeq);
    }
    this.#settled(first - 1);
  }

  #watchAge(): void {
    clearTimeout(this.#timer);
    const { maxAge } = this.#config;
    if (maxAge === undefined || this.#files.size === 0) return;
    const starts = [...this.#files.values()]
      .map(({ file }) => file.startedAtMs);
    const waitMs = Math.min(...starts) + maxAge - momentOf().monotonicMs;
    const finish = () =>
      this.#inTurn(async () => {
        await this.#finishDue();
        this.#settle();
        this.#watchAge();
      }).catch((error) => this.#context.log.error(error.message));
    this.#timer = setTimeout(
      () => void finish(),
      Math.min(Math.max(1, waitMs), MOST_TIMER_MS),
    );
  }

  /** Half a file of a killed run is worth nothing. */
  async #removeParts(now: Moment): Promise<void> {
    const { folder, pattern } = this.#template.sequencePattern(now.wallMs);
    for (const name of namesIn(folder)) {
      if (!name.endsWith(PART) || !pattern.test(withoutPart(name))) continue;
      const path = joinPath(folder, name);
      this.#context.log.warn(
        `removed ${path}, which a killed run left unfinished: its rows come again`,
        { file: path },
      );
      await Deno.remove(path);
    }
  }

  /** One thing at a time, in the order asked for. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => {});
    return done;
  }
}

async function writePieces({ file, pieces }: OpenFile): Promise<void> {
  for (const piece of pieces.splice(0)) {
    if (piece.length > 0) await file.append(piece);
  }
}

/** @returns `undefined` for a line that is no envelope. */
function tableOf(batch: OutputBatch, index: number): string | undefined {
  const head = readHead(batch, index);
  return head === undefined ? undefined : head.table ?? "";
}
