/**
 * Files that grow, are renamed, cut and created while they are read.
 *
 * Looked at by polling, which works on every file system. A rotated file (its name
 * is gone or belongs to another file) is read on through its open handle, before
 * the new one, until nothing has come for a while. What is at a file's end without
 * a line feed waits for it.
 *
 * Deciding whether a file is the one that was read is place.ts.
 *
 * @module
 */

import { FinalError, type InputBatch, type InputContext } from "@dstream/sdk";
import type { Reading } from "../../formats/reading/mod.ts";
import { wholeKind } from "./config.ts";
import { statOrNothing } from "./file_names.ts";
import type { FileFinder } from "./find_files.ts";
import { joinPath } from "./join_path.ts";
import {
  identityOf,
  isSameFile,
  isUnchanged,
  type OpenFile,
  type Place,
  placeAtEnd,
  type Places,
  stateOf,
} from "./place.ts";
import {
  fileNames,
  isLater,
  rotatedSiblings,
  split,
  type Times,
  timesOf,
} from "./rotated_siblings.ts";
import { StatePace } from "./state_pace.ts";
import { openFile, TrackedFile } from "./tracked_file.ts";

/** Each is an open handle. */
export const MAX_FOLLOWED = 1000;

/** A rotated file is let go when nothing has come for so long. */
export const ROTATED_QUIET_MS = 10_000;

/** While lines come in, the next look is not further away than this. */
const BUSY_POLL_MS = 50;

/** Listing files may take this part of the time. */
const LOOK_TIME_FACTOR = 20;

/** How files are followed. */
export interface FollowOptions {
  readonly pollIntervalMs: number;
  /** Begin the files that are there at the end of what they hold now. */
  readonly skipsExisting: boolean;
}

/** A file, and what was seen of it last. */
interface Followed {
  file: TrackedFile;
  isRotated: boolean;
  /** Of rotated ones: the order they were in. */
  rotation: number;
  seenSize: number;
  seenMtimeMs: number;
  changedAtMs: number;
}

export class FollowedFiles {
  readonly #finder: FileFinder;
  readonly #reading: Reading;
  readonly #options: FollowOptions;
  readonly #pace = new StatePace();
  readonly #refused = new Set<string>();
  #followed: Followed[] = [];
  #lookAtMs = 0;
  #rotations = 0;

  constructor(finder: FileFinder, reading: Reading, options: FollowOptions) {
    this.#finder = finder;
    this.#reading = reading;
    this.#options = options;
  }

  /** Yields until it is told to stop. */
  async *read(
    places: Places,
    context: InputContext,
  ): AsyncGenerator<InputBatch> {
    await this.#begin(places, context);
    if (this.#options.skipsExisting) yield { state: this.#state() };
    while (!context.signal.aborted) {
      let isQuiet = true;
      for (const followed of [...this.#followed]) {
        for await (const batch of this.#news(followed, context)) {
          yield batch;
          isQuiet = false;
        }
      }
      if (this.#pace.isBehind) yield { state: this.#state() };
      const { pollIntervalMs } = this.#options;
      const pauseMs = isQuiet
        ? pollIntervalMs
        : Math.min(BUSY_POLL_MS, pollIntervalMs);
      await context.sleep(pauseMs);
      if (context.monotonicMs() >= this.#lookAtMs) await this.#look(context);
    }
    yield { state: this.#state() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { file } of this.#followed) await file[Symbol.asyncDispose]();
  }

  /** `invalid`: the file whose next record can't be taken. */
  #state(invalid?: TrackedFile) {
    const places = this.#followed.map((followed) => {
      const { file } = followed;
      const place = file === invalid ? file.placeOfInvalid() : file.place();
      return { ...place, ...timesSeen(followed) };
    });
    return stateOf(places);
  }

  /** Takes up the files where an earlier run left them. */
  async #begin(places: Places, context: InputContext): Promise<void> {
    const changed: Place[] = [];
    for (const path of this.#find()) {
      const open = this.#openToFollow(path);
      if (open === undefined) continue;
      const known = places.take(open);
      if (known?.kind === "changed") {
        this.#warnChanged(path);
        changed.push(known.place);
      }
      const place = known?.kind === "same"
        ? known.place
        : this.#options.skipsExisting
        ? placeAtEnd(open)
        : undefined;
      await this.#add(open, place, context.monotonicMs());
    }
    for (const place of [...places.left]) {
      await this.#findRotated(place, places, context);
    }
    for (const place of changed) await this.#addSiblings(place, context);
    this.#lookAtMs = context.monotonicMs() + this.#options.pollIntervalMs;
  }

  /** A file that was renamed while nobody followed it. */
  async #findRotated(
    place: Place,
    places: Places,
    context: InputContext,
  ): Promise<void> {
    if (this.#followed.some(({ file }) => isSameFile(place, file.open.info))) {
      return; // under another name
    }
    const { folder } = split(place.path);
    for (const name of fileNames(folder === "" ? "." : folder)) {
      const path = joinPath(folder, name);
      const info = folder === "" ? statOrNothing(name) : statOrNothing(path);
      if (info === undefined || !isSameFile(place, info)) continue;
      const open = openFile(folder === "" ? name : path);
      const known = places.take(open);
      if (known?.kind === "same") {
        await this.#addRotated(open, known.place, context);
        await this.#addSiblings({ ...place, ...timesOf(open.info) }, context);
        return;
      }
      open.file.close();
    }
    await this.#addSiblings(place, context);
    context.log.warn(
      `${place.path} was renamed or removed while nothing followed it: what ` +
        "was written to it after that is not read",
      { file: place.path, offset: place.offset },
    );
  }

  /** The batches that have come up in one file. */
  async *#news(
    followed: Followed,
    context: InputContext,
  ): AsyncGenerator<InputBatch> {
    if (await this.#hasChanged(followed, context)) {
      yield* this.#drain(followed, false, context);
      followed.file.rewind();
    } else if (
      followed.isRotated &&
      context.monotonicMs() - followed.changedAtMs >= ROTATED_QUIET_MS
    ) {
      yield* this.#drain(followed, true, context);
      this.#followed = this.#followed.filter((other) => other !== followed);
      await followed.file[Symbol.asyncDispose]();
    }
  }

  async *#drain(
    { file }: Followed,
    isWhole: boolean,
    context: InputContext,
  ): AsyncGenerator<InputBatch> {
    try {
      while (!context.signal.aborted) {
        const chunk = await file.reader.next(isWhole);
        if (chunk === undefined) return;
        const count = this.#followed.length;
        const isDue = this.#pace.isDue(
          chunk.lines.length,
          count,
          context.monotonicMs(),
        );
        yield { ...chunk, state: isDue ? this.#state() : undefined };
      }
    } catch (error) {
      yield { state: this.#state(file) };
      throw error;
    }
  }

  /** Whether there is something new; a file that was cut is begun anew. */
  async #hasChanged(
    followed: Followed,
    context: InputContext,
  ): Promise<boolean> {
    const { file } = followed;
    const { size, mtime } = file.open.file.statSync();
    const mtimeMs = mtime?.getTime() ?? 0;
    if (size === followed.seenSize && mtimeMs === followed.seenMtimeMs) {
      return false;
    }
    const before = timesSeen(followed);
    followed.seenSize = size;
    followed.seenMtimeMs = mtimeMs;
    followed.changedAtMs = context.monotonicMs();
    if (!file.hasWhatWasRead(size)) {
      const old = { ...file.placeInOld(), ...before };
      this.#warnChanged(file.path);
      followed.file = (await TrackedFile.start(
        file.open,
        undefined,
        this.#reading,
      ))!;
      if (await this.#addSiblings(old, context)) {
        followed.seenSize = -1; // what is older comes first
        return false;
      }
    }
    return size > followed.file.reader.offset;
  }

  /**
   * Takes up what was rotated since a place was read: the copy of a file that was
   * cut, from the place on, and what came under its name after it.
   * @returns Whether there was anything.
   */
  async #addSiblings(place: Place, context: InputContext): Promise<boolean> {
    const count = this.#followed.length;
    for (const sibling of rotatedSiblings(place.path)) {
      if (this.#isFollowed(sibling.info)) continue;
      const open = openFile(sibling.path);
      const isCopy = place.offset > 0 && isUnchanged(place, open);
      if (isCopy || isLater(sibling, place)) {
        const { info } = open;
        const from = { ...place, path: sibling.path, ...identityOf(info) };
        await this.#addRotated(open, isCopy ? from : undefined, context);
      } else open.file.close();
    }
    this.#sort();
    return this.#followed.length > count;
  }

  async #addRotated(
    open: OpenFile,
    place: Place | undefined,
    context: InputContext,
  ): Promise<void> {
    const added = await this.#add(open, place, context.monotonicMs());
    added.isRotated = true;
    added.rotation = ++this.#rotations;
  }

  #isFollowed(info: Deno.FileInfo): boolean {
    return this.#followed.some(({ file }) =>
      isSameFile(identityOf(file.open.info), info)
    );
  }

  /** Compares the names there are with the files that are followed. */
  async #look(context: InputContext): Promise<void> {
    const startedMs = context.monotonicMs();
    const present = new Set<Followed>();
    for (const path of this.#find()) {
      const info = statOrNothing(path);
      if (info === undefined) continue;
      const known = this.#followed.find(({ file }) =>
        isFollowedFile(file, path, info)
      );
      if (known !== undefined) {
        known.file.path = path;
        present.add(known);
        continue;
      }
      const open = this.#openToFollow(path);
      if (open === undefined) continue;
      present.add(await this.#add(open, undefined, context.monotonicMs()));
    }
    for (const followed of [...this.#followed]) {
      const isGone = !present.has(followed);
      const isNew = isGone && !followed.isRotated;
      followed.isRotated = isGone;
      if (!isNew) continue;
      followed.changedAtMs = context.monotonicMs();
      followed.rotation = ++this.#rotations;
      const { file } = followed;
      const times = timesOf(file.open.file.statSync());
      await this.#addSiblings({ ...file.place(), ...times }, context);
    }
    this.#sort();
    const tookMs = context.monotonicMs() - startedMs;
    this.#lookAtMs = context.monotonicMs() +
      Math.max(this.#options.pollIntervalMs, tookMs * LOOK_TIME_FACTOR);
  }

  async #add(
    open: OpenFile,
    place: Place | undefined,
    nowMs: number,
  ): Promise<Followed> {
    if (this.#followed.length >= MAX_FOLLOWED) throw tooManyFollowed();
    const file = (await TrackedFile.start(open, place, this.#reading))!;
    const followed = {
      file,
      isRotated: false,
      rotation: 0,
      seenSize: -1,
      seenMtimeMs: 0,
      changedAtMs: nowMs,
    };
    this.#followed.push(followed);
    return followed;
  }

  /** Rotated files come first: their lines are older. */
  #sort(): void {
    this.#followed.sort((a, b) =>
      Number(b.isRotated) - Number(a.isRotated) ||
      (a.isRotated ? a.rotation - b.rotation : 0) ||
      (a.file.path < b.file.path ? -1 : 1)
    );
  }

  /** `undefined` for a file that went away, or that can't grow. */
  #openToFollow(path: string): OpenFile | undefined {
    const whole = wholeKind(path, this.#reading.format);
    if (whole === undefined) {
      return statOrNothing(path) === undefined ? undefined : openFile(path);
    }
    if (!this.#refused.has(path)) {
      this.#refused.add(path);
      this.#reading.log.warn(
        `${path} is left out: a ${whole} file can't be followed`,
        { file: path },
      );
    }
    return undefined;
  }

  #find(): readonly string[] {
    const { paths, unreadable } = this.#finder.find();
    for (const path of unreadable) {
      if (this.#refused.has(path)) continue;
      this.#refused.add(path);
      this.#reading.log.warn(
        `${path} is left out: its name is not UTF-8, so it can't be opened`,
        { file: path },
      );
    }
    return paths;
  }

  #warnChanged(path: string): void {
    this.#reading.log.warn(
      `${path} was cut or written anew: reading it from its begin`,
      { file: path },
    );
  }
}

function isFollowedFile(
  { open, path: knownPath }: TrackedFile,
  path: string,
  info: Deno.FileInfo,
): boolean {
  const { ino } = identityOf(info);
  if (ino !== undefined) return isSameFile(identityOf(open.info), info);
  return path === knownPath &&
    info.birthtime?.getTime() === open.info.birthtime?.getTime();
}

/** What the state tells of a file's times. */
function timesSeen({ file, seenSize, seenMtimeMs }: Followed): Times {
  const { bornMs } = timesOf(file.open.info);
  return { bornMs, ...(seenSize < 0 ? {} : { mtimeMs: seenMtimeMs }) };
}

function tooManyFollowed(): FinalError {
  return new FinalError(
    "file.too_many_followed",
    `cannot follow more than ${MAX_FOLLOWED} files`,
    { key: "path", hint: "use a narrower pattern, or follow = false" },
  );
}
