/**
 * What the files of this folder hand each other: the world outside, what the caller
 * wishes, and what is known of pulled providers so far.
 *
 * @module
 */

import type { ErrorCode } from "../base/errors.ts";
import type { LoadOptions } from "../config/load.ts";
import type { Configuration } from "../config/task.ts";
import type { LogLevel, RunOutcome } from "../pipeline/events.ts";
import type {
  LifecycleOptions,
  LifecycleReport,
} from "../pipeline/lifecycle.ts";
import type { RunTaskOptions } from "../pipeline/run.ts";
import type { Clock, Random, Spawner } from "../ports/mod.ts";
import type { OpenOptions, RegistryClient } from "../registry/mod.ts";
import type { BuiltIn } from "../sdk/provider.ts";
import type { KnownProvider, Providers } from "./describe.ts";
import type { ServerTasks } from "./server_tasks.ts";

/** What the program runs on. */
export interface Platform {
  /** "linux", "darwin", "windows" */
  readonly os: string;
  readonly arch: string;
  /** For example "deno 2.9.6". */
  readonly runtime: string;
  /** Deno's version in the program that `self` starts; absent: nobody knows. */
  readonly moduleRuntime?: string;
}

/** Everything outside, as one value: the real thing, or a test's. */
export interface World {
  readonly version: string;
  readonly platform: Platform;
  readonly builtIns: readonly BuiltIn[];
  readonly load: (options: LoadOptions) => Promise<Configuration>;
  readonly runTask: (options: RunTaskOptions) => Promise<RunOutcome>;
  readonly runLifecycle: (
    options: LifecycleOptions,
  ) => Promise<LifecycleReport>;
  /** What the root blocks `ingester` and `publisher` become. */
  readonly readServerTasks: (
    configuration: Configuration,
  ) => Promise<ServerTasks>;
  /** The way to registries, with the real network. */
  readonly openClient: (options: OpenOptions) => Promise<RegistryClient>;
  readonly env: Readonly<Record<string, string>>;
  /** The working directory, absolute. */
  readonly cwd: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly spawner: Spawner;
  /** The words that start dstream: executable and its arguments. */
  readonly self: readonly string[];
}

/** Something worth a line in a log. */
export interface Remark {
  readonly level: LogLevel;
  readonly code: ErrorCode;
  readonly message: string;
}

/** Which configuration, and how it is read. */
export interface ProjectOptions {
  /** A file or a folder, relative to the working directory; default `dstream.hcl`. */
  readonly path?: string | undefined;
  /** The text itself, where it is in no file; `path` is then only its name. */
  readonly text?: string | undefined;
  /** Values of `variable` blocks, as `--var` has them. */
  readonly variables?: Readonly<Record<string, string>> | undefined;
  /** Files with values of `variable` blocks. */
  readonly variableFiles?: readonly string[] | undefined;
  /** Files with environment variables; the process's own win. */
  readonly envFiles?: readonly string[] | undefined;
  /** An unset environment variable is an empty text, and no mistake. */
  readonly allowMissingEnv?: boolean | undefined;
  /** Evaluate only these tasks: mistakes in others don't matter. */
  readonly tasks?: readonly string[] | undefined;
  /** Evaluate the root blocks `ingester` and `publisher` also when tasks are named. */
  readonly hasServerBlocks?: boolean | undefined;
  /** What providers are told to say; default "info". */
  readonly logLevel?: LogLevel | undefined;
  /** Whether a terminal with colours takes what outputs print. */
  readonly hasColours?: boolean | undefined;
  /** Hears what is worth a line in a log. */
  readonly onRemark?: ((remark: Remark) => void) | undefined;
}

/** See the module's first sentence. */
export interface Site {
  readonly world: World;
  readonly options: ProjectOptions;
  /** By reference, as written in the configuration. */
  readonly installed: Map<string, KnownProvider>;
  /** By absolute path: those that were asked. */
  readonly paths: Map<string, KnownProvider>;
}

/** Everything that can be known of providers without starting one. */
export function providersOf({ world, installed, paths }: Site): Providers {
  return { builtIns: world.builtIns, installed, paths };
}
