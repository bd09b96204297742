/**
 * `dstreams target`: Singer messages, or Arrow, from a file or stdin.
 *
 * @module
 */

import { resolve } from "node:path";
import { DstreamError } from "../../core/base/errors.ts";
import type { JsonObject } from "../../core/protocol/mod.ts";
import type { Context } from "../context.ts";
import { readConnector } from "./connector.ts";
import type { Format } from "./format.ts";
import { lendStdin } from "./lend_stdin.ts";
import type { Block } from "./plans.ts";
import { runTask } from "./run_task.ts";
import { StateFile } from "./state_file.ts";
import { TARGET_TYPES, targetBlock } from "./targets.ts";
import { newestState, TaskPlaces } from "./task_places.ts";

/** @returns The exit status. */
export async function target(
  flags: {
    readonly config: string;
    readonly input?: string | undefined;
    readonly format: Format;
    readonly state?: string | undefined;
  },
  context: Context,
): Promise<number> {
  const { deps } = context;
  const connector = await readConnector(
    flags.config,
    "the target config",
    TARGET_TYPES,
    deps,
  );
  await using places = await TaskPlaces.create();
  const { input: file, format } = flags;
  const name = file ?? "stdin";
  using stdin = flags.input === undefined ? lendStdin(context) : undefined;
  if (flags.input !== undefined) await requireFile(flags.input, deps.cwd);
  const feed: JsonObject = stdin === undefined
    ? { file: resolve(deps.cwd, flags.input!), name, format }
    : { port: stdin.port, token: stdin.token, name, format };
  const input: Block = {
    provider: "singer",
    config: { tap: [...deps.self, "singer", "feed"], tap_config: feed },
  };
  const output = targetBlock({
    target: connector,
    stream: undefined,
    cwd: deps.cwd,
    self: deps.self,
  });
  // What was read from a pipe can't be read again.
  const project = await places.open(input, output, false, context);
  const state = flags.state === undefined
    ? undefined
    : await StateFile.open(flags.state, deps.cwd);
  using _lock = await state?.lock();
  const code = await runTask(project, undefined, context);
  const newest = await newestState(project);
  if (newest === undefined) return code;
  if (state === undefined) await context.print(JSON.stringify(newest));
  else {
    state.replace(newest as JsonObject);
    await state.save();
  }
  return code;
}

async function requireFile(path: string, cwd: string): Promise<void> {
  const isFile = await Deno.stat(resolve(cwd, path))
    .then((info) => info.isFile, () => false);
  if (isFile) return;
  throw new DstreamError(
    "singer.file_unreadable",
    `there is no file "${path}"`,
  );
}
