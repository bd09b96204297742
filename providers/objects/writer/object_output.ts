/**
 * Rows into files, files into an object store, and only then an acknowledgement.
 *
 * Every row goes to the file of its own folder and table. A file that is full, old,
 * or in the way of others is finished and stored under a name that says which rows
 * it has; what a file's name tells is there already is left out when it comes again.
 *
 * Which folder is placing.ts, how far a table is stored track.ts, the bytes of a file
 * open_file.ts, the way into the store uploads.ts.
 *
 * @module
 */

import type { TableSchema } from "@dstream/sdk/changes";
import type {
  OpenContext,
  Output,
  OutputBatch,
  OutputContext,
} from "@dstream/sdk";
import { FileFormats, kindOf, RowSchemas } from "../../formats/mod.ts";
import { UnplacedNames } from "../names.ts";
import type { ObjectStore } from "../store.ts";
import { fileOptionsOf, heldBytes, type WriterConfig } from "./config.ts";
import { FileBuffer } from "../file_buffer.ts";
import { HeldLines } from "./held_lines.ts";
import { OpenFile } from "./open_file.ts";
import { type Place, Placing } from "./placing.ts";
import { storeFile, type StoreFileDeps } from "./stored_file.ts";
import type { Track } from "./track.ts";
import { Tracks } from "./tracks.ts";
import { Uploads } from "./uploads.ts";

/** The longest line there may be, and one batch beside it. */
const MAX_BATCH_BYTES = 18 * 1024 * 1024;
/** Between two looks whether a file is full. */
const MOST_RUN_ROWS = 1000;
/** Of rows that wait for their group, in all files. */
const MOST_WAITING_BYTES = 64 * 1024 * 1024;
const SCHEMA_HINT =
  'declare columns = { id = "int64", … }, or let them be guessed: ' +
  "infer_columns = true";
/** The longest a timer can be; 24 days. */
const MOST_TIMER_MS = 2 ** 31 - 1;

/** Lines of one batch that go into one file. */
interface Run {
  readonly file: OpenFile;
  readonly from: number;
}

export class ObjectOutput implements Output {
  readonly #config: WriterConfig;
  readonly #store: ObjectStore;
  readonly #context: OpenContext;
  readonly #placing: Placing;
  readonly #tracks: Tracks;
  readonly #uploads: Uploads;
  readonly #held = new HeldLines();
  readonly #files = new Map<string, OpenFile>();
  readonly #ending = new AbortController();
  readonly #formats: FileFormats;
  readonly #schemas: RowSchemas;
  readonly #storing: StoreFileDeps;
  #settled: OutputContext["settled"] = () => {};
  #timer: ReturnType<typeof setTimeout> | undefined;
  #work: Promise<void> = Promise.resolve();
  #hasSaidSmall = false;

  private constructor(
    config: WriterConfig,
    store: ObjectStore,
    context: OpenContext,
  ) {
    this.#config = config;
    this.#store = store;
    this.#context = context;
    this.#placing = new Placing(config, () => context.now());
    this.#tracks = new Tracks(store, context, this.#ending.signal);
    this.#uploads = new Uploads(() => this.#settle());
    const options = fileOptionsOf(config);
    this.#formats = new FileFormats(options, MAX_BATCH_BYTES);
    this.#schemas = new RowSchemas({ ...config, hint: SCHEMA_HINT });
    this.#storing = {
      store,
      context,
      names: new UnplacedNames(),
      ...kindOf(options),
      signal: this.#ending.signal,
    };
  }

  /** @throws {ConfigError} where nothing can be stored. */
  static async open(
    config: WriterConfig,
    store: ObjectStore,
    context: OpenContext,
  ): Promise<ObjectOutput> {
    const output = new ObjectOutput(config, store, context);
    const prefix = output.#placing.fixedPrefix;
    await store.check(prefix, context.signal);
    await output.#abortUploads(prefix);
    await output.#formats.load();
    return output;
  }

  write(batch: OutputBatch, context: OutputContext): Promise<void> {
    this.#settled = context.settled;
    return this.#inTurn(async () => {
      this.#uploads.throwFailure();
      await this.#take(batch);
      const lastSeq = batch.first + batch.count - 1;
      this.#held.add(lastSeq, batch.bytes.length);
      await this.#makeRoom();
      this.#settle();
      this.#watchAge();
      this.#tracks.tellRepeats();
      this.#tracks.prune((key) => this.#files.has(key));
    });
  }

  flush(): Promise<void> {
    return this.#inTurn(async () => {
      for (const file of this.#inOrder()) await this.#finish(file);
      await this.#uploads.drain();
      this.#settle();
    });
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#ending.abort();
    await this.#work.catch(() => {}); // told to whoever waited for it
    await this.#uploads.drain().catch(() => {});
    for (const file of this.#files.values()) file[Symbol.dispose]();
    this.#files.clear();
  }

  /** Each line into its file; neighbours together. */
  async #take(batch: OutputBatch): Promise<void> {
    const { maxRows = Infinity } = this.#config;
    let run: Run | undefined;
    for (let index = 0; index < batch.count; index++) {
      const place = this.#placing.placeOf(batch, index);
      // Waiting, even for nothing, would cost more than the row.
      const known = place && this.#knownFile(place, batch, index);
      const file = known === "repeat" ? undefined : known ??
        (place && await this.#fileFor(place, batch, index, run));
      if (run !== undefined && file !== run.file) {
        // A file that another schema closed has taken its rows already.
        if (this.#isOpen(run.file)) await this.#append(run, batch, index);
        run = undefined;
      }
      if (file === undefined) continue;
      run ??= { file, from: index };
      const runRows = index + 1 - run.from;
      if (runRows < MOST_RUN_ROWS && file.rows + runRows < maxRows) continue;
      await this.#append(run, batch, index + 1);
      run = undefined;
    }
    if (run !== undefined) await this.#append(run, batch, batch.count);
  }

  #isOpen(file: OpenFile): boolean {
    return this.#files.get(file.start.key) === file;
  }

  async #append(
    { file, from }: Run,
    batch: OutputBatch,
    to: number,
  ): Promise<void> {
    const { maxBytes, maxRows = Infinity } = this.#config;
    await file.append(batch, from, to);
    if (file.sizeBytes >= maxBytes || file.rows >= maxRows) {
      await this.#finish(file);
    }
  }

  /** The file that is open for it, unless something must be waited for. */
  #knownFile(
    { key, table, position, isUnique }: Place,
    batch: OutputBatch,
    index: number,
  ): OpenFile | "repeat" | undefined {
    const file = this.#files.get(key);
    if (file === undefined) return undefined;
    const track = position === undefined ? undefined : this.#tracks.get(key);
    if (position !== undefined) {
      if (track === undefined) return undefined;
      if (track.isTaken(position)) {
        this.#tracks.countRepeat();
        return "repeat";
      }
    }
    const schema = this.#schemas.schemaOf(batch, index, table);
    if (!file.fits(schema, this.#schemas.mayGrow(schema))) return undefined;
    track?.take(position!, isUnique);
    return file;
  }

  /** @returns `undefined` for a row that is stored already. */
  async #fileFor(
    place: Place,
    batch: OutputBatch,
    index: number,
    before: Run | undefined,
  ): Promise<OpenFile | undefined> {
    const { key, prefix, table, position } = place;
    let track: Track | undefined;
    if (position !== undefined) {
      track = this.#tracks.get(key) ??
        await this.#tracks.find(key, prefix, table, position);
      if (track.isTaken(position)) {
        this.#tracks.countRepeat();
        return undefined;
      }
    }
    const schema = this.#schemas.schemaOf(batch, index, table);
    let file = this.#files.get(key);
    if (
      file !== undefined && !file.fits(schema, this.#schemas.mayGrow(schema))
    ) {
      if (before?.file === file) await this.#append(before, batch, index);
      if (this.#files.has(key)) await this.#finish(file);
      file = undefined;
    }
    track?.take(position!, place.isUnique);
    return file ?? this.#begin(place, track, batch.first + index, schema);
  }

  #begin(
    { key, prefix, table, position }: Place,
    track: Track | undefined,
    firstSeq: number,
    schema: TableSchema | undefined,
  ): OpenFile {
    const startedAtMs = this.#context.monotonicMs();
    const first = position;
    const file = new OpenFile(
      { key, prefix, table, track, first, firstSeq, startedAtMs, schema },
      new FileBuffer(this.#config.bufferPath),
      this.#formats,
    );
    this.#files.set(key, file);
    return file;
  }

  /**
   * While too many files are open the oldest is finished; while too much is held, it
   * is too, or its upload is awaited where it is on its way.
   */
  async #makeRoom(): Promise<void> {
    await this.#makeMemory();
    for (;;) {
      const [oldest] = this.#inOrder();
      const openSeq = oldest?.start.firstSeq ?? Infinity;
      const uploadSeq = this.#uploads.firstSeq;
      const heldSeq = Math.min(openSeq, uploadSeq);
      const isHeld = heldSeq < Infinity &&
        this.#held.bytesFrom(heldSeq) > heldBytes(this.#config);
      const isFull = this.#files.size > this.#config.maxOpenFiles;
      if (!isHeld && !isFull) return;
      if (isHeld && !isFull && uploadSeq < openSeq) await this.#uploads.next();
      else {
        if (isHeld) this.#saySmall(oldest);
        await this.#finish(oldest);
      }
    }
  }

  /** Rows that wait for their group take memory in every file. */
  async #makeMemory(): Promise<void> {
    const files = [...this.#files.values()]
      .map((file) => ({ file, heldBytes: file.heldBytes }));
    let allBytes = files.reduce((sum, { heldBytes }) => sum + heldBytes, 0);
    if (allBytes <= MOST_WAITING_BYTES) return;
    files.sort((a, b) => b.heldBytes - a.heldBytes);
    for (const { file, heldBytes } of files) {
      allBytes -= heldBytes;
      await file.makeRoom();
      if (allBytes <= MOST_WAITING_BYTES / 2) return;
    }
  }

  #saySmall({ sizeBytes }: OpenFile): void {
    if (this.#hasSaidSmall) return;
    this.#hasSaidSmall = true;
    this.#context.log.warn(
      `a file is finished before it has ${this.#config.maxBytes} bytes, since ` +
        "hold_bytes is reached",
      { bytes: sizeBytes, hold_bytes: heldBytes(this.#config) },
    );
  }

  /** The oldest first. */
  #inOrder(): OpenFile[] {
    return [...this.#files.values()]
      .sort((a, b) => a.start.firstSeq - b.start.firstSeq);
  }

  /** Ends a file and sends it on its way. */
  async #finish(file: OpenFile): Promise<void> {
    const { key, track, firstSeq } = file.start;
    const last = track?.through;
    await file.finish();
    const added = this.#uploads.add({
      order: key,
      firstSeq,
      run: async () => {
        if (file.sizeBytes > 0) await storeFile(file, last, this.#storing);
        file[Symbol.dispose]();
      },
    });
    // Not before it counts as an upload: what is in neither is taken for settled.
    this.#files.delete(key);
    await added;
  }

  #settle(): void {
    let firstOpen = this.#uploads.firstSeq;
    for (const { start } of this.#files.values()) {
      firstOpen = Math.min(firstOpen, start.firstSeq);
    }
    const upTo = Math.min(firstOpen - 1, this.#held.takenSeq);
    this.#held.forget(upTo);
    this.#settled(upTo);
  }

  #watchAge(): void {
    clearTimeout(this.#timer);
    const [oldest] = this.#inOrder();
    if (oldest === undefined) return;
    const ageMs = this.#context.monotonicMs() - oldest.start.startedAtMs;
    const waitMs = Math.max(0, this.#config.maxAge - ageMs);
    this.#timer = setTimeout(
      () => void this.#finishOld().catch(() => {}), // told by the next flush
      Math.min(waitMs, MOST_TIMER_MS),
    );
  }

  #finishOld(): Promise<void> {
    return this.#inTurn(async () => {
      const nowMs = this.#context.monotonicMs();
      for (const file of this.#inOrder()) {
        if (nowMs - file.start.startedAtMs < this.#config.maxAge) break;
        await this.#finish(file);
      }
      this.#watchAge();
    });
  }

  async #abortUploads(prefix: string): Promise<void> {
    const { abortUploadsAfter } = this.#config;
    if (abortUploadsAfter === 0) return;
    const { log, signal } = this.#context;
    try {
      const count = await this.#store
        .abortUploads(prefix, abortUploadsAfter, signal);
      if (count > 0) log.info(`ended ${count} unfinished uploads`, { count });
    } catch (error) {
      log.warn(`cannot end old uploads: ${(error as Error).message}`);
    }
  }

  /** One thing at a time, in the order asked for. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => {});
    return done;
  }
}
