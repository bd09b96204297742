import { assert, assertEquals } from "../../tests/support/assert.ts";
import { TempFolder } from "../../tests/support/temp_folder.ts";
import { fileTrouble } from "./file_trouble.ts";
import { writeWholeFile } from "./whole_file.ts";

Deno.test({
  name: "a link stays a link, and what it leads to is written",
  ignore: Deno.build.os === "windows",
  fn: async (t) => {
    const links: [string, (folder: string) => string[]][] = [
      ["to a file", () => ["../vol/t.json"]],
      ["to a file that is not there yet", () => ["../vol/new.json"]],
      ["to an absolute path", (folder) => [`${folder}/vol/t.json`]],
      ["to a link", () => ["second", "../vol/t.json"]],
    ];
    for (const [name, targets] of links) {
      for (const isShared of [false, true]) {
        await t.step(`${name}${isShared ? ", shared" : ""}`, async () => {
          await using folder = await TempFolder.make({ "vol/t.json": "old" });
          await Deno.mkdir(`${folder.path}/state`);
          const names = ["first", "second"];
          const chain = targets(folder.path);
          for (const [i, target] of chain.entries()) {
            await Deno.symlink(target, `${folder.path}/state/${names[i]}`);
          }
          const link = `${folder.path}/state/first`;
          await writeWholeFile(link, "new", { isShared });
          assert.ok((await Deno.lstat(link)).isSymlink);
          const written = chain[chain.length - 1].split("/").pop();
          assertEquals(
            await Deno.readTextFile(`${folder.path}/vol/${written}`),
            "new",
          );
          const left = [...Deno.readDirSync(`${folder.path}/vol`)]
            .filter((entry) => entry.name.includes(".tmp"));
          assertEquals(left, []);
        });
      }
    }
    await t.step("links in a circle are an error, not a wait", async () => {
      await using folder = await TempFolder.make();
      const path = `${folder.path}/a`;
      await Deno.symlink("b", path);
      await Deno.symlink("a", `${folder.path}/b`);
      await assert.rejects(() => writeWholeFile(path, "x"));
    });
  },
});

Deno.test("every refusal of a file system names the path and what to do", async (t) => {
  await using folder = await TempFolder.make({ file: "" });
  const cases: [string, () => unknown, RegExp][] = [
    ["a folder", () => Deno.readTextFileSync(folder.path), /it is a folder/],
    [
      "a file on the way",
      () => Deno.mkdirSync(`${folder.path}/file/x`),
      /a part of the path is a file/,
    ],
    [
      "a long name",
      () => Deno.openSync(`${folder.path}/${"x".repeat(300)}`),
      /the name is too long/,
    ],
  ];
  for (const [name, action, expected] of cases) {
    await t.step(name, () => {
      let caught: unknown;
      try {
        action();
      } catch (error) {
        caught = error;
      }
      const { what, hint } = fileTrouble(caught, "/a/b", "another `path`");
      assert.match(what, /^"\/a\/b": /);
      assert.match(what, expected);
      assert.match(hint ?? "", /another `path`/);
    });
  }
});
