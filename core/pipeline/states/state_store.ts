/**
 * Where the states of a task's inputs are kept between runs: one JSON file a task.
 *
 * A save is whole or not at all: written beside, flushed to the disk, renamed. An
 * OS file lock keeps a second run away from the same file; a crash releases it, so
 * there is never anything to clean up.
 *
 * @module
 */

import { dirname } from "node:path";
import { DstreamError } from "../../base/errors.ts";
import { fileTrouble } from "../../base/file_trouble.ts";
import { getsLock } from "../../base/file_lock.ts";
import { type Json, parseExactJson } from "../../protocol/mod.ts";
import { writeWholeFile } from "../../base/whole_file.ts";

/** A state may hold what others must not read; neither umask nor chance decide. */
const OWNER_OPENS = 0o700;
const OWNER_ONLY = 0o600;

/** What one input left. */
export interface StoredState {
  /** Whose state it is: another provider can't read it. */
  readonly provider: string;
  /** RFC 3339. */
  readonly savedAt: string;
  readonly state: Json;
}

/** States by input label; an input without a label is "input". */
export type StoredStates = Readonly<Record<string, StoredState>>;

/** One task's states. */
export interface StateStore {
  /**
   * @throws {DstreamError} `state.damaged` when something is there that can't be
   * read: never a silent start from the beginning; `state.unreadable`.
   */
  load(): Promise<StoredStates>;
  /** @throws {DstreamError} `state.not_saved` */
  save(states: StoredStates): Promise<void>;
  /**
   * Keeps others away until the lock is disposed.
   * @throws {DstreamError} `state.in_use` naming the other run.
   */
  lock(): Promise<Disposable>;
  /**
   * Takes nothing and makes nothing.
   * @throws {DstreamError} `state.in_use` when another run has the lock now.
   */
  refuseOthers?(): Promise<void>;
}

/** States in a file. */
export class FileStateStore implements StateStore {
  /** @param path `<task>.json`; its folder is made when first needed. */
  constructor(readonly path: string, readonly task: string) {}

  async load(): Promise<StoredStates> {
    const text = await this.#read();
    return text === undefined ? {} : this.#parse(text);
  }

  async save(states: StoredStates): Promise<void> {
    const content = { task: this.task, inputs: toFile(states) };
    try {
      await this.#makeFolder();
      const text = JSON.stringify(content, null, 2) + "\n";
      await writeWholeFile(this.path, text, { mode: OWNER_ONLY });
    } catch (cause) {
      const { what, hint } = this.#trouble(cause, this.path);
      throw new DstreamError(
        "state.not_saved",
        `cannot save the state of task "${this.task}" to ${what}`,
        {
          cause,
          hint: "nothing is lost: the next run starts from the state before" +
            (hint === undefined ? "" : `; ${hint}`),
        },
      );
    }
  }

  async lock(): Promise<Disposable> {
    const path = `${this.path}.lock`;
    try {
      await this.#makeFolder();
      await requireRegular(path);
      const file = await Deno.open(path, {
        read: true,
        write: true,
        create: true,
        mode: OWNER_ONLY,
      });
      if (!await getsLock(file)) {
        file.close();
        throw await this.#inUse();
      }
      await describeOwner(file);
      return { [Symbol.dispose]: () => file.close() };
    } catch (cause) {
      if (cause instanceof DstreamError) throw cause;
      const { what, hint } = this.#trouble(cause, path);
      throw new DstreamError(
        "state.not_saved",
        `there is no place for the state of task "${this.task}": ` +
          `cannot write ${what}`,
        { cause, hint },
      );
    }
  }

  async refuseOthers(): Promise<void> {
    let file: Deno.FsFile;
    try {
      await requireRegular(`${this.path}.lock`);
      file = await Deno.open(`${this.path}.lock`, { read: true, write: true });
    } catch {
      return; // nobody was here yet; what else is wrong, lock() tells
    }
    using _file = file;
    if (!await getsLock(file)) throw await this.#inUse();
  }

  async #makeFolder(): Promise<void> {
    const options = { recursive: true, mode: OWNER_OPENS };
    await Deno.mkdir(dirname(this.path), options);
  }

  #trouble(cause: unknown, path: string) {
    return fileTrouble(
      cause,
      path,
      'another: state { path = "…" } in the task, below StateDirectory= of a ' +
        "service",
    );
  }

  async #read(): Promise<string | undefined> {
    try {
      await requireRegular(this.path);
      return await Deno.readTextFile(this.path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      const { what, hint } = this.#trouble(error, this.path);
      throw new DstreamError(
        "state.unreadable",
        `cannot read the state of task "${this.task}" in ${what}`,
        { cause: error, hint },
      );
    }
  }

  #parse(text: string): StoredStates {
    let content: unknown;
    try {
      content = parseExactJson(text);
    } catch (cause) {
      const isDeep = cause instanceof RangeError;
      throw this.#damaged(
        isDeep ? "it is nested too deep" : "it is not JSON",
        cause,
      );
    }
    const states = fromFile(content);
    if (states === undefined) throw this.#damaged("it has another shape");
    return states;
  }

  #damaged(why: string, cause?: unknown): DstreamError {
    return new DstreamError(
      "state.damaged",
      `cannot read the state of task "${this.task}" in "${this.path}": ${why}`,
      {
        cause,
        hint: "mend or remove the file; without it the input starts from the " +
          "beginning",
      },
    );
  }

  async #inUse(): Promise<DstreamError> {
    const owner = await Deno.readTextFile(`${this.path}.lock`)
      .catch(() => "");
    return new DstreamError(
      "state.in_use",
      `another run of task "${this.task}" uses "${this.path}"${
        owner === "" ? "" : `: ${owner.trim()}`
      }`,
      { hint: "stop the other run first" },
    );
  }
}

function toFile(states: StoredStates): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(states).map(([label, { provider, savedAt, state }]) => [
      label,
      { provider, saved_at: savedAt, state },
    ]),
  );
}

function fromFile(content: unknown): StoredStates | undefined {
  const inputs = (content as { inputs?: unknown } | null)?.inputs;
  if (typeof inputs !== "object" || inputs === null) return undefined;
  const states: Record<string, StoredState> = {};
  for (const [label, entry] of Object.entries(inputs)) {
    if (typeof entry?.provider !== "string" || !("state" in entry)) {
      return undefined;
    }
    const { provider, saved_at, state } = entry;
    states[label] = { provider, savedAt: String(saved_at ?? ""), state };
  }
  return states;
}

async function describeOwner(file: Deno.FsFile): Promise<void> {
  const startedAt = new Date().toISOString();
  const text = `process ${Deno.pid}, started ${startedAt}\n`;
  await file.truncate();
  await file.seek(0, Deno.SeekMode.Start);
  await file.write(new TextEncoder().encode(text));
}

/** A pipe or a device would be waited for without an end. */
async function requireRegular(path: string): Promise<void> {
  const info = await Deno.stat(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
  if (info === undefined || info.isFile || info.isDirectory) return;
  throw new Error("it is no file, but a pipe or a device");
}
