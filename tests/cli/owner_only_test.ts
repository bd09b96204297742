import { dirname, join } from "node:path";
import { writeJsonFile } from "../../cli/singer/json_file.ts";
import { LetterFile } from "../../core/dead_letter/letter_file.ts";
import { OutputFile } from "../../providers/file/output/output_file.ts";
import { assertEquals } from "../support/assert.ts";
import { TempFolder } from "../support/temp_folder.ts";

Deno.test({
  name: "files with data are the user's own from the start, whatever the umask",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "dstream-own-" });
    const before = Deno.umask(0);
    try {
      const path = join(folder, "new", "out.jsonl");
      using _lock = await new LetterFile(join(folder, "also", "l"), 9)
        .lockReplay();
      await using _file = await OutputFile.open(
        path,
      ) as unknown as AsyncDisposable;
      const bits = (of: string) => Deno.statSync(of).mode! & 0o077;
      assertEquals([bits(path), bits(dirname(path))], [0, 0]);
      assertEquals(bits(join(folder, "also")), 0);
      await writeJsonFile("state.json", {}, folder);
      assertEquals(bits(join(folder, "state.json")), 0);
    } finally {
      Deno.umask(before);
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: "a state of dstreams that is a link or for others stays so",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using folder = await TempFolder.make({ "vol/state.json": "{}" });
    await Deno.symlink("vol/state.json", folder.join("state.json"));
    await Deno.chmod(folder.join("vol/state.json"), 0o640);
    await writeJsonFile("state.json", { n: 1 }, folder.path);
    assertEquals(Deno.lstatSync(folder.join("state.json")).isSymlink, true);
    const target = folder.join("vol/state.json");
    assertEquals(JSON.parse(Deno.readTextFileSync(target)), { n: 1 });
    assertEquals(Deno.statSync(target).mode! & 0o777, 0o640);
  },
});
