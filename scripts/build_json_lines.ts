/**
 * `deno task json-lines`: core/sdk/files/json_lines/json_lines.wat → json_lines_wasm.ts.
 *
 * The built bytes are committed, as those of the scanner are (build_scanner.ts);
 * build_json_lines_test.ts builds again and compares.
 *
 * @module
 */

import { assemble } from "./build_scanner.ts";

const FOLDER = new URL("../core/sdk/files/json_lines/", import.meta.url);
const SOURCE = new URL("json_lines.wat", FOLDER);
const TARGET = new URL("json_lines_wasm.ts", FOLDER);

/** The text of json_lines_wasm.ts as it should be now. */
export async function renderModule(): Promise<string> {
  const source = await Deno.readTextFile(SOURCE);
  const bytes = await assemble("json_lines.wat", source);
  const base64 = btoa(String.fromCharCode(...bytes));
  return `/**
 * Built from json_lines.wat by \`deno task json-lines\`; not edited by hand.
 *
 * @module
 */

/** The WebAssembly module, ${bytes.length} bytes, as base64. */
export const JSON_LINES_WASM_BASE64 =
  "${base64}";
`;
}

/** The text of json_lines_wasm.ts as it is committed. */
export function readModule(): Promise<string> {
  return Deno.readTextFile(TARGET);
}

if (import.meta.main) {
  await Deno.writeTextFile(TARGET, await renderModule());
  console.log(`wrote ${TARGET.pathname.split("/").at(-1)}`);
}
