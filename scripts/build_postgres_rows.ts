/**
 * `deno task postgres-rows`: quick_rows.wat of the `postgres` input → quick_rows_wasm.ts.
 *
 * The built bytes are committed, as those of the scanner are (build_scanner.ts);
 * build_postgres_rows_test.ts builds again and compares.
 *
 * @module
 */

import { assemble } from "./build_scanner.ts";

const FOLDER = new URL(
  "../providers/postgres/input/decode/quick/",
  import.meta.url,
);
const SOURCE = new URL("quick_rows.wat", FOLDER);
const TARGET = new URL("quick_rows_wasm.ts", FOLDER);

/** The text of quick_rows_wasm.ts as it should be now. */
export async function renderModule(): Promise<string> {
  const source = await Deno.readTextFile(SOURCE);
  const bytes = await assemble("quick_rows.wat", source);
  const base64 = btoa(String.fromCharCode(...bytes));
  return `/**
 * Built from quick_rows.wat by \`deno task postgres-rows\`; not edited by hand.
 *
 * @module
 */

/** The WebAssembly module, ${bytes.length} bytes, as base64. */
export const QUICK_ROWS_WASM_BASE64 =
  "${base64}";
`;
}

/** The text of quick_rows_wasm.ts as it is committed. */
export function readModule(): Promise<string> {
  return Deno.readTextFile(TARGET);
}

if (import.meta.main) {
  await Deno.writeTextFile(TARGET, await renderModule());
  console.log(`wrote ${TARGET.pathname.split("/").at(-1)}`);
}
