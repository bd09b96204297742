/**
 * The functions that files may call, with the world they look at.
 *
 * @module
 */

import {
  calledFunctions,
  createFunctions,
  type FunctionTable,
} from "../../hcl/mod.ts";
import { systemWorld } from "../world.ts";
import type { Secrets } from "./secrets.ts";
import type { SourceFile } from "./source_file.ts";

/** What functions look at. */
export interface FunctionWorld {
  readonly env: Readonly<Record<string, string>>;
  readonly allowMissingEnv?: boolean | undefined;
  readonly wallMs: () => number;
}

/** Only what the files call is made. */
export async function functionTable(
  files: readonly SourceFile[],
  folder: string,
  { env, allowMissingEnv = false, wallMs }: FunctionWorld,
  secrets: Secrets,
): Promise<FunctionTable> {
  const outside = systemWorld({
    env,
    allowMissingEnv,
    wallMs,
    folder,
    noteSecret: (text) => secrets.note(text),
    noteDefault: (text) => secrets.noteDefault(text),
  });
  const called = new Set(
    files.flatMap(({ body }) => [...calledFunctions(body)]),
  );
  return secrets.watch(await createFunctions(outside, called));
}
