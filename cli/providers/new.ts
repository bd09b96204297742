/**
 * `dstream provider new`: a folder with a provider that works.
 *
 * @module
 */

import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DstreamError } from "../../core/base/errors.ts";
import type { Context } from "../context.ts";

/** What is written. */
export interface NewWishes {
  readonly name: string;
  readonly role: "input" | "output";
  readonly lang: string;
}

/** What the templates call the provider. */
const PLACEHOLDER = "my-provider";
const NAME = /^[a-z][a-z0-9-]{0,62}$/;
const EXECUTABLE = 0o755;
const PLAIN = 0o644;

/** @throws {DstreamError} `usage.provider_name` or `usage.folder_exists` */
export async function newProvider(
  wishes: NewWishes,
  context: Context,
): Promise<void> {
  const { name } = wishes;
  requireName(name);
  const folder = resolve(context.deps.cwd, name);
  await makeFolder(folder, name);
  for (const [path, text] of await filesOf(wishes)) {
    const mode = text.startsWith("#!") ? EXECUTABLE : PLAIN;
    await writeFile(join(folder, path), text, { mode });
  }
  await context.print(
    `${name}/ is written; README.md in it tells how to go on:\n` +
      `  cd ${name} && ./test.sh`,
  );
}

/** Of the language, for both roles and for this one. */
async function filesOf(
  { name, role, lang }: NewWishes,
): Promise<[path: string, text: string][]> {
  const { files } = await import("../templates/files.ts");
  const folders = [`${lang}/both/`, `${lang}/${role}/`, `any/${role}/`];
  return folders.flatMap((folder) =>
    Object.entries(files)
      .filter(([path]) => path.startsWith(folder))
      .map(([path, text]): [string, string] => [
        path.slice(folder.length),
        text.replaceAll(PLACEHOLDER, name),
      ])
  );
}

function requireName(name: string): void {
  if (NAME.test(name)) return;
  throw new DstreamError(
    "usage.provider_name",
    `a provider can't be called "${name}"`,
    { isUsage: true, hint: "lower case, digits and -, such as in-orders" },
  );
}

async function makeFolder(folder: string, name: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (cause) {
    const isThere = (cause as { code?: string }).code === "EEXIST";
    throw new DstreamError(
      isThere ? "usage.folder_exists" : "usage.folder",
      isThere ? `"${name}" is there already` : `cannot make "${name}"`,
      { isUsage: true, cause, hint: "nothing was written" },
    );
  }
}
