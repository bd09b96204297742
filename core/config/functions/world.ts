/**
 * The outside world as functions see it: environment, files, time, chance.
 *
 * Everything here is synchronous, because evaluation is. `systemWorld` is the
 * real one.
 *
 * @module
 */

import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import process from "node:process";

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
}

/** What is at a path, links followed. */
export interface FileInfo {
  readonly isFile: boolean;
  readonly isFolder: boolean;
  readonly sizeBytes: number;
}

/** What {@link systemWorld} can't know by itself. */
export type WorldOptions =
  & Pick<World, "folder" | "wallMs">
  & Partial<Pick<World, "allowMissingEnv" | "noteSecret" | "uuid">>
  & { readonly env: Readonly<Record<string, string>> };

/** The real file system, with the environment and clock given. */
export function systemWorld(options: WorldOptions): World {
  return {
    allowMissingEnv: false,
    noteSecret: () => {},
    uuid: () => crypto.randomUUID(),
    ...options,
    isWindows: process.platform === "win32",
    env: (name) =>
      Object.hasOwn(options.env, name) ? options.env[name] : undefined,
    envNames: () => Object.keys(options.env),
    homeFolder: homedir,
    fileInfo,
    readFile: readFileSync,
  };
}

function fileInfo(path: string): FileInfo | undefined {
  const info = statSync(path, { throwIfNoEntry: false });
  return info && {
    isFile: info.isFile(),
    isFolder: info.isDirectory(),
    sizeBytes: info.size,
  };
}
