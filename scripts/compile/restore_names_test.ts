import { assert } from "../../tests/support/assert.ts";
import { TempFolder } from "../../tests/support/temp_folder.ts";
import { inAscii } from "./bundle.ts";
import { restoreNames } from "./restore_names.ts";

const PACKAGE = `var a=()=>({parse:()=>"parsed",_:1,delete:2,"no name":3});`;

Deno.test("a package that was given as its default alone has its names again", async () => {
  await using folder = await TempFolder.make();
  const path = await folder.write(
    "yaml.js",
    `${PACKAGE}export default a();\n/* of somebody */\n`,
  );
  await restoreNames(path);
  const loaded = await import(`file://${path}?restored`);
  assert.equal(loaded.parse(), "parsed");
  assert.equal(loaded._, 1);
  assert.equal(loaded.delete, 2);
  assert.equal(loaded.default["no name"], 3);
});

Deno.test("a file that names what it exports stays as it is", async () => {
  await using folder = await TempFolder.make();
  const code = "export const parse=1;";
  const path = await folder.write("module.js", code);
  await restoreNames(path);
  assert.equal(await Deno.readTextFile(path), code);
});

Deno.test("in ASCII a program says the same", () => {
  const code = `return ["µ", /^[µμ]s$/.test("μs"), /[’]/u.test("’"), "😀"]`;
  const ascii = inAscii(code);
  assert.match(ascii, /^[ -~]*$/);
  assert.deepEqual(new Function(ascii)(), ["µ", true, true, "😀"]);
});
