/**
 * A `provider_path` that says what it can be told: `validate` asks it, once for each
 * content.
 *
 * @module
 */

import { assert, assertEquals } from "../support/assert.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { dstream } from "./support/program.ts";

const SPEC = {
  name: "mine",
  role: "input",
  protocol: { version: 2 },
  config: {
    type: "object",
    additionalProperties: false,
    properties: { max_count: { type: "integer" } },
  },
};

/** It writes down that it was asked. */
function script(spec: unknown): string {
  return `#!/bin/sh
echo asked >>"$ASKED"
[ "$1" = spec ] && echo '${JSON.stringify(spec)}'
`;
}

const CONFIG = `task "t" {
  input {
    provider_path = "./mine"
    config {
      max_cuont = 3
    }
  }
  output {
    provider = "console"
  }
}
`;

Deno.test("validate asks a provider_path what it can be told", {
  ignore: Deno.build.os === "windows",
}, async (t) => {
  await using folder = await TempFolder.make({ "dstream.hcl": CONFIG });
  await using elsewhere = await TempFolder.make({ asked: "" });
  const env = {
    DSTREAM_CACHE_DIR: elsewhere.join("cache"),
    ASKED: elsewhere.join("asked"),
  };
  const validate = () => dstream(["validate"], { cwd: folder.path, env });
  const asked = async () => (await elsewhere.read("asked")).length / 6;
  await t.step("a misspelt key is found where it stands", async () => {
    await folder.writeExecutable("mine", script(SPEC));
    const { code, stderr } = await validate();
    assertEquals(code, 2, stderr);
    assert.match(stderr, /dstream\.hcl:5:7/);
    assert.match(stderr, /did you mean "max_count"/);
    assertEquals(await asked(), 1);
  });
  await t.step("it is asked once while nothing changes", async () => {
    assertEquals((await validate()).code, 2);
    assertEquals(await asked(), 1);
  });
  await t.step("a protocol of another shape is a mistake", async () => {
    await folder.writeExecutable("mine", script({ ...SPEC, protocol: 2 }));
    const { code, stderr } = await validate();
    assertEquals([code, await asked()], [2, 2]);
    assert.match(stderr, /dstream\.hcl:3:/);
    assert.match(stderr, /protocol is 2 instead of \{"version":2\}/);
  });
  await t.step("one that does not know the word is left alone", async () => {
    await folder.writeExecutable("mine", "#!/bin/sh\nexit 1\n");
    const { code, stderr } = await validate();
    assertEquals(code, 0, stderr);
  });
  await t.step(
    "a script of Windows is named, before it is started",
    async () => {
      const crlf = script(SPEC).replaceAll("\n", "\r\n");
      await folder.writeExecutable("mine", crlf);
      const { code, stderr } = await validate();
      assertEquals(code, 2);
      assert.match(
        stderr,
        /line ends of the script "\.\/mine" are those of Windows/,
      );
      assert.match(stderr, /hint: it needs those of Unix: sed -i/);
    },
  );
});

Deno.test(
  "who sends the start line back is no provider, and no secret leaves",
  {
    ignore: Deno.build.os === "windows",
  },
  async () => {
    const config = CONFIG.replace("./mine", "/bin/cat")
      .replace("max_cuont = 3", 'password = "hunter22"');
    await using folder = await TempFolder.make({ "dstream.hcl": config });
    const run = await dstream(["run", "t"], { cwd: folder.path });
    assertEquals(run.code, 1);
    assert.match(run.stderr, /"cat" sent its own start line back/);
    assert.ok(!(run.stdout + run.stderr).includes("hunter22"), run.stderr);
  },
);
