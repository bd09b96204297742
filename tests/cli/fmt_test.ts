/** `dstream fmt`, with HashiCorp's own formatter and real files. */

import { assertEquals } from "../support/assert.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { FakeCli, fakeStdin } from "./fake_cli.ts";

const UNTIDY = `task "a" {   # why
description="x"
  type  = "providers"
}
`;
const TIDY = `task "a" { # why
  description = "x"
  type        = "providers"
}
`;
const BROKEN = 'task "b" {\n';

async function workshop(): Promise<TempFolder> {
  return await TempFolder.make({
    "dstream.hcl": UNTIDY,
    "more/tidy.hcl": TIDY,
    "more/untidy.hcl": UNTIDY,
    "broken.hcl": BROKEN,
  });
}

Deno.test("fmt writes what is untidy and names it", async () => {
  await using folder = await workshop();
  const cwd = folder.path;
  assertEquals(await new FakeCli({ cwd }).run("fmt"), {
    code: 0,
    stdout: "dstream.hcl\n",
    stderr: "",
  });
  assertEquals(await Deno.readTextFile(folder.join("dstream.hcl")), TIDY);
  assertEquals(await new FakeCli({ cwd }).run("fmt"), {
    code: 0,
    stdout: "",
    stderr: "",
  });
});

Deno.test("fmt takes files and folders, each once", async () => {
  await using folder = await workshop();
  const { stdout } = await new FakeCli({ cwd: folder.path })
    .run("fmt", "more", "dstream.hcl", "more/untidy.hcl");
  assertEquals(
    stdout.trim().split("\n").map((name) => name.replaceAll("\\", "/")),
    ["more/untidy.hcl", "dstream.hcl"],
  );
});

Deno.test("fmt --check changes nothing and ends with 1", async () => {
  await using folder = await workshop();
  const cwd = folder.path;
  assertEquals(await new FakeCli({ cwd }).run("fmt", "--check"), {
    code: 1,
    stdout: "dstream.hcl\n",
    stderr: "",
  });
  assertEquals(await Deno.readTextFile(folder.join("dstream.hcl")), UNTIDY);
  const tidy = await new FakeCli({ cwd }).run(
    "fmt",
    "--check",
    "more/tidy.hcl",
  );
  assertEquals(tidy.code, 0);
});

Deno.test("fmt leaves a broken file alone, formats the others, ends with 2", async () => {
  await using folder = await workshop();
  const { code, stdout, stderr } = await new FakeCli({ cwd: folder.path })
    .run("fmt", "broken.hcl", "dstream.hcl");
  assertEquals({ code, stdout }, { code: 2, stdout: "dstream.hcl\n" });
  assertEquals(/broken\.hcl:\d+:\d+/.test(stderr), true, stderr);
  assertEquals(await Deno.readTextFile(folder.join("broken.hcl")), BROKEN);
});

Deno.test("fmt - is a filter for editors", async () => {
  const stdin = fakeStdin(UNTIDY);
  assertEquals(await new FakeCli({ stdin }).run("fmt", "-"), {
    code: 0,
    stdout: TIDY,
    stderr: "",
  });
  const check = await new FakeCli({ stdin }).run("fmt", "-", "--check");
  assertEquals(check, { code: 1, stdout: "", stderr: "" });
});
