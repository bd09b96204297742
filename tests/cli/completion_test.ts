/** Completion: what a shell is offered, and that the scripts are whole. */

import { assert, assertEquals } from "../support/assert.ts";
import { FakeCli } from "./fake_cli.ts";
import { configuration, task } from "./fake_configuration.ts";

const load = () =>
  Promise.resolve(configuration([task("orders"), task("customers")]));

async function offered(...words: string[]): Promise<string[]> {
  const { code, stdout } = await new FakeCli({ load }).run(
    "complete",
    "--",
    ...words,
  );
  assertEquals(code, 0);
  return stdout.split("\n")
    .filter((line) => line !== "" && !line.startsWith(":"))
    .map((line) => line.split("\t")[0]);
}

Deno.test("the words a shell is offered", async (t) => {
  const cases: readonly [string, string[], string[]][] = [
    ["commands", ["pro"], ["provider"]],
    ["commands after a shared flag", ["-c", "x.hcl", "val"], ["validate"]],
    ["subcommands", ["provider", "ins"], ["inspect"]],
    ["tasks", ["run", ""], ["orders", "customers"]],
    ["the second task", ["run", "orders", "c"], ["customers"]],
    ["tasks of show", ["show", "or"], ["orders"]],
    ["providers", ["provider", "inspect", "ti"], ["ticker"]],
    ["full names of providers", ["provider", "exec", "in-"], [
      "in-tape",
      "in-ticker",
    ]],
    ["a command's own flags", ["run", "--d"], ["--dry-run"]],
    ["shared flags", ["run", "--log-f"], ["--log-format"]],
    ["levels", ["run", "--log-level", "d"], ["debug"]],
    ["formats", ["list", "-f", ""], ["text", "json"]],
    ["shells", ["completions", "z"], ["zsh"]],
    ["nothing hidden", ["compl"], ["completions"]],
  ];
  for (const [name, words, expected] of cases) {
    await t.step(name, async () => {
      const got = await offered(...words);
      assertEquals(got.toSorted(), expected.toSorted());
    });
  }
});

Deno.test("a broken configuration offers no tasks and no error", async () => {
  const cli = new FakeCli({ load: () => Promise.reject(new Error("broken")) });
  const { code, stdout, stderr } = await cli.run("complete", "--", "run", "");
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assert(!stdout.includes("orders"));
});

Deno.test("every shell gets a script that asks this program", async () => {
  for (const shell of ["bash", "zsh", "fish", "powershell"]) {
    const { code, stdout } = await new FakeCli().run("completions", shell);
    assertEquals(code, 0);
    assert(/dstream complete '?--/.test(stdout), shell);
  }
});

Deno.test("where a path is expected, the shell offers its files", async () => {
  for (const words of [["-c", ""], ["run", "x", "--env-file", "dev"]]) {
    const { stdout } = await new FakeCli({ load }).run(
      "complete",
      "--",
      ...words,
    );
    assertEquals(stdout, ":0\n");
  }
});
