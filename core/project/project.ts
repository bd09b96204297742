/**
 * An opened project: its tasks, and what can be done with them.
 *
 * Each deed is loaded when it is first asked for.
 *
 * @module
 */

import type { Configuration, ProviderBlock, Task } from "../config/task.ts";
import type { LetterGroups } from "../dead_letter/mod.ts";
import type { LockedChange } from "../install/lock_references.ts";
import type { LifecycleReport } from "../pipeline/lifecycle.ts";
import type { StoredStates } from "../pipeline/states/state_store.ts";
import type { Json } from "../protocol/envelope.ts";
import { hasReference } from "./blocks.ts";
import type { TaskLetters } from "./dead_letters.ts";
import type { InstallWishes } from "./install.ts";
import type { AskWishes, LifecycleName } from "./lifecycle.ts";
import type { LockWishes } from "./lock.ts";
import { findTask, loadConfiguration, namesOf } from "./open.ts";
import type { PreviewedEnvelope, PreviewWishes } from "./preview.ts";
import type { Replayed, ReplayWishes } from "./replay.ts";
import type { PreparedTask } from "./prepare.ts";
import type { RunOutcomes, RunWishes } from "./run.ts";
import type { ServerTaskName, ServerTasks } from "./server_tasks.ts";
import type { ProjectOptions, Site, World } from "./site.ts";
import { ABORTED, StopSwitch } from "./stop.ts";
import type { TaskTest, TestFailure } from "./task_tests.ts";
import type { Verdict } from "./validate.ts";

/** How a run of tasks is begun, seen and ended. */
export interface ProjectRunWishes extends RunWishes, InstallWishes {
  /** Asks all tasks to stop: what was read is delivered first. */
  readonly signal?: AbortSignal | undefined;
}

/** A task with nothing secret in what is shown of its config blocks. */
export interface MaskedTask {
  readonly task: Task;
  /** Nothing of this may be printed. */
  readonly secrets: ReadonlySet<string>;
}

/** See {@link openProject}. */
export class Project {
  /** The places where inputs go on from. */
  readonly states: ProjectStates = new ProjectStates(this);
  /** What outputs have rejected, where a file of ours keeps it. */
  readonly deadLetters: ProjectDeadLetters = new ProjectDeadLetters(this);
  /** @ignore For the files of this folder. */
  readonly site: Site;
  #configuration: Configuration | undefined;
  #failure: unknown;

  private constructor(options: ProjectOptions, world: World) {
    this.site = { world, options, installed: new Map(), paths: new Map() };
  }

  /** Reads the files; mistakes in them are thrown when the tasks are needed. */
  static async open(options: ProjectOptions, world: World): Promise<Project> {
    const project = new Project(options, world);
    try {
      project.#configuration = await loadConfiguration(project.site);
    } catch (error) {
      project.#failure = error;
    }
    return project;
  }

  /**
   * What the files say.
   * @throws {DiagnosticsError} With every mistake in them.
   * @throws {DstreamError} They can't be read.
   */
  get configuration(): Configuration {
    if (this.#configuration === undefined) throw this.#failure;
    return this.#configuration;
  }

  /**
   * The tasks, in the order declared; those alone that were to be evaluated.
   * @throws As {@link Project.configuration} does.
   */
  get tasks(): readonly Task[] {
    return [...this.configuration.tasks.values()];
  }

  /** Every declared task, whether it was evaluated or not. */
  get taskNames(): readonly string[] {
    return namesOf(this.configuration);
  }

  /** @throws {DstreamError} `usage.task_unknown` with the nearest name. */
  task(name: string): Task {
    return findTask(name, this.configuration);
  }

  /** What `ingester` and `router` are; see docs/ingester.md. */
  async serverTasks(): Promise<ServerTasks> {
    const { loadServerTasks } = await import("./check.ts");
    return await loadServerTasks(this.configuration, this.site);
  }

  /** @throws {DstreamError} There is no such block, or nothing to route. */
  async serverTask(name: ServerTaskName): Promise<Task> {
    const { requireServerTask } = await import("./server_tasks.ts");
    const server = await this.serverTasks();
    return requireServerTask(name, server, this.configuration);
  }

  /** Finds everything that is wrong. Starts nothing. */
  async validate(): Promise<Verdict> {
    const { verdictOf, verdictOfFailure } = await import("./validate.ts");
    return this.#configuration === undefined
      ? await verdictOfFailure(this.#failure, this.site)
      : await verdictOf(this.#configuration, this.site);
  }

  /**
   * Runs one test of a task: its transforms and routing, and no provider.
   * @returns What is not as expected; none: it passes.
   * @throws {DiagnosticsError | DstreamError} The test, or its task, is wrong.
   */
  async test(test: TaskTest): Promise<readonly TestFailure[]> {
    const { runTaskTest } = await import("./testing/mod.ts");
    const { text, at } = test.task;
    const { configuration } = this;
    const task = findTask(text, configuration, at);
    return await runTaskTest(test, task, configuration.secrets);
  }

  /** What HashiCorp's parser reads differently. */
  async refereeWarnings(): Promise<Verdict["diagnostics"]> {
    const { refereeWarnings } = await import("./referee.ts");
    return await refereeWarnings(this.site);
  }

  /**
   * Runs tasks side by side until their data ends.
   * @param tasks Names, or tasks of this project.
   * @returns How each ended: nothing that a provider does is thrown.
   * @throws {DiagnosticsError} With everything that hinders them from starting.
   */
  async run(
    tasks: readonly (string | Task)[],
    wishes: ProjectRunWishes = {},
  ): Promise<RunOutcomes> {
    const prepared = await this.prepare(tasks, wishes);
    using linked = stopOn(wishes, this.site);
    return await this.runPrepared(prepared, { ...wishes, stop: linked.stop });
  }

  /**
   * Does all that {@link Project.run} does before anything is started.
   * @throws {DiagnosticsError} With everything that hinders them from starting.
   */
  async prepare(
    tasks: readonly (string | Task)[],
    wishes: InstallWishes = {},
  ): Promise<PreparedTask[]> {
    const { prepareTasks } = await import("./prepare.ts");
    const { configuration, site } = this;
    const chosen = [...new Set(tasks)].map((one) =>
      typeof one === "string" ? this.task(one) : one
    );
    return await prepareTasks(chosen, configuration, site, wishes);
  }

  /** The rest of {@link Project.run}. */
  async runPrepared(
    tasks: readonly PreparedTask[],
    wishes: RunWishes = {},
  ): Promise<RunOutcomes> {
    const { runTasks } = await import("./run.ts");
    return await runTasks(tasks, wishes, this.site);
  }

  /**
   * Shows what a task's transforms do to its next envelopes; delivers nothing.
   * @throws {DstreamError} When an input can't be started, or fails.
   */
  async *preview(
    task: string,
    wishes: PreviewWishes = {},
  ): AsyncGenerator<PreviewedEnvelope> {
    const { preview } = await import("./preview.ts");
    const { configuration, site } = this;
    yield* preview(this.task(task), configuration, wishes, site);
  }

  /** Gets the providers that a task has from a registry. */
  async install(task: Task, wishes: InstallWishes = {}): Promise<void> {
    if (!hasReference(task)) return;
    const { installPulled } = await import("./prepare.ts");
    await installPulled([task], this.configuration, this.site, wishes);
  }

  /** Fixes the versions of all providers in the lock file. */
  async lock(wishes: LockWishes = {}): Promise<LockedChange[]> {
    const { lockProviders } = await import("./lock.ts");
    return await lockProviders(this.configuration, wishes, this.site);
  }

  /** A task as it may be shown, with what the cache knows of its providers. */
  async masked(task: Task): Promise<MaskedTask> {
    const { describePulled } = await import("./cached_specs.ts");
    const { maskTask, secretsOf } = await import("./mask.ts");
    const { providersOf } = await import("./site.ts");
    const { configuration, site } = this;
    await describePulled([task], configuration, site);
    const masked = await maskTask(task, providersOf(site));
    return { task: masked, secrets: secretsOf(masked, configuration) };
  }

  /**
   * Asks the provider of one block to create what it needs, to show or to remove it.
   * @param task With its secrets masked.
   */
  async ask(
    command: LifecycleName,
    task: Task,
    block: ProviderBlock,
    wishes: AskWishes = {},
  ): Promise<LifecycleReport> {
    const { askProvider } = await import("./lifecycle.ts");
    const { configuration, site } = this;
    return await askProvider(command, task, block, configuration, wishes, site);
  }
}

/** The places where the inputs of tasks go on from. */
export class ProjectStates {
  constructor(readonly project: Project) {}

  /** The states of a task's inputs, by their labels. */
  async load(task: string): Promise<StoredStates> {
    const { loadStates } = await import("./states.ts");
    const { project } = this;
    return await loadStates(project.task(task), project.configuration);
  }

  /**
   * Stores a state as if the input had said it.
   * @param input Its label; may be left out where there is one only.
   * @throws {DstreamError} The task runs, or has no such input.
   */
  async store(task: string, state: Json, input?: string): Promise<void> {
    const { storeState } = await import("./states.ts");
    const { project: { configuration, site } } = this;
    const found = this.project.task(task);
    await storeState(found, configuration, state, input, site);
  }

  /**
   * Forgets them: the task starts from the beginning next time.
   * @throws {DstreamError} The task runs.
   */
  async clear(task: string): Promise<void> {
    const { clearStates } = await import("./states.ts");
    const { project } = this;
    await clearStates(project.task(task), project.configuration);
  }
}

/** What the outputs of tasks have rejected. */
export class ProjectDeadLetters {
  constructor(readonly project: Project) {}

  /**
   * The file that keeps a task's dead letters.
   * @throws {DstreamError} They are nowhere where we could read them.
   */
  async open(task: string): Promise<TaskLetters> {
    const { openLetters } = await import("./dead_letters.ts");
    const { project } = this;
    return openLetters(project.task(task), project.configuration);
  }

  /** The files of all tasks that have one. */
  async openAll(): Promise<TaskLetters[]> {
    const { hasLetterFile } = await import("./dead_letters.ts");
    const { project } = this;
    const names = project.tasks.filter(hasLetterFile).map(({ name }) => name);
    return await Promise.all(names.map((name) => this.open(name)));
  }

  /** How many, of which kind and since when. */
  async count(task: string): Promise<LetterGroups> {
    const { countLetters } = await import("./dead_letters.ts");
    return await countLetters(await this.open(task));
  }

  /**
   * Sends them to the outputs that rejected them.
   * @throws {DstreamError} The letters can't be read, or the task can't run.
   */
  async replay(task: string, wishes: ReplayWishes = {}): Promise<Replayed> {
    const { replay } = await import("./replay.ts");
    const { project: { configuration, site } } = this;
    return await replay(this.project.task(task), configuration, wishes, site);
  }
}

/** One switch for both ways to ask a run to stop. */
function stopOn({ stop, signal }: ProjectRunWishes, { world }: Site) {
  const one = stop ?? new StopSwitch(world.clock);
  const onAbort = () => one.request(ABORTED);
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort);
  return {
    stop: one,
    [Symbol.dispose]: () => signal?.removeEventListener("abort", onAbort),
  };
}
