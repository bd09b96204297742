/**
 * The tracks of all tables and folders that are written to now.
 *
 * A track begins with a look at the names of the files that are there: only for the
 * first row in this process, since from then on the track knows.
 *
 * @module
 */

import type { OpenContext } from "@dstream/sdk";
import { positionsOf, tablePart } from "../names.ts";
import type { ObjectStore } from "../store.ts";
import { isAfter, seriesOf, Track } from "./track.ts";

/** Folders come and go with the days; those not written to for longest are forgotten. */
const MOST_TRACKS = 10_000;

export class Tracks {
  readonly #store: ObjectStore;
  readonly #log: OpenContext["log"];
  readonly #signal: AbortSignal;
  readonly #tracks = new Map<string, Track>();
  #repeats = 0;
  #cannotList = false;

  constructor(store: ObjectStore, context: OpenContext, signal: AbortSignal) {
    this.#store = store;
    this.#log = context.log;
    this.#signal = signal;
  }

  /** @returns `undefined` for one that {@link find} must look for. */
  get(key: string): Track | undefined {
    return this.#tracks.get(key);
  }

  /** Looks how far a table's rows are stored in a folder. */
  async find(
    key: string,
    prefix: string,
    table: string | undefined,
    position: string,
  ): Promise<Track> {
    const through = this.#cannotList
      ? undefined
      : await this.#lastStored(prefix + tablePart(table), seriesOf(position));
    const track = new Track(through);
    this.#tracks.set(key, track);
    return track;
  }

  /** Forgets the oldest that `isOpen` doesn't want. */
  prune(isOpen: (key: string) => boolean): void {
    for (const key of this.#tracks.keys()) {
      if (this.#tracks.size <= MOST_TRACKS) return;
      if (!isOpen(key)) this.#tracks.delete(key);
    }
  }

  /** A row was left out, since it is stored. */
  countRepeat(): void {
    this.#repeats++;
  }

  /** Says how many rows were left out since the last time. */
  tellRepeats(): void {
    if (this.#repeats === 0) return;
    const count = this.#repeats;
    this.#repeats = 0;
    this.#log.info(`left out ${count} rows that are stored already`, { count });
  }

  async #lastStored(
    begin: string,
    series: string,
  ): Promise<string | undefined> {
    let last: string | undefined;
    try {
      for await (const page of this.#store.list(begin, this.#signal)) {
        for (const { key } of page) {
          const found = positionsOf(key.slice(begin.length));
          if (found === undefined || seriesOf(found.last) !== series) continue;
          if (isAfter(found.last, last)) last = found.last;
        }
      }
    } catch (error) {
      if (!isDenied(error)) throw error;
      this.#cannotList = true;
      this.#log.warn(
        "the bucket can't be listed: rows that come again after a crash are " +
          "stored again",
      );
    }
    return last;
  }
}

function isDenied(error: unknown): boolean {
  return (error as { isDenied?: boolean })?.isDenied === true;
}
