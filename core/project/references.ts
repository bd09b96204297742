/**
 * What the `provider_ref`s of tasks stand for, as text and in the lock file.
 *
 * @module
 */

import type { Configuration, ProviderBlock, Task } from "../config/task.ts";
import type { Diagnostic } from "../base/errors.ts";
import {
  type Locked,
  lockFilePath,
  readLockFile,
} from "../install/lock_file.ts";
import { shownPath } from "../install/shown_path.ts";
import { parseReference, type Reference } from "../registry/mod.ts";
import { blocksOf } from "./blocks.ts";
import { toDiagnostic } from "./problems.ts";
import type { Site } from "./site.ts";

/** A reference and the block that first names it. */
export interface NamedReference {
  readonly text: string;
  readonly reference: Reference;
  readonly block: ProviderBlock;
}

/** Each reference once, in the order of the blocks. */
export function readReferences(
  tasks: Iterable<Task>,
  { registry }: Configuration,
  problems: Diagnostic[],
): NamedReference[] {
  const named = new Map<string, NamedReference>();
  for (const block of [...tasks].flatMap(blocksOf)) {
    if (block.source.kind !== "reference") continue;
    const { reference: text } = block.source;
    if (named.has(text)) continue;
    try {
      const reference = parseReference(text, {
        at: block.sourceAt,
        defaultRegistry: registry,
      });
      named.set(text, { text, reference, block });
    } catch (error) {
      problems.push(toDiagnostic(error));
    }
  }
  return [...named.values()];
}

/** The lock file beside the configuration. */
export async function readLocked(
  { folder }: Configuration,
  { world }: Site,
): Promise<Locked | undefined> {
  const path = lockFilePath(folder);
  return await readLockFile(path, shownPath(path, world.cwd));
}

/** `in-pg` for `ghcr.io/acme/in-pg:1.4.0`: how logs name it. */
export function providerName({ repository }: Reference): string {
  return repository.slice(repository.lastIndexOf("/") + 1);
}
