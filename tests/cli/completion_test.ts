/** Completion: what a shell is offered, and that the scripts are whole. */

import { assert, assertEquals } from "../support/assert.ts";
import { TempFolder } from "../support/temp_folder.ts";
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
    ["commands of singer", ["singer", "dis"], ["discover"]],
    ["groups of singer", ["singer", "catalog", "de"], ["deselect"]],
    ["flags of singer", ["singer", "tap", "--for"], ["--format"]],
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
    assert(/dstreams complete '?--/.test(stdout), shell);
  }
});

Deno.test("dstreams completes its own words", async (t) => {
  await using folder = await TempFolder.make({
    "catalog.json": JSON.stringify({
      streams: [{ stream: "users" }, { stream: "orders" }],
    }),
  });
  const catalog = folder.join("catalog.json");
  const cases: readonly [string, string[], string[]][] = [
    ["commands", ["sy"], ["sync"]],
    ["nothing hidden", ["compl"], ["completions"]],
    ["flags", ["sync", "--target"], ["--target-config"]],
    ["streams", ["catalog", "select", catalog, "us"], ["users"]],
    ["the next stream", ["catalog", "select", catalog, "users", "o"], [
      "orders",
    ]],
    ["files behind flags", ["tap", "-c", ""], []],
    ["files as arguments", ["state", "view", ""], []],
  ];
  for (const [name, words, expected] of cases) {
    await t.step(name, async () => {
      const cli = new FakeCli({ load, calledAs: "dstreams" });
      const { stdout } = await cli.run("singer", "complete", "--", ...words);
      const lines = stdout.split("\n").filter(Boolean);
      assertEquals(
        lines.filter((line) => !line.startsWith(":"))
          .map((line) => line.split("\t")[0]).toSorted(),
        expected,
      );
      if (expected.length === 0) assertEquals(stdout, ":0\n");
    });
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
