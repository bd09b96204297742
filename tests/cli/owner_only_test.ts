import { dirname, join } from "node:path";
import { LetterFile } from "../../core/dead_letter/letter_file.ts";
import { OutputFile } from "../../providers/file/output/output_file.ts";
import { assertEquals } from "../support/assert.ts";

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
    } finally {
      Deno.umask(before);
      await Deno.remove(folder, { recursive: true });
    }
  },
});
