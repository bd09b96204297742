/**
 * Everything the command line needs from outside, as one value.
 *
 * main.ts fills it with the real things; tests fill it with two toy providers
 * and fakes. Nothing else in cli/ names the terminal, the clock or a signal.
 *
 * @module
 */

import type { World } from "../core/project/mod.ts";

export type { Platform } from "../core/project/mod.ts";

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
  /** The same as it comes; once, and not after any other. */
  readonly readable?: ReadableStream<Uint8Array>;
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

/** See the module comment. */
export interface CliDeps extends World {
  readonly stdin: Source;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly signals: Signals;
  /** The name of a command of its own that the program was started by. */
  readonly calledAs?: string | undefined;
}
