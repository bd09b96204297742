/**
 * `init`, `plan` and `status`: the folder, and the files with their sizes.
 *
 * @module
 */

import type { Report } from "@dstream/sdk";
import type { FileConfig } from "./config.ts";
import { PART } from "./part_names.ts";
import { joinPath, NameTemplate, splitPath } from "./name_template.ts";
import { createFolder } from "./output_file.ts";

/** Files listed at most. */
const MOST_LISTED = 100;

/** Makes the folder. */
export async function prepare(config: FileConfig): Promise<Report> {
  const before = await plan(config);
  await createFolder(currentFolder(config));
  return before;
}

/** What `init` and `run` would make. */
export function plan(config: FileConfig): Promise<Report> {
  const folder = currentFolder(config) || ".";
  const template = new NameTemplate(config.path);
  const folderChange = {
    action: statOf(folder)?.isDirectory ? "none" : "create",
    type: "folder",
    name: folder,
  } as const;
  if (template.hasSequence) return Promise.resolve({ changes: [folderChange] });
  const name = template.render(Date.now());
  const size = statOf(name)?.size;
  const fileChange = size === undefined
    ? { action: "create", type: "file", name } as const
    : { action: "none", type: "file", name, size_bytes: size } as const;
  return Promise.resolve({ changes: [folderChange, fileChange] });
}

/** The files of the path's current folder, newest last. */
export function status(config: FileConfig): Promise<Report> {
  const folder = currentFolder(config);
  const { name: pattern } = splitPath(config.path);
  const isOurs = toRegExp(pattern);
  const resources = namesIn(folder)
    .filter((name) => isOurs.test(name))
    .sort()
    .slice(-MOST_LISTED)
    .map((name) => {
      const info = statOf(joinPath(folder, name));
      return {
        type: "file",
        name: joinPath(folder, name),
        state: name.endsWith(PART) ? "being written" : "there",
        size_bytes: info?.size ?? 0,
        modified: info?.mtime?.toISOString() ?? null,
      };
    });
  const message = resources.length === 0 ? "no file yet" : undefined;
  return Promise.resolve({ resources, ...(message && { message }) });
}

function currentFolder({ path }: FileConfig): string {
  return splitPath(new NameTemplate(path).render(Date.now())).folder;
}

/** `orders-{date}-{seq}.jsonl` as a pattern, also with `.part`. */
function toRegExp(name: string): RegExp {
  const escaped = name.split(/\{[^{}]*\}/)
    .map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("[0-9-]+");
  return new RegExp(`^${escaped}(?:\\${PART})?$`);
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder || ".")].map(({ name }) => name);
  } catch {
    return [];
  }
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}
