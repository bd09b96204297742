import { Buffer } from "node:buffer";
import { assert } from "../../tests/support/assert.ts";
import { TempFolder } from "../../tests/support/temp_folder.ts";
import { BASE_FOLDER, findBase, runtimePath } from "./base.ts";
import { bundle, type Product } from "./bundle.ts";
import { compileExecutable } from "./executable.ts";
import { hostTarget } from "./targets.ts";

const PRODUCT: Product = {
  name: "dstream-in-counter",
  entry: "providers/counter/input/main.ts",
  assets: { "page.md": new URL("../../docs/development.md", import.meta.url) },
};

async function build(folder: TempFolder): Promise<string> {
  const target = hostTarget();
  const bundled = await bundle(PRODUCT, folder.join("bundle"));
  const base = await findBase(target, undefined);
  return await compileExecutable(bundled, target, base, folder.path);
}

const isPossible = await Deno.stat(runtimePath(BASE_FOLDER, hostTarget()))
  .then(() => true, () => false);

Deno.test({
  name: "an executable is the same twice, wherever it was built",
  ignore: !isPossible,
  fn: async () => {
    await using one = await TempFolder.make();
    await using other = await TempFolder.make();
    const bytes = await Deno.readFile(await build(one));
    const again = await Deno.readFile(await build(other));
    assert.equal(Buffer.compare(bytes, again), 0);
    assert.ok(!Buffer.from(bytes).includes(one.path), "it holds its folder");
  },
});

Deno.test("a folder without a runtime for the target is named", async () => {
  await using folder = await TempFolder.make();
  await assert.rejects(
    findBase(hostTarget(), folder.path),
    /no runtime for .*there is no file .*denort-/,
  );
});
