import { pathToFileURL } from "node:url";
import { assert, assertEquals } from "./assert.ts";
import { assertTable, cellsOf, toTable } from "./page.ts";
import { TempFolder } from "./temp_folder.ts";

const ROWS = [["name", "what"], ["a", "a | sign is `\\|`".replace(" | ", " ")]];
const PAGE = `# A page

<!-- rows -->

| name | what             |
| ---- | ---------------- |
| a    | a sign is \`\\|\` |

<!-- /rows -->

The end.
`;

Deno.test("a table counts for what its cells say, not for their width", async () => {
  await using folder = await TempFolder.make();
  const page = pathToFileURL(await folder.write("page.md", PAGE));
  await assertTable(page, "rows", toTable(ROWS));
  await assert.rejects(
    () => assertTable(page, "rows", toTable([...ROWS, ["b", "new"]])),
    /UPDATE=1 rewrites it/,
  );
  await assert.rejects(() => assertTable(page, "row", ""), /no <!-- row -->/);
});

Deno.test("UPDATE=1 writes a page that is formatted", async () => {
  await using folder = await TempFolder.make();
  const rows = [...ROWS, ["a longer name", "what"]];
  const path = await folder.write("page.md", PAGE);
  const code = `import { assertTable, toTable } from ${
    JSON.stringify(import.meta.resolve("./page.ts"))
  };
await assertTable(new URL(${JSON.stringify(pathToFileURL(path).href)}), "rows",
  toTable(${JSON.stringify(rows)}));`;
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", await folder.write("update.ts", code)],
    env: { UPDATE: "1" },
  }).output();
  assert.ok(success);
  const text = await folder.read("page.md");
  assertEquals(cellsOf(text.split("-->")[1].split("<!--")[0]), rows);
  const formatted = await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--check", path],
  }).output();
  assert.ok(formatted.success, text);
  assert.match(text, /^# A page\n[^]*\nThe end\.\n$/);
});
