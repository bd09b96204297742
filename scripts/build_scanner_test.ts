import { assert, assertEquals } from "../tests/support/assert.ts";
import { assemble, readModule, renderModule } from "./build_scanner.ts";

Deno.test("the committed scanner is what scanner.wat builds", async () => {
  const hint = "run `deno task scanner` and commit scanner_wasm.ts";
  // A checkout may have turned line feeds into CRLF; the base64 has none.
  const committed = (await readModule()).replaceAll("\r\n", "\n");
  assertEquals(committed, await renderModule(), hint);
});

Deno.test("assemble() says where a mistake is", async () => {
  await assert.rejects(
    assemble("wrong.wat", "(module\n  (func (i32.ad)))"),
    /wrong\.wat:2:\d+/,
  );
});
