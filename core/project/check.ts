/**
 * Everything that can be known to be wrong with tasks before anything is fetched or
 * started.
 *
 * @module
 */

import { append } from "../base/append.ts";
import type { Configuration, ProviderBlock, Task } from "../config/task.ts";
import { type Diagnostic, DiagnosticsError } from "../base/errors.ts";
import type { ProviderLaunch } from "../pipeline/run.ts";
import { describePulled } from "./cached_specs.ts";
import { checkConfig } from "./check_block.ts";
import { checkDeadLetter } from "./dead_letter_block.ts";
import { maskTask } from "./mask.ts";
import { sortByPlace, toDiagnostic } from "./problems.ts";
import { blocksOf } from "./blocks.ts";
import { resolveBlock } from "./resolve_block.ts";
import { type ServerTasks, tasksOf } from "./server_tasks.ts";
import { providersOf, type Site } from "./site.ts";
import { checkTransformsOf } from "./transforms.ts";

/** Every task that could be read, and what the root blocks become. */
export async function checkConfiguration(
  configuration: Configuration,
  site: Site,
): Promise<Diagnostic[]> {
  const tasks = [...configuration.tasks.values()];
  const { ingester, publisher } = configuration;
  const hasServer = ingester !== undefined || publisher !== undefined;
  return [
    ...hasServer ? await checkServerBlocks(configuration, site) : [],
    ...await describePulled(tasks, configuration, site),
    ...await checkTasks(tasks, configuration, site),
  ];
}

/** The root blocks, and the tasks they become. */
async function checkServerBlocks(
  configuration: Configuration,
  site: Site,
): Promise<Diagnostic[]> {
  const server = await site.world.readServerTasks(configuration);
  return await serverProblems(server, configuration, site);
}

/**
 * What the root blocks `ingester` and `publisher` become.
 * @throws {DiagnosticsError} With every mistake in them.
 */
export async function loadServerTasks(
  configuration: Configuration,
  site: Site,
): Promise<ServerTasks> {
  const server = await site.world.readServerTasks(configuration);
  if (server.problems.length === 0) return server;
  // With what the providers say of the rest, all in one go.
  const all = await serverProblems(server, configuration, site);
  throw new DiagnosticsError(sortByPlace(all));
}

async function serverProblems(
  server: ServerTasks,
  configuration: Configuration,
  site: Site,
): Promise<Diagnostic[]> {
  const found = await checkTasks(tasksOf(server), configuration, site);
  return withoutRepeats([...server.problems, ...found]);
}

/** Both tasks use what stands once. */
function withoutRepeats(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const byText = new Map(diagnostics.map((one) => {
    const { code, message, at } = one;
    const key = [code, message, at?.file, at?.line, at?.column].join("\n");
    return [key, one] as const;
  }));
  return [...byText.values()];
}

/** All but what only a registry knows. */
export async function checkTasks(
  tasks: readonly Task[],
  configuration: Configuration,
  site: Site,
): Promise<Diagnostic[]> {
  const problems: Diagnostic[] = [];
  const providers = providersOf(site);
  for (const given of tasks) {
    const task = await maskTask(given, providers);
    append(problems, await checkTransformsOf(task));
    append(problems, await checkDeadLetter(task.deadLetter, providers));
    for (const block of blocksOf(task)) {
      // Whether a pulled one is there is found out when it is needed.
      if (block.source.kind === "reference") {
        append(problems, await checkConfig(block, providers));
      } else await checkedLaunch(block, configuration, site, problems);
    }
  }
  return problems;
}

/**
 * How to start a block's provider, its config checked.
 * @param problems Gets what is wrong with it.
 * @returns Nothing for a provider that can't be started.
 */
export async function checkedLaunch(
  block: ProviderBlock,
  configuration: Configuration,
  site: Site,
  problems: Diagnostic[],
): Promise<ProviderLaunch | undefined> {
  try {
    const launch = await resolveBlock(block, configuration, site);
    append(problems, await checkConfig(block, providersOf(site)));
    return launch;
  } catch (error) {
    problems.push(toDiagnostic(error));
    return undefined;
  }
}
