/**
 * Everything the command line needs from outside, as one value.
 *
 * main.ts fills it with the real things; tests fill it with two toy providers
 * and fakes. Nothing else in cli/ names the terminal, the clock or a signal.
 *
 * @module
 */

import type { LoadOptions } from "../core/config/load.ts";
import type { Configuration } from "../core/config/task.ts";
import type { ReadDatabase } from "../providers/ingester/mod.ts";
import type { RunOutcome } from "../core/pipeline/events.ts";
import type {
  LifecycleOptions,
  LifecycleReport,
} from "../core/pipeline/lifecycle.ts";
import type { RunTaskOptions } from "../core/pipeline/run.ts";
import type { Clock, Random, Spawner } from "../core/ports/mod.ts";
import type { OpenOptions, RegistryClient } from "../core/registry/mod.ts";
import type { BuiltIn } from "../core/sdk/provider.ts";

/** The user's stdout or stderr. */
export interface Sink {
  readonly isTerminal: boolean;
  /** Width in character cells; 80 when nobody knows. */
  columns(): number;
  /** Height in lines; absent or 24 when nobody knows. */
  rows?(): number;
  /**
   * Resolves when the bytes are gone: a slow reader pushes back.
   * @throws {SinkClosed} The reader has gone (`| head`).
   */
  write(bytes: Uint8Array): Promise<void>;
  /** The same at once, for log lines; what can't be written is dropped. */
  writeSync(bytes: Uint8Array): void;
}

/** Whoever read our output has gone: no failure, just the end. */
export class SinkClosed extends Error {
  override readonly name = "SinkClosed";
}

/** The user's stdin: answers to questions, and text to work on. */
export interface Source {
  readonly isTerminal: boolean;
  /** One line without its line feed; `undefined` at the end. */
  readLine(): Promise<string | undefined>;
  /** Everything up to the end, as text. */
  readAll(): Promise<string>;
  /**
   * Hands over each key as it is pressed, Ctrl+C too; until the returned function
   * is called nothing is echoed. Only on a terminal.
   */
  onKey?(listener: (key: string) => void): () => void;
}

/** SIGINT, SIGTERM and the like, by name. */
export interface Signals {
  /** While nobody listens, a signal ends the process as always. */
  subscribe(listener: (signal: string) => void): () => void;
}

/** What the program runs on; shown by `dstream version`. */
export interface Platform {
  readonly os: string;
  readonly arch: string;
  readonly runtime: string;
}

/** See the module comment. */
export interface CliDeps {
  readonly version: string;
  readonly platform: Platform;
  readonly builtIns: readonly BuiltIn[];
  readonly load: (options: LoadOptions) => Promise<Configuration>;
  readonly runTask: (options: RunTaskOptions) => Promise<RunOutcome>;
  /** What a connection string of the ingester block says. */
  readonly readDatabase: ReadDatabase;
  /** The way to registries, with the real network. */
  readonly openClient: (options: OpenOptions) => Promise<RegistryClient>;
  readonly runLifecycle: (
    options: LifecycleOptions,
  ) => Promise<LifecycleReport>;
  readonly env: Readonly<Record<string, string>>;
  /** The working directory, absolute. */
  readonly cwd: string;
  readonly stdin: Source;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly clock: Clock;
  readonly random: Random;
  readonly spawner: Spawner;
  readonly signals: Signals;
  /** The words that start this program again: executable and its arguments. */
  readonly self: readonly string[];
}
