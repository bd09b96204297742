/**
 * `dstreams tap`: Singer messages on stdout or in a file, or Arrow.
 *
 * @module
 */

import type { JsonObject } from "../../core/protocol/mod.ts";
import type { Context } from "../context.ts";
import { ExitCode } from "../exit_code.ts";
import type { Format } from "./format.ts";
import { nowText } from "./now_text.ts";
import { prepareTap, type TapFlags } from "./prepared_tap.ts";
import { runTask } from "./run_task.ts";
import { openSink } from "./sink.ts";
import { StateFile } from "./state_file.ts";
import { singerBlock } from "./targets.ts";
import { newestState } from "./task_places.ts";

/** @returns The exit status. */
export async function tap(
  flags: TapFlags & {
    readonly output?: string | undefined;
    readonly format: Format;
  },
  context: Context,
): Promise<number> {
  await using prepared = await prepareTap(flags, context);
  const { plan } = prepared;
  const output = singerBlock(plan.stream, { target: "-", validate: false });
  const project = await prepared.open(output, true);
  await using sink = await openSink(flags, context);
  const code = await runTask(project, sink.write, context);
  const newest = await newestState(project);
  if (newest === undefined || code !== ExitCode.ok) {
    await sink.finish();
    return code;
  }
  const file = await StateFile.open(NO_FILE, prepared.folder);
  if (prepared.state !== undefined) {
    file.replace(structuredClone(prepared.state.value));
  }
  plan.remember(newest, file, nowText(context));
  await sink.write(line({ type: "STATE", value: file.value }));
  await sink.finish();
  return code;
}

const NO_FILE = "none.json";

function line(message: JsonObject): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(message)}\n`);
}
