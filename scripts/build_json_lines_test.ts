import { assertEquals } from "../tests/support/assert.ts";
import { readModule, renderModule } from "./build_json_lines.ts";

Deno.test("the committed module is what json_lines.wat builds", async () => {
  const hint = "run `deno task json-lines` and commit json_lines_wasm.ts";
  // A checkout may have turned line feeds into CRLF; the base64 has none.
  const committed = (await readModule()).replaceAll("\r\n", "\n");
  assertEquals(committed, await renderModule(), hint);
});
