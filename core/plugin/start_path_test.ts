import { assertEquals } from "../../tests/support/assert.ts";

const ROOT = new URL("../../", import.meta.url);

/** Modules that only a run of a plugin needs. */
const HEAVY = /^(@bufbuild\/protobuf|node:http2)/;

Deno.test("P17: what speaks gRPC is loaded by the host of plugins alone, when there is one", async () => {
  const found: string[] = [];
  for (const folder of ["core", "cli"]) await look(`${folder}/`, found);
  await lookAt("main.ts", found);
  assertEquals(found, []);
});

async function look(folder: string, found: string[]): Promise<void> {
  for await (
    const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))
  ) {
    if (isDirectory) await look(`${folder}${name}/`, found);
    else if (/(?<!_test)\.ts$/.test(name)) await lookAt(folder + name, found);
  }
}

/** Notes imports that are there from the start; those by `import()` are not. */
async function lookAt(path: string, found: string[]): Promise<void> {
  if (path.startsWith("core/plugin/host/")) return;
  const text = await Deno.readTextFile(new URL(path, ROOT));
  for (
    const [, what] of text.matchAll(
      /^(?:import|export)\b(?! type)[^;]*?from "([^"]+)"/gm,
    )
  ) {
    const isHost = new URL(what, new URL(path, ROOT)).pathname
      .includes("/core/plugin/host/");
    if (isHost || HEAVY.test(what)) found.push(`${path} imports ${what}`);
  }
}
