/**
 * One writer per path, and a note of what it was writing.
 *
 * The lock is the system's own, on a hidden file beside the output, so a killed
 * process leaves it free. Its content is the note: who writes, which file, and how
 * many of its bytes are surely whole. Who finds a note when taking the lock knows
 * that the writer before was killed, and where a torn line may be.
 *
 * @module
 */

import { ConfigError } from "@dstream/sdk";
import { finalFileFailure, getsLock } from "@dstream/sdk/files";
import { joinPath, type NameTemplate } from "./name_template.ts";

/** What a writer leaves behind if it is killed. */
export interface Note {
  readonly pid: number;
  /** ISO 8601. */
  readonly since: string;
  /** The file as it is on the disk, while it is written. */
  readonly file?: string;
  /** So many bytes of it end with a whole record; maybe more. */
  readonly wholeBytes?: number;
}

const IS_WINDOWS = Deno.build.os === "windows";
const MAX_ATTEMPTS = 20;
const NOTE_BYTES = 4096;

/** The held lock. */
export class WriterLock {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #since: string;
  #noteLength = 0;
  #isReleased = false;
  /** What the writer before left: it was killed. `{}` when it can't be read. */
  readonly leftNote: Partial<Note> | undefined;

  private constructor(
    path: string,
    file: Deno.FsFile,
    nowMs: number,
    leftNote: Partial<Note> | undefined,
  ) {
    this.#path = path;
    this.#file = file;
    this.#since = new Date(nowMs).toISOString();
    this.leftNote = leftNote;
  }

  /**
   * @throws {ConfigError} when another process has it.
   */
  static async take(
    template: NameTemplate,
    nowMs: number,
  ): Promise<WriterLock> {
    const { folder, rest } = template.fixedFolder();
    const path = joinPath(folder, `.${rest.replace(/[/\\]/g, "_")}.lock`);
    for (let attempt = 1;; attempt++) {
      const file = openLock(path);
      if (!await getsLock(file)) {
        const owner = readNote(file);
        file.close();
        throw inUse(template.text, owner);
      }
      if (isStillThere(path, file)) {
        const left = readNote(file);
        const lock = new WriterLock(path, file, nowMs, left);
        // Kept until what it speaks of is repaired: we may be killed, too.
        lock.note(left?.file, left?.wholeBytes ?? 0);
        return lock;
      }
      // Its owner removed it between our opening and our locking.
      file.close();
      if (attempt === MAX_ATTEMPTS) throw inUse(template.text, undefined);
    }
  }

  /** What is being written; survives this process. */
  note(file?: string, wholeBytes?: number): void {
    const note: Note = {
      pid: Deno.pid,
      since: this.#since,
      ...(file === undefined ? {} : { file, wholeBytes }),
    };
    // Never shorter than before, so one write replaces it whole.
    const text = `${JSON.stringify(note)}\n`.padStart(this.#noteLength);
    const bytes = new TextEncoder().encode(text);
    this.#noteLength = bytes.length;
    this.#file.seekSync(0, Deno.SeekMode.Start);
    this.#file.writeSync(bytes);
  }

  /** Also after a power failure. */
  async makeDurable(): Promise<void> {
    await this.#file.sync();
  }

  /** Everything is whole: nothing is left behind. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#file.truncateSync(0);
    if (!IS_WINDOWS) Deno.removeSync(this.#path); // while it is locked
    this.#file.close();
  }

  /** The note stays for the next writer. */
  abandon(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#file.close();
  }
}

function openLock(path: string): Deno.FsFile {
  try {
    return Deno.openSync(path, { read: true, write: true, create: true });
  } catch (error) {
    throw finalFileFailure("lock", path, error);
  }
}

function isStillThere(path: string, file: Deno.FsFile): boolean {
  try {
    const [there, here] = [Deno.statSync(path), file.statSync()];
    return there.ino === here.ino && there.dev === here.dev;
  } catch {
    return false;
  }
}

/** `undefined` when there is none, `{}` when it says nothing. */
function readNote(file: Deno.FsFile): Partial<Note> | undefined {
  try {
    const bytes = new Uint8Array(NOTE_BYTES);
    file.seekSync(0, Deno.SeekMode.Start);
    const length = file.readSync(bytes) ?? 0;
    if (length === 0) return undefined;
    return JSON.parse(new TextDecoder().decode(bytes.subarray(0, length)));
  } catch {
    return {}; // cut off by a power failure, or locked on Windows
  }
}

function inUse(path: string, owner: Partial<Note> | undefined): ConfigError {
  const who = owner?.pid === undefined
    ? ""
    : `: process ${owner.pid}, since ${owner.since}`;
  return new ConfigError(
    "path",
    `another process writes to ${JSON.stringify(path)}${who}`,
    "two writers would mix their lines: give each a path of its own",
  );
}
