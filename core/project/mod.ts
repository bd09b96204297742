/**
 * From a folder to tasks that run, without a terminal: the way in for the command
 * line, and for programs that embed dstream (`mod.ts` at the top, docs/embedding.md).
 *
 * | question                                            | file                            |
 * | --------------------------------------------------- | ------------------------------- |
 * | what can be done with a project?                    | `project.ts`                    |
 * | which files are read, with which environment?       | `open.ts`, `env_file.ts`        |
 * | what does a provider say of its configuration?      | `describe.ts`, `cached_specs.ts` |
 * | what is wrong before anything is started?           | `check.ts`, `check_block.ts`, `dead_letter_block.ts`, `transforms.ts` |
 * | what does `validate` answer?                        | `validate.ts`, `referee.ts`, `program_settings.ts` |
 * | where is a secret hidden?                           | `mask.ts`                       |
 * | which process does a block start?                   | `resolve_block.ts`              |
 * | how does a `provider_ref` become an executable?     | `references.ts`, `install.ts`, `registries.ts`, `lock.ts` |
 * | what is a task before it runs?                      | `prepare.ts`                    |
 * | how do tasks run side by side, and stop?            | `run.ts`, `stop.ts`, `run_id.ts` |
 * | who sees a run from outside?                        | `watch.ts`, `events.ts`         |
 * | what do ingester and router run?                    | `server_tasks.ts`               |
 * | how are states and dead letters looked at, changed? | `states.ts`, `state_file.ts`, `dead_letters.ts`, `replay.ts` |
 * | how is a preview made?                              | `preview.ts`                    |
 * | what does a line become, and for whom?              | `router.ts`                     |
 * | how are tests of tasks read and run?                | `task_tests.ts`, `testing/`     |
 * | who is asked for init, plan, status, destroy?       | `lifecycle.ts`                  |
 *
 * @module
 */

import { Project } from "./project.ts";
import type { Registries, RegistriesWishes } from "./registries.ts";
import type { RegistryRules } from "./registry_settings.ts";
import type { ProjectOptions, World } from "./site.ts";

export type { TaskLetters } from "./dead_letters.ts";
export type { RunEvent, RunListener } from "./events.ts";
export type { InstallWishes } from "./install.ts";
export type { LifecycleName } from "./lifecycle.ts";
export { tasksHint } from "./open.ts";
export type { PreparedTask } from "./prepare.ts";
export type { PreviewedEnvelope, PreviewedSchema } from "./preview.ts";
export { outputName, type RoutedLine } from "./router.ts";
export { hasReference } from "./blocks.ts";
export { HIDDEN } from "./hidden.ts";
export { askProgram } from "./program_settings.ts";
export { parseSpec, wrongProtocol } from "./spec.ts";
export type { MaskedTask, Project, ProjectRunWishes } from "./project.ts";
export type { Registries } from "./registries.ts";
export { type RegistryRules, registrySettings } from "./registry_settings.ts";
export type { Replayed } from "./replay.ts";
export type { RunOutcomes, RunWishes } from "./run.ts";
export {
  isServerTaskName,
  type ServerTaskName,
  type ServerTasks,
  tasksOf,
} from "./server_tasks.ts";
export type { Platform, ProjectOptions, Remark, World } from "./site.ts";
export { findTestFiles, readTaskTests } from "./task_tests.ts";
export type { TaskTest, TestFailure } from "./task_tests.ts";
export { FAIL_FAST, StopSwitch, TIMEOUT } from "./stop.ts";
export type { Verdict } from "./validate.ts";

/**
 * Reads a configuration.
 *
 * Mistakes in it are no reason to throw here: `validate()` lists them all, and what
 * needs the tasks throws them.
 *
 * @param options Which configuration, and how it is read.
 * @param world Everything outside; `mod.ts` at the top fills it with the real one.
 */
export function openProject(
  options: ProjectOptions,
  world: World,
): Promise<Project> {
  return Project.open(options, world);
}

/** The way to registries, for what is done without a project. */
export async function openRegistries(
  settings: RegistryRules,
  wishes: RegistriesWishes,
  world: World,
): Promise<Registries> {
  const { Registries } = await import("./registries.ts");
  return new Registries(world, settings, wishes);
}
