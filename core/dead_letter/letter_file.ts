/**
 * The file with a task's dead letters, and what a replay does to it.
 *
 * A replay takes the letters aside, so that the task's dead-letter provider can
 * write those that are refused again to the file itself, and puts back what is
 * left. A letter is removed from one place only after it is at another: whoever is
 * killed in between leaves it at two places, never at none.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { DstreamError } from "../base/errors.ts";
import { fileTrouble } from "../base/file_trouble.ts";
import { LockBeside } from "./lock_beside.ts";
import { type LetterLine, readLetters } from "./letter_lines.ts";

const ASIDE = ".replaying-";
const LINE_FEED = new Uint8Array([0x0a]);
/** Gathered before they are written. */
const WRITE_BYTES = 1024 * 1024;

/** Whether a line stays. */
export type Stays = (line: LetterLine) => boolean;

/** Dead letters of one task; see the module's comment. */
export class LetterFile {
  /**
   * @param path Absolute.
   * @param maxLineBytes Of the letters.
   */
  constructor(readonly path: string, readonly maxLineBytes: number) {}

  /** Every letter, those first that a killed replay had taken aside. */
  async *letters(): AsyncGenerator<LetterLine> {
    yield* readLetters(await this.#files(), this.maxLineBytes);
  }

  /**
   * Keeps other replays away until the lock is disposed.
   * @throws {DstreamError} `dead_letter.in_use`
   */
  async lockReplay(): Promise<Disposable> {
    const lock = await this.#attempt(() =>
      LockBeside.take(this.#beside("replay-lock"))
    );
    if (lock !== undefined) return lock;
    throw new DstreamError(
      "dead_letter.in_use",
      `another replay works on "${this.path}"`,
      { hint: "wait until it is through" },
    );
  }

  /**
   * Takes all letters aside.
   * @param runId Later ones must sort behind earlier ones.
   * @returns The files they are in now.
   * @throws {DstreamError} `dead_letter.in_use` while a run writes to the file.
   */
  takeAside(runId: string): Promise<readonly string[]> {
    return this.#attempt(() => this.#takeAside(runId));
  }

  async #takeAside(runId: string): Promise<readonly string[]> {
    using _writer = await this.#lockWriter();
    // A replay that was killed may have left half of it.
    await Deno.remove(this.#beside("replay-rest")).catch(() => {});
    if (await sizeOf(this.path) > 0) {
      await Deno.rename(this.path, `${this.path}${ASIDE}${runId}`);
    }
    return await this.#asides();
  }

  /** The letters of files that were taken aside. */
  read(asides: readonly string[]): AsyncGenerator<LetterLine> {
    return readLetters(asides, this.maxLineBytes);
  }

  /**
   * Removes what is delivered and puts the rest back, before what was written to
   * the file meanwhile. While a run writes to it the rest stays aside.
   * @returns How many lines were kept.
   */
  putBack(asides: readonly string[], stays: Stays): Promise<number> {
    return this.#attempt(() => this.#putBack(asides, stays));
  }

  /**
   * Removes all letters.
   * @returns How many lines there were.
   * @throws {DstreamError} `dead_letter.in_use` while a run or a replay works on it.
   */
  async clear(): Promise<number> {
    using _replay = await this.lockReplay();
    return await this.#attempt(() => this.#clear());
  }

  async #clear(): Promise<number> {
    using _writer = await this.#lockWriter();
    const files = await this.#files();
    let count = 0;
    for await (const _line of this.read(files)) count++;
    for (const file of files) await Deno.remove(file);
    return count;
  }

  async #putBack(asides: readonly string[], stays: Stays): Promise<number> {
    const [first, ...others] = asides;
    if (first === undefined) return 0;
    const rest = this.#beside("replay-rest");
    const kept = await this.#write(rest, [...asides], stays);
    await Deno.rename(rest, first);
    for (const other of others) await Deno.remove(other);
    if (kept === 0) await Deno.remove(first);
    else await this.#putInPlace(first);
    return kept;
  }

  /** A full disk or a missing right is the user's to mend, and told so. */
  async #attempt<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (cause) {
      if (cause instanceof DstreamError || !(cause instanceof Error)) {
        throw cause;
      }
      const place = "another `path` in the `dead_letter` block";
      const { what, hint } = fileTrouble(cause, this.path, place);
      const safe = "nothing is lost: they are there, or beside it";
      throw new DstreamError(
        "dead_letter.file_failed",
        `cannot work on the dead letters in ${what}`,
        { cause, hint: hint === undefined ? safe : `${safe}; ${hint}` },
      );
    }
  }

  async #putInPlace(aside: string): Promise<void> {
    using writer = await LockBeside.take(this.#beside("lock"));
    if (writer === undefined) return;
    if (await sizeOf(this.path) === 0) {
      return await Deno.rename(aside, this.path);
    }
    const all = this.#beside("replay-rest");
    await this.#write(all, [aside, this.path], () => true);
    await Deno.rename(all, this.path);
    await Deno.remove(aside);
  }

  /** Copies lines, down to the disk. */
  async #write(
    to: string,
    from: readonly string[],
    stays: Stays,
  ): Promise<number> {
    using file = await Deno.open(to, {
      write: true,
      create: true,
      truncate: true,
      mode: 0o600,
    });
    let kept = 0;
    let waiting: Uint8Array<ArrayBuffer>[] = [];
    let waitingBytes = 0;
    const flush = async () => {
      await writeAll(
        file,
        new Uint8Array(await new Blob(waiting).arrayBuffer()),
      );
      waiting = [];
      waitingBytes = 0;
    };
    for await (const line of readLetters(from, this.maxLineBytes)) {
      if (!stays(line)) continue;
      kept++;
      waiting.push(line.bytes as Uint8Array<ArrayBuffer>, LINE_FEED);
      waitingBytes += line.bytes.length + 1;
      if (waitingBytes >= WRITE_BYTES) await flush();
    }
    await flush();
    await file.sync();
    return kept;
  }

  async #lockWriter(): Promise<Disposable> {
    const lock = await LockBeside.take(this.#beside("lock"));
    if (lock !== undefined) return lock;
    throw new DstreamError(
      "dead_letter.in_use",
      `a run writes dead letters to "${this.path}"`,
      { hint: "stop the task while its dead letters are replayed" },
    );
  }

  async #files(): Promise<readonly string[]> {
    const asides = await this.#asides();
    return await sizeOf(this.path) > 0 ? [...asides, this.path] : asides;
  }

  async #asides(): Promise<readonly string[]> {
    const prefix = basename(this.path) + ASIDE;
    const folder = dirname(this.path);
    const names: string[] = [];
    try {
      for await (const { name } of Deno.readDir(folder)) {
        if (name.startsWith(prefix)) names.push(name);
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    return names.sort().map((name) => join(folder, name));
  }

  /** A hidden file; `lock` is the one that the file output takes. */
  #beside(what: "lock" | "replay-lock" | "replay-rest"): string {
    return join(dirname(this.path), `.${basename(this.path)}.${what}`);
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await file.write(bytes.subarray(at));
  }
}
