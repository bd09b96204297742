/**
 * Runs dstream's tasks inside a program of your own: {@link openProject}.
 *
 * Names in this module are stable: what is here stays until a new major version.
 * docs/embedding.md shows a whole program.
 *
 * @module
 */

import project from "./deno.json" with { type: "json" };
import { systemClock, systemRandom, systemSpawner } from "./core/ports/deno.ts";
import {
  openProject as openWith,
  type Project,
  type ProjectOptions,
  type World,
} from "./core/project/mod.ts";
import { builtIns } from "./providers/mod.ts";

export {
  type Diagnostic,
  DiagnosticsError,
  DstreamError,
  type Location,
} from "./core/base/errors.ts";
export type {
  Counters,
  PipelineEvent,
  RunOutcome,
} from "./core/pipeline/events.ts";
export type {
  PreviewedEnvelope,
  PreviewedSchema,
  Project,
  ProjectOptions,
  ProjectRunWishes,
  Remark,
  Replayed,
  RunEvent,
  RunOutcomes,
  Verdict,
} from "./core/project/mod.ts";

/** Which configuration, and what it runs with. */
export interface OpenOptions extends ProjectOptions {
  /**
   * The words that start dstream: built-in providers are processes of that program,
   * for example `["dstream"]`. A task with other providers alone never uses them.
   */
  readonly self: readonly string[];
  /** Absolute; what is relative in the options is relative to it. Default: the process's own. */
  readonly workingFolder?: string;
  /** What `env()` sees, and registries' logins; default: the process's own. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Reads a configuration, and hands out what can be done with it.
 *
 * Mistakes in it are no reason to throw here: `validate()` lists them all, and what
 * needs the tasks throws them. Reading files, starting processes, the environment
 * and, for providers of a registry, the network have to be allowed (`-A`).
 *
 * @example
 * ```ts
 * import { openProject } from "./mod.ts";
 *
 * const project = await openProject({
 *   path: "examples/quickstart/dstream.hcl",
 *   self: ["dstream"],
 * });
 * const { isValid } = await project.validate();
 * if (!isValid || project.tasks.length === 0) throw new Error("no tasks");
 * ```
 *
 * @returns `tasks`, `validate()`, `run()`, `preview()`, `states`, `deadLetters`.
 */
export async function openProject(options: OpenOptions): Promise<Project> {
  return await openWith(options, world(options));
}

/** The real world. What is heavy loads when it is needed. */
function world({ self, workingFolder, env }: OpenOptions): World {
  const { os, arch } = Deno.build;
  return {
    version: project.version,
    platform: { os, arch, runtime: `deno ${Deno.version.deno}` },
    builtIns,
    load: async (given) =>
      await (await import("./core/config/load.ts")).load(given),
    runTask: async (given) =>
      await (await import("./core/pipeline/run.ts")).runTask(given),
    runLifecycle: async (given) =>
      await (await import("./core/pipeline/lifecycle.ts")).runLifecycle(given),
    readServerTasks: async (configuration) =>
      await (await import("./providers/server_tasks.ts"))
        .readServerTasks(configuration),
    openClient: async (given) =>
      await (await import("./core/registry/open.ts")).openClient(given),
    env: env ?? Deno.env.toObject(),
    cwd: workingFolder ?? Deno.cwd(),
    clock: systemClock,
    random: systemRandom,
    spawner: systemSpawner,
    self,
  };
}
