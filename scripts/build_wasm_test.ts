import { assert, assertEquals } from "../tests/support/assert.ts";
import { assemble, readModule, renderModule, SOURCES } from "./build_wasm.ts";

for (const source of SOURCES) {
  Deno.test(`the committed module is what ${source} builds`, async () => {
    const hint = "run `deno task wasm` and commit what it wrote";
    // A checkout may have turned line feeds into CRLF; the base64 has none.
    const committed = (await readModule(source)).replaceAll("\r\n", "\n");
    assertEquals(committed, await renderModule(source), hint);
  });
}

Deno.test("assemble() says where a mistake is", async () => {
  await assert.rejects(
    assemble("wrong.wat", "(module\n  (func (i32.ad)))"),
    /wrong\.wat:2:\d+/,
  );
});
