/**
 * The root blocks `ingester` and `publisher`, loaded and checked.
 *
 * @module
 */

import type { Configuration, Task } from "../core/config/task.ts";
import {
  type Diagnostic,
  DiagnosticsError,
  DstreamError,
} from "../core/base/errors.ts";
import { type Family, readFamily } from "../providers/ingester/mod.ts";
import { loadConfiguration } from "./configuration.ts";
import type { Context } from "./context.ts";
import type { FamilyName } from "./family_names.ts";
import { sortByPlace } from "./problems.ts";

/** What was loaded. */
export interface LoadedFamily {
  readonly configuration: Configuration;
  readonly family: Family;
}

/** @throws {DiagnosticsError} With every mistake in these blocks. */
export async function loadFamily(context: Context): Promise<LoadedFamily> {
  const configuration = await loadConfiguration(context, {
    tasks: [],
    families: true,
  });
  const family = await readFamily(configuration, context.deps.readDatabase);
  if (family.problems.length > 0) {
    // With what the providers say of the rest, all in one go.
    const all = await problemsOf(family, configuration, context);
    throw new DiagnosticsError(sortByPlace(all));
  }
  return { configuration, family };
}

/** What `validate` finds in these blocks. */
export async function familyProblems(
  configuration: Configuration,
  context: Context,
): Promise<Diagnostic[]> {
  const family = await readFamily(configuration, context.deps.readDatabase);
  return await problemsOf(family, configuration, context);
}

async function problemsOf(
  family: Family,
  configuration: Configuration,
  context: Context,
): Promise<Diagnostic[]> {
  const { checkTasks } = await import("./validation.ts");
  const tasks = tasksOf(family);
  const found = await checkTasks(tasks, configuration, context);
  return withoutRepeats([...family.problems, ...found]);
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

/** Those there are, in the order they are started. */
export function tasksOf({ ingester, router }: Family): Task[] {
  return [ingester, router].filter((task) => task !== undefined);
}

/** @throws {DstreamError} There is no such block, or nothing to route. */
export function requireFamilyTask(
  name: FamilyName,
  { family, configuration }: LoadedFamily,
): Task {
  const task = family[name];
  if (task !== undefined) return task;
  if (family.ingester === undefined) {
    throw new DstreamError(
      "config.block_missing",
      `there is no ingester block in ${configuration.files.join(", ")}`,
      { hint: "docs/ingester.md shows one" },
    );
  }
  throw new DstreamError(
    "config.nothing_to_route",
    "there is nothing to route: the ingester's queue is none of Service Bus",
    {
      at: family.ingester.outputs[0].sourceAt,
      hint: "`dstream ingester` alone does what this configuration says",
    },
  );
}
