/**
 * The file that is written now, the one before and the one after.
 *
 * Without `{seq}` lines are appended to the named file itself, where others may
 * watch them arrive; a name with a time in it changes with the time. With `{seq}`
 * a file is `NAME.part` until it is finished, and then gets its name at once.
 *
 * What a killed writer left is taken up first: its torn end is cut off, and its
 * `.part` is gone on with or finished.
 *
 * @module
 */

import type { Logger } from "@dstream/sdk";
import type { Encoder } from "../../formats/mod.ts";
import { beginOfPacked, compress, type Packing } from "./member_writer.ts";
import type { Moment } from "./moment.ts";
import { joinPath, type NameTemplate, splitPath } from "./name_template.ts";
import { createFolder, OutputFile } from "./output_file.ts";
import {
  bySequence,
  exists,
  nameFinished,
  namesIn,
  nextSequence,
  PART,
  withoutPart,
} from "./part_names.ts";
import { findWholeBytes, type RecordKind } from "./whole_records.ts";
import type { WriterLock } from "./writer_lock.ts";

const LINE_FEED = 0x0a;
/** Enough for the longest header. */
const HEADER_BYTES = 65_536;

/** What decides where lines go. */
export interface SeriesOptions {
  readonly template: NameTemplate;
  readonly encoder: Encoder;
  /** Left out where files are as they are. */
  readonly packing: Packing | undefined;
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  readonly lock: WriterLock;
  readonly log: Logger;
}

export class FileSeries {
  readonly #options: SeriesOptions;
  #current: OutputFile | undefined;

  constructor(options: SeriesOptions) {
    this.#options = options;
  }

  /** Takes up what is there; fails where nothing could be written. */
  async open(now: Moment): Promise<void> {
    const { template, lock: { leftNote } } = this.#options;
    const { folder } = splitPath(template.render(now.wallMs));
    await createFolder(folder);
    // A `.part` that is gone got its name before its writer was killed.
    if (leftNote?.file !== undefined && exists(leftNote.file)) {
      await this.#repair(leftNote.file, leftNote.wholeBytes ?? 0);
    }
    if (template.hasSequence) await this.#takeUpParts(now);
    else await this.#begin(template.render(now.wallMs), now);
  }

  /** When the current file must be finished (monotonic), though nothing comes. */
  get dueAtMs(): number {
    if (this.#current === undefined) return Infinity;
    return this.#current.startedAtMs + this.#options.maxAgeMs;
  }

  /** Whole records, or a whole member of them. */
  async append(bytes: Uint8Array, now: Moment): Promise<void> {
    if (bytes.length === 0) return;
    const file = await this.#fileFor(bytes.length, now);
    if (file.sizeBytes === 0) await this.#appendHeader(file);
    await file.append(bytes);
  }

  /** Returns when all that was appended survives a power failure. */
  async makeDurable(): Promise<void> {
    const file = this.#current;
    if (file === undefined) return;
    await file.makeDurable();
    this.#options.lock.note(file.path, file.sizeBytes);
  }

  /** Ends the current file; the next lines begin another. */
  async finish(): Promise<void> {
    const file = this.#current;
    if (file === undefined) return;
    await this.makeDurable();
    this.#current = undefined;
    file[Symbol.dispose]();
    if (this.#options.template.hasSequence) await nameFinished(file.path);
    this.#options.lock.note();
  }

  /** Leaves everything as it is. */
  close(): void {
    this.#current?.[Symbol.dispose]();
    this.#current = undefined;
  }

  get #recordKind(): RecordKind {
    const { packing, encoder } = this.#options;
    return packing ?? encoder.recordKind;
  }

  async #fileFor(sizeBytes: number, now: Moment): Promise<OutputFile> {
    const file = this.#current;
    if (file !== undefined && this.#mustEnd(file, sizeBytes, now)) {
      await this.finish();
    }
    if (this.#current === undefined) {
      const { template } = this.#options;
      const path = template.hasSequence
        ? template.render(now.wallMs, await nextSequence(template, now)) + PART
        : template.render(now.wallMs);
      await this.#begin(path, now);
    }
    return this.#current!;
  }

  #mustEnd(file: OutputFile, sizeBytes: number, now: Moment): boolean {
    const { template, maxBytes, maxAgeMs } = this.#options;
    if (!template.hasSequence) {
      return template.render(now.wallMs) !== file.path ||
        !file.isInPlace(now.monotonicMs);
    }
    return file.sizeBytes > 0 && file.sizeBytes + sizeBytes > maxBytes ||
      now.monotonicMs - file.startedAtMs >= maxAgeMs ||
      !hasSameName(template, file.path.slice(0, -PART.length), now);
  }

  /** Opens a file, new or not, and notes that it is being written. */
  async #begin(path: string, now: Moment): Promise<void> {
    const { lock } = this.#options;
    const file = await OutputFile.open(path, now);
    this.#current = file;
    lock.note(path, file.sizeBytes);
    await lock.makeDurable();
    if (file.sizeBytes > 0) await this.#goOn(file);
  }

  /** A file that somebody may have edited. */
  async #goOn(file: OutputFile): Promise<void> {
    const { encoder, packing } = this.#options;
    const bytes = file.readAt(0, HEADER_BYTES);
    const begin = packing === undefined
      ? bytes
      : await beginOfPacked(file.path, bytes, packing);
    encoder.adopt?.(file.path, begin);
    if (packing !== undefined) return;
    if (file.readAt(file.sizeBytes - 1, 1)[0] === LINE_FEED) return;
    await file.append(Uint8Array.of(LINE_FEED));
  }

  async #appendHeader(file: OutputFile): Promise<void> {
    const header = this.#options.encoder.header?.();
    if (header === undefined) return;
    const { packing } = this.#options;
    await file.append(
      packing === undefined
        ? header
        : await compress([header.slice()], packing),
    );
  }

  /**
   * Cuts off what a killed writer left half written.
   * @returns Whether the file is ours to go on with.
   */
  async #repair(path: string, wholeBytes?: number): Promise<boolean> {
    const known = wholeBytes ?? 0;
    const whole = await findWholeBytes(path, this.#recordKind, known);
    using file = await OutputFile.open(path);
    const torn = file.sizeBytes - whole;
    if (torn === 0) return true;
    if (wholeBytes === undefined && whole === 0) {
      this.#options.log.warn(`left ${path} alone: nothing in it is whole`);
      return false;
    }
    await file.truncate(whole);
    await file.makeDurable();
    this.#options.log.warn(
      `cut off half a record, ${torn} bytes, that a killed run left in ${path}`,
      { file: path, bytes: torn },
    );
    return true;
  }

  /** Goes on with the newest `.part` if its name still fits, ends the others. */
  async #takeUpParts(now: Moment): Promise<void> {
    const { template, lock: { leftNote } } = this.#options;
    const { folder, pattern } = template.sequencePattern(now.wallMs);
    const parts = new Set<string>();
    const noted = leftNote?.file;
    if (noted?.endsWith(PART) && exists(noted)) parts.add(noted);
    for (const name of namesIn(folder)) {
      if (!name.endsWith(PART) || !pattern.test(withoutPart(name))) continue;
      const path = joinPath(folder, name);
      // Of one that wasn't noted nothing is known.
      if (path === noted || await this.#repair(path)) parts.add(path);
    }
    const newest = [...parts].sort(bySequence).at(-1);
    for (const path of parts) {
      const isEmpty = Deno.statSync(path).size === 0;
      const fits = hasSameName(template, withoutPart(path), now);
      if (isEmpty) await Deno.remove(path);
      else if (path === newest && fits) await this.#begin(path, now);
      else await nameFinished(path);
    }
  }
}

/** Whether a file begun now would be called like this one but for its number. */
function hasSameName(
  template: NameTemplate,
  path: string,
  now: Moment,
): boolean {
  const { folder, pattern } = template.sequencePattern(now.wallMs);
  const { folder: itsFolder, name } = splitPath(path);
  return folder === itsFolder && pattern.test(name);
}
