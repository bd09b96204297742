/**
 * WebAssembly that a package reads from a file beside itself → text in the bundle.
 *
 * In a bundle "beside itself" is another folder, so the file would not be found.
 *
 * @module
 */

import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** By the package that gets a file of its own: whose file is read, and where it is. */
const READ: Readonly<Record<string, { from: string; file: string }>> = {
  "@platformatic/kafka": {
    from: "@platformatic/wasm-utils",
    file: "../dist/native.wasm",
  },
};

/**
 * The code with the bytes of the file in place of reading it.
 *
 * @param name The package that was bundled.
 * @throws {Error} When the place isn't there: the package is another than before.
 */
export async function inlineWasm(name: string, code: string): Promise<string> {
  const read = READ[name];
  if (read === undefined) return code;
  const url = JSON.stringify(read.file).replaceAll(/[./]/g, "\\$&");
  const place = new RegExp(
    `[\\w$]+\\(new URL\\(${url},import\\.meta\\.url\\)\\)`,
  );
  if (!place.test(code)) {
    throw new Error(`${name} no longer reads ${read.file} as it did`);
  }
  const bytes = await Deno.readFile(pathOf(name, read.from, read.file));
  const text = JSON.stringify(bytes.toBase64());
  return code.replace(place, () => `Uint8Array.fromBase64(${text})`);
}

/** The same for a bundle in which any of the packages may be. */
export async function inlineAllWasm(code: string): Promise<string> {
  for (const [name, { file }] of Object.entries(READ)) {
    if (code.includes(file)) code = await inlineWasm(name, code);
  }
  return code;
}

function pathOf(name: string, from: string, file: string): string {
  const outer = fileURLToPath(import.meta.resolve(name));
  const inner = createRequire(outer).resolve(from);
  return join(dirname(inner), file);
}
