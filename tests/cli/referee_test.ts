/** HashiCorp's own parser is asked by `validate` and `init`. */

import { assert, assertEquals } from "../support/assert.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { FakeCli } from "./fake_cli.ts";

/** A letter that is younger than HashiCorp's tables: a known difference. */
const DISPUTED = `
locals {
  \u{10d00} = 1
}

task "orders" {
  input {
    provider = "ticker"
  }
  output {
    provider = "tape"
    config {
      path = "{{ env "TAPE" }}"
    }
  }
}
`;

Deno.test("validate says where HashiCorp's parser disagrees; it stays valid", async () => {
  await using folder = await TempFolder.make({ "dstream.hcl": DISPUTED });
  const cli = new FakeCli({
    cwd: folder.path,
    env: { TAPE: "/dev/st0-secret" },
  });
  const { code, stdout, stderr } = await cli.run("validate");
  assertEquals(code, 0, stderr);
  assert.match(stderr, /^warning\[config\.second_opinion\]: in dstream\.hcl, /);
  assert.match(stderr, /only HashiCorp's parser refuses it/);
  assert.match(stdout, /is valid: 1 task, 1 warning/);
  assert.ok(!/st0-secret/.test(stdout + stderr), stderr);
});

Deno.test("init says so before anything is made", async () => {
  await using folder = await TempFolder.make({ "dstream.hcl": DISPUTED });
  const cli = new FakeCli({ cwd: folder.path, env: { TAPE: "/dev/st0" } });
  let saidBefore = "";
  const runLifecycle = () => {
    saidBefore = cli.stderr.text;
    return Promise.resolve({ items: [], hasFailed: false });
  };
  Object.assign(cli.overrides, { runLifecycle });
  const { code } = await cli.run("init", "orders");
  assertEquals(code, 0);
  assert.match(saidBefore, /second_opinion/);
});

Deno.test("a file both read alike needs no words", async () => {
  const text = DISPUTED.replace("\u{10d00}", "agreed");
  await using folder = await TempFolder.make({ "dstream.hcl": text });
  const cli = new FakeCli({ cwd: folder.path, env: { TAPE: "/dev/st0" } });
  assertEquals((await cli.run("validate")).stderr, "");
});
