/**
 * Reads files to their end, or follows them as they grow.
 *
 * Every batch carries the places of all files, so that a run that was stopped
 * anywhere goes on there. Finding files is find_files.ts, reading one is
 * in formats/reading, growing ones are followed_files.ts.
 *
 * @module
 */

import type { Input, InputBatch, InputContext, Json } from "@dstream/sdk";
import {
  Buffers,
  type Chunk,
  csvOptionsOf,
  LIMITS,
  type Limits,
  type Reading,
} from "../../formats/reading/mod.ts";
import { FittingSchemas } from "@dstream/sdk/changes";
import type { FileConfig } from "./config.ts";
import {
  createFinder,
  type FileFinder,
  misnamed,
  nothingFound,
} from "./find_files.ts";
import { FollowedFiles } from "./followed_files.ts";
import { type Place, Places, stateOf } from "./place.ts";
import { StatePace } from "./state_pace.ts";
import { openFile, TrackedFile } from "./tracked_file.ts";

export class FileInput implements Input {
  private constructor(
    readonly config: FileConfig,
    readonly finder: FileFinder,
    readonly limits: Limits,
  ) {}

  /** @throws {ConfigError} when there is nothing to read. */
  static async open(
    config: FileConfig,
    limits: Limits = LIMITS,
  ): Promise<FileInput> {
    const { path, follow } = config;
    const finder = await createFinder(path);
    const { paths, unreadable } = finder.find();
    if (follow) return new FileInput(config, finder, limits);
    if (unreadable.length > 0) throw misnamed(unreadable);
    if (paths.length === 0) throw nothingFound(path, finder.isPattern);
    for (const path of paths.slice(0, 1)) openFile(path).file.close();
    return new FileInput(config, finder, limits);
  }

  async *read(
    resume: Json | undefined,
    context: InputContext,
  ): AsyncGenerator<InputBatch> {
    const places = new Places(resume);
    const reading = this.#reading(context);
    if (!this.config.follow) {
      yield* this.#readToEnd(places, reading, context);
      return;
    }
    const { pollInterval, readFrom } = this.config;
    const isFirstStart = resume === undefined;
    await using files = new FollowedFiles(this.finder, reading, {
      pollIntervalMs: pollInterval,
      skipsExisting: isFirstStart && readFrom === "end",
    });
    yield* files.read(places, context);
  }

  async *#readToEnd(
    places: Places,
    reading: Reading,
    context: InputContext,
  ): AsyncGenerator<InputBatch> {
    const finished: Place[] = [];
    // Those not reached yet were perhaps read by an earlier run.
    const stateAt = (place: Place) =>
      stateOf([...finished, place, ...places.left]);
    const pace = new StatePace();
    const { paths, unreadable } = this.finder.find();
    if (unreadable.length > 0) throw misnamed(unreadable);
    let hasTold = false;
    const tellProgress = (message: string, done: number) => {
      hasTold = true;
      // Of one file "0 of 1" would say nothing until it is over.
      if (paths.length === 1 && done === 0) context.progress(message);
      else context.progress(message, done, paths.length);
    };
    for (const [index, path] of paths.entries()) {
      const started = await startFile(path, places, reading);
      if (!(started instanceof TrackedFile)) {
        finished.push(started);
        continue;
      }
      await using file = started;
      try {
        for await (const chunk of chunksOf(file, context.signal)) {
          const placeCount = finished.length + places.left.length;
          const isDue = pace.isDue(
            chunk.lines.length,
            placeCount,
            context.monotonicMs(),
          );
          yield { ...chunk, state: isDue ? stateAt(file.place()) : undefined };
          if (pace.isProgressDue(context.monotonicMs())) {
            tellProgress(`reading ${path}`, index);
          }
        }
      } catch (error) {
        yield { state: stateAt(file.placeOfInvalid()) };
        throw error;
      }
      finished.push(file.place(!context.signal.aborted));
      if (context.signal.aborted) break;
    }
    const isThrough = !context.signal.aborted;
    if (hasTold && isThrough) tellProgress("read to the end", paths.length);
    const left = isThrough ? [] : places.left;
    yield { state: stateOf([...finished, ...left]) };
  }

  #reading({ log, batchBytes }: InputContext): Reading {
    const { format, onInvalid } = this.config;
    const csv = csvOptionsOf(this.config);
    const buffers = new Buffers(this.limits, batchBytes);
    const schemas = new FittingSchemas(
      log,
      "`table` gives all files one table",
    );
    return { buffers, schemas, log, format, csv, onInvalid };
  }
}

/** Stops between two chunks when asked to. */
async function* chunksOf(
  file: TrackedFile,
  signal: AbortSignal,
): AsyncGenerator<Chunk> {
  while (!signal.aborted) {
    const chunk = await file.reader.next(true);
    if (chunk === undefined) return;
    yield chunk;
  }
}

/** @returns The file where it was left, or its place when nothing is left. */
async function startFile(
  path: string,
  places: Places,
  reading: Reading,
): Promise<TrackedFile | Place> {
  const open = openFile(path);
  const known = places.take(open);
  const place = known?.kind === "same" ? known.place : undefined;
  if (place?.size !== undefined && place.size === open.info.size) {
    open.file.close();
    return { ...place, path };
  }
  if (known === undefined || place !== undefined) {
    const file = await TrackedFile.start(open, place, reading);
    if (file !== undefined) return file;
  } else open.file.close();
  reading.log.warn(
    `${path} is not the file that was read before: reading it from its begin`,
    { file: path },
  );
  return (await TrackedFile.start(openFile(path), undefined, reading))!;
}
