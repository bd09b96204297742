/**
 * `state.json`: how far each stream was read.
 *
 * There are two shapes. Ours has a value and a time for each stream, `global` and
 * `last_updated`; a Singer state has whatever its tap wrote. Each is written back
 * in the shape and order it had, with keys nobody here knows.
 *
 * @module
 */

import { resolve } from "node:path";
import { DstreamError } from "../../core/base/errors.ts";
import { getsLock } from "../../core/base/file_lock.ts";
import { isJsonObject } from "../../core/base/json.ts";
import type { Json, JsonObject } from "../../core/protocol/mod.ts";
import {
  type Mutable,
  readJsonFile,
  unwritable,
  writeJsonFile,
} from "./json_file.ts";

const WHAT = "the state";
/** So often a lock may be removed while it is being taken. */
const MOST_TRIES = 100;

/** See the module. */
export class StateFile {
  readonly #cwd: string;

  private constructor(
    readonly path: string,
    cwd: string,
    readonly value: Mutable,
  ) {
    this.#cwd = cwd;
  }

  /** A file that isn't there is an empty state. @throws when it is broken. */
  static async open(path: string, cwd: string): Promise<StateFile> {
    const value = await readJsonFile(path, WHAT, cwd) ?? empty();
    return new StateFile(path, cwd, value);
  }

  /** Whether a tap's own state is in it. */
  get isSinger(): boolean {
    const { value } = this;
    return value.last_updated === undefined && value.global === undefined &&
      Object.keys(value).length > 0;
  }

  /** The value a stream goes on from. */
  bookmark(stream: string): Json | undefined {
    const found = this.#bookmarks[stream];
    if (this.isSinger) return found;
    return isJsonObject(found) ? found.value : undefined;
  }

  setBookmark(stream: string, value: Json, nowText: string): void {
    const bookmarks = this.#bookmarks;
    if (this.isSinger) bookmarks[stream] = value;
    else {
      const before = bookmarks[stream];
      const known = isJsonObject(before) ? before : {};
      bookmarks[stream] = { ...known, value, timestamp: nowText };
      this.value.last_updated = nowText;
    }
    this.value.bookmarks = bookmarks;
  }

  /** What is remembered besides bookmarks, for a tap whose state isn't one. */
  get own(): Json | undefined {
    const { global } = this.value;
    return isJsonObject(global) ? global.dstream : undefined;
  }

  setOwn(state: Json, nowText: string): void {
    const { global } = this.value;
    this.value.global = {
      ...(isJsonObject(global) ? global : {}),
      dstream: state,
    };
    this.value.last_updated = nowText;
  }

  /** Forgets all; the file stays. */
  clear(nowText: string): void {
    for (const key of Object.keys(this.value)) delete this.value[key];
    Object.assign(this.value, empty(), { last_updated: nowText });
  }

  /** Puts a tap's own state in its place. */
  replace(state: JsonObject): void {
    for (const key of Object.keys(this.value)) delete this.value[key];
    Object.assign(this.value, state);
  }

  save(): Promise<void> {
    return writeJsonFile(this.path, this.value, this.#cwd);
  }

  /**
   * Nobody else may change it meanwhile. What others changed since it was read is
   * seen.
   * @throws {DstreamError} when somebody has it.
   */
  async lock(): Promise<Disposable> {
    const lock = await this.#getLock();
    try {
      const value = await readJsonFile(this.path, WHAT, this.#cwd);
      if (value !== undefined) this.replace(value);
      return lock;
    } catch (error) {
      lock[Symbol.dispose]();
      throw error;
    }
  }

  async #getLock(): Promise<Disposable> {
    const path = `${resolve(this.#cwd, this.path)}.lock`;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const file = await Deno.open(path, { write: true, create: true })
        .catch((cause) => {
          throw unwritable(cause, this.path);
        });
      const isOurs = await getsLock(file);
      if (isOurs && isStill(path, file)) return held(path, file);
      file.close();
      if (!isOurs) break;
    }
    throw new DstreamError(
      "singer.state_locked",
      `the state "${this.path}" is in use by another run`,
    );
  }

  get #bookmarks(): Mutable {
    const { bookmarks } = this.value;
    return isJsonObject(bookmarks) ? bookmarks as Mutable : {};
  }
}

/** Removed before it is let go: whoever has it then has a file without a name. */
function held(path: string, file: Deno.FsFile): Disposable {
  return {
    [Symbol.dispose]: () => {
      try {
        Deno.removeSync(path);
      } catch {
        // Windows removes no open file, and it may stay.
      }
      file.close();
    },
  };
}

/** Whether it is the file by that name; one that was removed locks nobody out. */
function isStill(path: string, file: Deno.FsFile): boolean {
  try {
    return Deno.statSync(path).ino === file.statSync().ino;
  } catch {
    return false;
  }
}

function empty(): Mutable {
  return { bookmarks: {}, global: {} };
}
