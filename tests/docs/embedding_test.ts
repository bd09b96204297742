/**
 * The program of docs/embedding.md, run as it stands there.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { programArgv } from "../e2e/support/program.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { TempFolder } from "../support/temp_folder.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const CONFIGURATION = `
task "copy-orders" {
  input {
    provider = "counter"
    config { max_count = 5 }
  }
  output {
    provider = "null"
  }
}
`;

/** The first block of a language. */
function blockOf(page: string, language: string): string {
  const pattern = new RegExp("^```" + language + "\n([\\s\\S]*?)^```$", "m");
  const found = pattern.exec(page);
  assert(found !== null, `no block of ${language}`);
  return found[1];
}

Deno.test("the program that embeds dstream does what its page says", async () => {
  const page = await Deno.readTextFile(join(ROOT, "docs/embedding.md"));
  await using folder = await TempFolder.make();
  const config = JSON.parse(blockOf(page, "json"));
  const files = {
    "dstream.hcl": CONFIGURATION,
    "deno.json": JSON.stringify({ ...config, links: [ROOT] }),
    // A program on the PATH stands in the page; here it is the source.
    "embed.ts": blockOf(page, "ts")
      .replace('["dstream"]', JSON.stringify(programArgv([]))),
  };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(join(folder.path, name), text);
  }
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-lock", "embed.ts"],
    cwd: folder.path,
  }).output();
  const said = new TextDecoder().decode(stderr);
  assertEquals(new TextDecoder().decode(stdout), blockOf(page, "text"), said);
  assertEquals(code, 0, said);
});
