/**
 * The SDK as others get it: installed by npm into an empty folder, run by Node and by
 * Deno.
 *
 * @module
 */

import { join } from "node:path";
import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { TempFolder } from "../../../tests/support/temp_folder.ts";
import { dstream } from "../../../tests/e2e/support/program.ts";
import { packageFiles, writeSdk } from "./package.ts";
import { makeTarball } from "./tarball.ts";

const INPUT = `#!/usr/bin/env node
import { defineInput, integer, runAsMain } from "@dstream/sdk";

class Counter {
  constructor(config) {
    this.last = config.maxCount || Infinity;
  }
  async *read(resume, context) {
    for (let n = resume?.n ?? 0; n < this.last && !context.signal.aborted;) {
      n++;
      const envelopes = [{ data: { value: n }, metadata: {} }];
      yield { envelopes, state: { n: n === this.last ? 0 : n } };
    }
  }
}

await runAsMain(defineInput({
  name: "sdk-counter",
  summary: "Counts",
  config: {
    maxCount: integer({ default: 0, min: 0, example: 50, doc: "The last number" }),
  },
  examples: [{ max_count: 50 }],
  features: ["state"],
  open: (config) => new Counter(config),
}));
`;

const OUTPUT = `#!/usr/bin/env node
import { appendFile } from "node:fs/promises";
import { defineOutput, runAsMain, string } from "@dstream/sdk";

await runAsMain(defineOutput({
  name: "sdk-append",
  summary: "Appends lines to a file",
  config: { path: string({ example: "out.jsonl", doc: "The file" }) },
  examples: [{ path: "out.jsonl" }],
  open: ({ path }) => ({
    async write({ envelopes }) {
      const lines = envelopes.map(({ data }) => JSON.stringify(data) + "\\n");
      await appendFile(path, lines.join(""));
    },
  }),
}));
`;

const INPUT_TEST = `
import { testInput } from "@dstream/sdk/testing";

testInput({
  name: "mine",
  subject: { command: [process.execPath, "input.mjs"] },
  finite: (test) => test({ config: { max_count: 20 }, count: 20 }),
});
`;

const FILES = `
import { writeFileSync, readFileSync } from "node:fs";
import { fileReason, refuseSpecialFile, writeWholeFile } from "@dstream/sdk/files";

await writeWholeFile("whole.txt", "all of it");
console.log(readFileSync("whole.txt", "utf-8"));
for (const path of ["/dev/null", "."]) {
  try {
    refuseSpecialFile(path, "name a file");
    await writeWholeFile(path + "/no/file", "");
  } catch (error) {
    console.log(fileReason(error));
  }
}
`;

const FILES_SAY = `all of it
"/dev/null" is a device
there is no such file or folder
`;

const PIPELINE = `
task "count" {
  input {
    provider_path = "./input.mjs"
    config {
      max_count = 50
    }
  }
  output {
    provider_path = "./output.mjs"
    config {
      path = "out.jsonl"
    }
  }
}
`;

/** A folder with nothing but two providers and what npm installed. */
async function workshop(): Promise<TempFolder> {
  const folder = await TempFolder.make({
    "package.json": '{"private":true,"type":"module"}',
    "input.mjs": INPUT,
    "output.mjs": OUTPUT,
    "dstream.hcl": PIPELINE,
  });
  for (const name of ["input.mjs", "output.mjs"]) {
    await Deno.chmod(folder.join(name), 0o755);
  }
  const sdk = await writeSdk(folder.join("sdk"), "0.1.0");
  const npm = new Deno.Command("npm", {
    args: ["install", "--offline", "--no-audit", "--no-fund", sdk],
    cwd: folder.path,
  });
  const { code, stderr } = await npm.output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return folder;
}

Deno.test("the SDK from npm's package moves envelopes under Node and under Deno", async (t) => {
  await using folder = await workshop();
  const cwd = folder.path;
  const expected = Array.from({ length: 50 }, (_, i) => `{"value":${i + 1}}\n`)
    .join("");
  await t.step("Node plays both sides of a task", async () => {
    const run = await dstream(["run", "count"], { cwd });
    assert.equal(run.code, 0, run.stderr);
    assert.equal(await folder.read("out.jsonl"), expected);
  });
  await t.step("Deno runs the same package", async () => {
    const deno = "#!/usr/bin/env -S deno run -A --node-modules-dir=manual\n";
    for (const [name, text] of [["input.mjs", INPUT], ["output.mjs", OUTPUT]]) {
      const ours = text.replace(/^#!.*\n/, deno);
      await Deno.writeTextFile(folder.join(name), ours);
    }
    await Deno.remove(folder.join("out.jsonl"));
    const run = await dstream(["run", "count"], { cwd });
    assert.equal(run.code, 0, run.stderr);
    assert.equal(await folder.read("out.jsonl"), expected);
  });
  await t.step(
    "what every provider promises is tested by node:test",
    async () => {
      await folder.write("input.test.mjs", INPUT_TEST);
      const { code, stdout } = await new Deno.Command("node", {
        args: ["--test", "--test-reporter=tap", "input.test.mjs"],
        cwd,
      }).output();
      const text = new TextDecoder().decode(stdout);
      assert.equal(code, 0, text);
      assert.match(
        text,
        /^ *ok \d+ - mine goes on from its state after SIGKILL$/m,
      );
      assert.match(text, /^# fail 0$/m);
    },
  );
  for (const [runtime, ...words] of [["node"], ["deno", "run", "-A"]]) {
    await t.step(`what works on files does so under ${runtime}`, async () => {
      await folder.write("files.mjs", FILES);
      const { stdout, stderr } = await new Deno.Command(runtime, {
        args: [...words, "files.mjs"],
        cwd,
      }).output();
      const decoder = new TextDecoder();
      assert.equal(decoder.decode(stdout), FILES_SAY, decoder.decode(stderr));
    });
  }
  await t.step("the types are there, and name no file of ours", async () => {
    const types = await folder.read("node_modules/@dstream/sdk/sdk/mod.d.ts");
    assert.match(types, /defineInput/);
    assert.ok(!types.includes('.ts"'), types);
  });
});

Deno.test("the same source makes the same package, and it needs nothing besides", async () => {
  const files = await packageFiles("1.2.3");
  const again = await packageFiles("1.2.3");
  assertEquals(makeTarball(files), makeTarball(again));
  const decoder = new TextDecoder();
  for (const [name, bytes] of files) {
    const text = decoder.decode(bytes);
    if (name.endsWith(".d.ts")) {
      assert.ok(!/\bDeno\./.test(text), `${name} needs Deno's own types`);
    }
    if (!name.endsWith(".js")) continue;
    const imports = text.matchAll(/^(?:import|export)[^;]*? from "([^"]+)"/gm);
    for (const [, from] of imports) {
      const isOurs = from.startsWith(".") &&
        files.has(join(name, "..", from).replaceAll("\\", "/"));
      assert.ok(isOurs || from.startsWith("node:"), `${name}: ${from}`);
    }
  }
  const { exports } = JSON.parse(decoder.decode(files.get("package.json")));
  for (const entry of Object.values<Record<string, string>>(exports)) {
    for (const path of Object.values(entry)) {
      assert.ok(files.has(path.slice(2)));
    }
  }
});
