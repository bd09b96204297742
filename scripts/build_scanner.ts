/**
 * `deno task scanner`: core/pipeline/relay/scanner/scanner.wat → scanner_wasm.ts.
 *
 * The built bytes are committed so that neither users nor the compiled executable
 * need the assembler. build_scanner_test.ts builds again and compares.
 *
 * @module
 */

const FOLDER = new URL("../core/pipeline/relay/scanner/", import.meta.url);
const SOURCE = new URL("scanner.wat", FOLDER);
const TARGET = new URL("scanner_wasm.ts", FOLDER);

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

/** The text of scanner_wasm.ts as it should be now. */
export async function renderModule(): Promise<string> {
  const source = await Deno.readTextFile(SOURCE);
  const bytes = await assemble("scanner.wat", source);
  const base64 = btoa(String.fromCharCode(...bytes));
  return `/**
 * Built from scanner.wat by \`deno task scanner\`; not edited by hand.
 *
 * @module
 */

/** The WebAssembly module, ${bytes.length} bytes, as base64. */
export const SCANNER_WASM_BASE64 =
  "${base64}";
`;
}

/** The text of scanner_wasm.ts as it is committed. */
export function readModule(): Promise<string> {
  return Deno.readTextFile(TARGET);
}

if (import.meta.main) {
  await Deno.writeTextFile(TARGET, await renderModule());
  console.log(`wrote ${TARGET.pathname.split("/").at(-1)}`);
}
