/**
 * `deno task wasm`: each `NAME.wat` → `NAME_wasm.ts` beside it.
 *
 * The built bytes are committed so that neither users nor the compiled executable
 * need the assembler. build_wasm_test.ts builds again and compares.
 *
 * @module
 */

import { basename } from "node:path";
import { fileURLToPath } from "node:url";

/** What there is to build, from the root. */
export const SOURCES: readonly string[] = [
  "core/pipeline/relay/scanner/scanner.wat",
  "core/sdk/files/json_lines/json_lines.wat",
  "providers/postgres/input/decode/quick/quick_rows.wat",
];

/** Assembles WebAssembly text; throws with line and column on a mistake. */
export async function assemble(
  name: string,
  text: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const { default: loadWabt } = await import("wabt");
  const wabt = await loadWabt();
  const parsed = wabt.parseWat(name, text, { simd: true });
  try {
    parsed.validate();
    const { buffer } = parsed.toBinary({
      log: false,
      write_debug_names: false,
    });
    return new Uint8Array(buffer);
  } finally {
    parsed.destroy();
  }
}

/** The text of a source's module as it should be now. */
export async function renderModule(source: string): Promise<string> {
  const file = basename(source);
  const constant = `${file.replace(/\.wat$/, "").toUpperCase()}_WASM_BASE64`;
  const bytes = await assemble(file, await Deno.readTextFile(pathOf(source)));
  return `/**
 * Built from ${file} by \`deno task wasm\`; not edited by hand.
 *
 * @module
 */

/** The WebAssembly module, ${bytes.length} bytes, as base64. */
export const ${constant} =
  "${bytes.toBase64()}";
`;
}

/** The text of a source's module as it is committed. */
export function readModule(source: string): Promise<string> {
  return Deno.readTextFile(modulePath(source));
}

function modulePath(source: string): string {
  return pathOf(source).replace(/\.wat$/, "_wasm.ts");
}

function pathOf(source: string): string {
  return fileURLToPath(new URL(`../${source}`, import.meta.url));
}

if (import.meta.main) {
  for (const source of SOURCES) {
    await Deno.writeTextFile(modulePath(source), await renderModule(source));
    console.log(`wrote ${basename(modulePath(source))}`);
  }
}
