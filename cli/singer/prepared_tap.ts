/**
 * A tap's side of a task: what it is, what it reads, and where it goes on.
 *
 * @module
 */

import type { Project } from "../../core/project/mod.ts";
import type { Context } from "../context.ts";
import { CatalogFile } from "./catalog_file.ts";
import { readConnector } from "./connector.ts";
import { requireJsonFile } from "./json_file.ts";
import type { Block, TapPlan } from "./plans.ts";
import { StateFile } from "./state_file.ts";
import { TAP_TYPES, tapPlan } from "./taps.ts";
import { TaskPlaces } from "./task_places.ts";
import { TASK } from "./task_text.ts";

/** What `sync` and `tap` are told of a tap. */
export interface TapFlags {
  readonly config: string;
  readonly catalog?: string | undefined;
  readonly state?: string | undefined;
}

/** A tap's side of a task. */
export interface PreparedTap extends AsyncDisposable {
  readonly plan: TapPlan;
  readonly state: StateFile | undefined;
  readonly folder: string;
  open(output: Block, restarts: boolean): Promise<Project>;
}

/** @throws {DstreamError} for a file that can't be. */
export async function prepareTap(
  flags: TapFlags,
  context: Context,
): Promise<PreparedTap> {
  const { cwd } = context.deps;
  const connector = await readConnector(
    flags.config,
    "the tap config",
    TAP_TYPES,
    context.deps,
  );
  const catalog = flags.catalog === undefined ? undefined : {
    path: flags.catalog,
    file: new CatalogFile(
      await requireJsonFile(flags.catalog, "the catalog", cwd),
    ),
  };
  const state = flags.state === undefined
    ? undefined
    : await StateFile.open(flags.state, cwd);
  const plan = tapPlan({ tap: connector, catalog, state, cwd });
  const places = await TaskPlaces.create();
  return {
    plan,
    state,
    folder: places.folder,
    open: async (output, restarts) => {
      const input = { ...plan, steps: connector.steps };
      const project = await places.open(input, output, restarts, context);
      if (plan.resume !== undefined) {
        await project.states.store(TASK, plan.resume);
      }
      return project;
    },
    [Symbol.asyncDispose]: () => places[Symbol.asyncDispose](),
  };
}
