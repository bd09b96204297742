/**
 * The examples in shell and Python, by hand through pipes and in `dstream run`.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { dstream, programArgv } from "../e2e/support/program.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import { TempFolder } from "../support/temp_folder.ts";

const EXAMPLES = fileURLToPath(
  new URL("../../examples/providers/", import.meta.url),
);

/** There is a shell, and Python where a case needs it. */
const ignore = Deno.build.os === "windows" || !needs("python3");

async function shell(script: string): Promise<string> {
  const words = programArgv([]).map((word) => `'${word}'`).join(" ");
  const { stdout, stderr, success } = await new Deno.Command("sh", {
    args: ["-euc", `dstream() { ${words} "$@"; }\n${script}`],
    cwd: EXAMPLES,
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

Deno.test({
  name: "providers of every kind join in a plain pipe",
  ignore,
  fn: async (t) => {
    const counted = "Message #1: 1\nMessage #2: 4\n";
    const cases = [
      [
        "built-in into built-in",
        `(echo '{"outputFormat":"simple"}'
          echo '{"interval":10,"max_count":5}' | dstream provider exec counter
         ) | dstream provider exec console | sed 's/,.*//'`,
        [1, 2, 3, 4, 5].map((n) => `Message #${n}: {"value":${n}\n`).join(""),
      ],
      [
        "Python into built-in",
        `(echo '{}'; echo '{"count":2}' | ./squares.py
         ) | dstream provider exec console | sed 's/{.*square": //; s/}//'`,
        counted,
      ],
      [
        "built-in into shell",
        `(echo '{}'; echo '{"count":1,"size":120}' |
           dstream provider exec generate) | ./shout.sh | cut -c 1-15`,
        '{"DATA":{"ID":1\n',
      ],
      [
        "shell into Python",
        `(echo '{}'; echo '{}' | ./clock.sh) | ./table.py | wc -l | tr -d ' '`,
        "3\n",
      ],
    ] as const;
    for (const [name, script, expected] of cases) {
      await t.step(name, async () => {
        assertEquals(await shell(script), expected);
      });
    }
  },
});

Deno.test({
  name: "providers without the kit run in a pipeline",
  ignore,
  fn: async (t) => {
    await using folder = await TempFolder.make();
    for await (const { name } of Deno.readDir(EXAMPLES)) {
      await Deno.copyFile(join(EXAMPLES, name), join(folder.path, name));
    }
    const cases = [
      ["squares", "1 -> 1\n2 -> 4\n3 -> 9\n4 -> 16\n"],
      ["oldest", "1 | 1\n2 | 4\n3 | 9\n"],
      ["lines", ""],
    ] as const;
    for (const [task, expected] of cases) {
      await t.step(`dstream run ${task}`, async () => {
        const { code, stdout, stderr } = await dstream(["run", task], {
          cwd: folder.path,
        });
        assert.equal(code, 0, stderr);
        assertEquals(stdout, expected);
      });
    }
    await t.step("version 2 has copied every line", async () => {
      const copied = (await folder.read("copy.jsonl")).trimEnd().split("\n");
      const lines = (await folder.read("dstream.hcl")).trimEnd().split("\n");
      assertEquals(copied.map((line) => JSON.parse(line)), lines);
    });
  },
});
