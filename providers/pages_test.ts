/**
 * Every built-in's page shows the keys its config.ts has, and its example runs, or
 * is valid where it needs a server.
 * `UPDATE=1` writes the tables.
 *
 * @module
 */

import type { Provider } from "@dstream/sdk";
import { dstream } from "../tests/e2e/support/program.ts";
import { withExampleServer } from "../tests/support/example_servers.ts";
import { assert, assertEquals } from "../tests/support/assert.ts";
import { assertTable } from "../tests/support/page.ts";
import { TempFolder } from "../tests/support/temp_folder.ts";
import { builtIns } from "./mod.ts";

/** Providers whose example can't run without a server. */
const NEEDS_SERVER: readonly string[] = ["gcs", "mssql"];

for (const { role, name, load, summary } of builtIns) {
  const folder = new URL(`./${name}/${role}/`, import.meta.url);

  Deno.test(`the list says of the ${name} ${role} what its spec says`, async () => {
    const { spec, ...provider } = await load();
    assertEquals([provider.role, provider.name], [role, name]);
    assertEquals(spec().description, summary);
  });

  testPage(`${name} ${role}`, folder, load);
  Deno.test(`the example of the ${name} ${role} runs`, async () => {
    await using copy = await TempFolder.make();
    for await (const entry of Deno.readDir(folder)) {
      if (!entry.isFile || entry.name.endsWith(".ts")) continue;
      await Deno.copyFile(new URL(entry.name, folder), copy.join(entry.name));
    }
    const args = NEEDS_SERVER.includes(name)
      ? ["validate", "-c", "example.hcl"]
      : ["run", "example", "-c", "example.hcl"];
    await withExampleServer(`${name}/${role}`, async (env) => {
      const { code, stderr } = await dstream(args, { cwd: copy.path, env });
      assert.equal(code, 0, stderr);
    });
  });
}

for (const side of ["in", "out"]) {
  const folder = new URL(`./_template/${side}_example/`, import.meta.url);
  const load = async () => (await import(`${folder}mod.ts`)).default;
  testPage(`template in ${side}_example`, folder, load);
}

function testPage(
  what: string,
  folder: URL,
  load: () => Promise<Provider>,
): void {
  Deno.test(`the page of the ${what} shows its keys`, async () => {
    const provider = await load();
    const page = new URL("README.md", folder);
    await assertTable(page, "config", provider.configTable());
  });
}
