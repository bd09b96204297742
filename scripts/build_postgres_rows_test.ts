import { assertEquals } from "../tests/support/assert.ts";
import { readModule, renderModule } from "./build_postgres_rows.ts";

Deno.test("the committed module is what quick_rows.wat builds", async () => {
  const hint = "run `deno task postgres-rows` and commit quick_rows_wasm.ts";
  // A checkout may have turned line feeds into CRLF; the base64 has none.
  const committed = (await readModule()).replaceAll("\r\n", "\n");
  assertEquals(committed, await renderModule(), hint);
});
