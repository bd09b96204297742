/**
 * The outside world as functions see it: environment, files, time, chance.
 *
 * Everything here is synchronous, because evaluation is. The language reaches
 * nothing by itself: whoever evaluates hands a world in.
 *
 * @module
 */

/** What is at a path, links followed. */
export interface FileInfo {
  readonly isFile: boolean;
  readonly isFolder: boolean;
  readonly sizeBytes: number;
}

/** What `env`, `file`, `timestamp` and `uuid` ask. */
export interface World {
  /** Absolute; relative paths are relative to it. */
  readonly folder: string;
  readonly isWindows: boolean;
  /** `undefined` when it is not set. */
  env(name: string): string | undefined;
  /** For "did you mean"; values are never shown. */
  envNames(): Iterable<string>;
  /** `--allow-missing-env`: an unset variable is an empty string. */
  readonly allowMissingEnv: boolean;
  /** Milliseconds since 1970. */
  wallMs(): number;
  uuid(): string;
  homeFolder(): string;
  /** `undefined` when there is nothing at the path. */
  fileInfo(path: string): FileInfo | undefined;
  /** The whole content; the caller has asked for its size. */
  readFile(path: string): Uint8Array;
  /** Called with each text that must never be printed. */
  noteSecret(text: string): void;
  /** Called with each default of `env` that was used: shown in the file. */
  noteDefault?(text: string): void;
}
