/**
 * From tasks to what can be run: providers found, configs checked, transforms
 * compiled, secrets masked.
 *
 * All problems are collected first, so that one attempt shows them all and
 * nothing is started in vain. What comes from a registry is fetched when all else
 * is right, and checked then.
 *
 * @module
 */

import { append } from "../base/append.ts";
import type { Configuration, ProviderBlock, Task } from "../config/task.ts";
import { type Diagnostic, DiagnosticsError } from "../base/errors.ts";
import type { ProviderLaunch } from "../pipeline/run.ts";
import type { StateStore } from "../pipeline/states/state_store.ts";
import type { Transformer } from "../transform/mod.ts";
import { blocksOf, hasReference, isPulled } from "./blocks.ts";
import { checkedLaunch, checkTasks } from "./check.ts";
import { checkDeadLetter } from "./dead_letter_block.ts";
import type { InstallWishes } from "./install.ts";
import { maskBlock, maskDeadLetter, secretsOf } from "./mask.ts";
import { sortByPlace } from "./problems.ts";
import { providersOf, type Site } from "./site.ts";
import { openStateStore, spoolFolderOf } from "./state_file.ts";
import { prepareOutputTransformers, prepareTransformer } from "./transforms.ts";

/** A task whose providers were found. */
export interface PreparedTask {
  readonly task: Task;
  readonly inputs: readonly ProviderLaunch[];
  readonly outputs: readonly ProviderLaunch[];
  readonly deadLetter: ProviderLaunch | undefined;
  readonly transformer: Transformer | undefined;
  /** One for each output that has transforms of its own, at its place. */
  readonly outputTransformers: readonly (Transformer | undefined)[];
  /** Absent: inputs are not offered to keep their state with us. */
  readonly stateStore?: StateStore;
  readonly spoolFolder?: string;
  /** Nothing of this may be printed. */
  readonly secrets: ReadonlySet<string>;
}

/** @throws {DiagnosticsError} With every provider that can't be started. */
export async function prepareTasks(
  tasks: readonly Task[],
  configuration: Configuration,
  site: Site,
  wishes: InstallWishes = {},
): Promise<PreparedTask[]> {
  const preparations = tasks.map((task) =>
    new Preparation(task, configuration, site)
  );
  for (const one of preparations) await one.prepareOwn();
  throwProblems(preparations);
  if (tasks.some(hasReference)) {
    const { installProviders } = await import("./install.ts");
    await installProviders(tasks, configuration, site, wishes);
    for (const one of preparations) await one.preparePulled();
    throwProblems(preparations);
  }
  return preparations.map((one) => one.result());
}

/**
 * Gets the providers of tasks that are not run but asked.
 * @throws {DiagnosticsError} Nothing is fetched for tasks that can't run anyway.
 */
export async function installPulled(
  tasks: readonly Task[],
  configuration: Configuration,
  site: Site,
  wishes: InstallWishes,
): Promise<void> {
  if (!tasks.some(hasReference)) return;
  const problems = await checkTasks(tasks, configuration, site);
  if (problems.some(isError)) throw new DiagnosticsError(sortByPlace(problems));
  const { installProviders } = await import("./install.ts");
  await installProviders(tasks, configuration, site, wishes);
}

function isError({ severity }: Diagnostic): boolean {
  return severity === "error";
}

function throwProblems(preparations: readonly Preparation[]): void {
  const problems = preparations.flatMap((one) => one.problems);
  if (problems.length > 0) throw new DiagnosticsError(sortByPlace(problems));
}

/** A block as it runs, and how it is started. */
interface Part {
  readonly block: ProviderBlock;
  readonly launch: ProviderLaunch | undefined;
}

/** One task on its way. */
class Preparation {
  readonly problems: Diagnostic[] = [];
  readonly #parts = new Map<ProviderBlock, Part>();
  #transformer: Transformer | undefined;
  #outputTransformers: readonly (Transformer | undefined)[] = [];

  constructor(
    readonly task: Task,
    readonly configuration: Configuration,
    readonly site: Site,
  ) {}

  /** All but what only a registry knows. */
  async prepareOwn(): Promise<void> {
    for (const block of blocksOf(this.task)) {
      if (!isPulled(block)) await this.#add(block);
    }
    this.#transformer = await prepareTransformer(this.task, this.problems);
    this.#outputTransformers = await prepareOutputTransformers(
      this.task,
      this.problems,
    );
  }

  /** When they were installed. */
  async preparePulled(): Promise<void> {
    for (const block of blocksOf(this.task)) {
      if (isPulled(block)) await this.#add(block);
    }
  }

  /** Only where nothing was wrong. */
  result(): PreparedTask {
    const { inputs, outputs, deadLetter, plugin } = this.task;
    const task: Task = {
      ...this.task,
      inputs: inputs.map((block) => this.#part(block).block),
      outputs: outputs.map((block) => this.#part(block).block),
      deadLetter: deadLetter && this.#part(deadLetter).block,
    };
    const started = plugin === undefined ? inputs : [plugin.block];
    return {
      task,
      inputs: started.map((block) => this.#part(block).launch!),
      outputs: outputs.map((block) => this.#part(block).launch!),
      deadLetter: deadLetter && this.#part(deadLetter).launch,
      transformer: this.#transformer,
      outputTransformers: this.#outputTransformers,
      stateStore: openStateStore(task, this.configuration),
      spoolFolder: spoolFolderOf(task, this.configuration),
      secrets: secretsOf(task, this.configuration),
    };
  }

  #part(block: ProviderBlock): Part {
    return this.#parts.get(block)!;
  }

  async #add(given: ProviderBlock): Promise<void> {
    const { configuration, site, problems } = this;
    const providers = providersOf(site);
    const isDeadLetter = given === this.task.deadLetter;
    const block = isDeadLetter
      ? await maskDeadLetter(given, providers)
      : await maskBlock(given, providers);
    const launch = await checkedLaunch(block, configuration, site, problems);
    if (isDeadLetter) append(problems, await checkDeadLetter(block, providers));
    this.#parts.set(given, { block, launch });
  }
}
