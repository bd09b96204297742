/**
 * Pipelines as users build them: built-in and foreign providers, secrets, crashes.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "../support/assert.ts";
import { TempFolder } from "../support/temp_folder.ts";
import {
  dstream,
  programArgv,
  SECRET,
  startDstream,
} from "./support/program.ts";

const isWindows = Deno.build.os === "windows";
const EXAMPLES = fileURLToPath(new URL("../../examples/", import.meta.url));

/** A temporary copy of one of the examples. */
async function example(name: string): Promise<TempFolder> {
  const folder = await TempFolder.make();
  const from = join(EXAMPLES, name);
  for await (const entry of Deno.readDir(from)) {
    if (!entry.isFile) continue;
    await Deno.copyFile(join(from, entry.name), join(folder.path, entry.name));
  }
  return folder;
}

Deno.test("the file pipeline copies every record, and a second run none again", async () => {
  await using folder = await example("orders");
  const first = await dstream(["run", "copy-orders"], { cwd: folder.path });
  assert.equal(first.code, 0, first.stderr);
  const source = await Deno.readTextFile(join(folder.path, "orders.jsonl"));
  const copy = join(folder.path, "out", "orders.jsonl");
  assert.equal(await Deno.readTextFile(copy), source);
  const count = source.trimEnd().split("\n").length.toLocaleString("en-US");
  assert.ok(first.stderr.includes(`${count} envelopes`), first.stderr);

  const second = await dstream(["run", "copy-orders"], { cwd: folder.path });
  assert.equal(second.code, 0, second.stderr);
  assert.match(second.stderr, /\(0 envelopes/);
  assert.equal(await Deno.readTextFile(copy), source);
});

Deno.test("a bad record: what is before it comes once, and the next run begins with it", async () => {
  const good = Array.from({ length: 499 }, (_, n) => `{"n":${n}}\n`).join("");
  await using folder = await TempFolder.make({
    "in.jsonl": `${good}{bad\n{"n":500}\n`,
    "dstream.hcl": `
task "copy" {
  input {
    provider = "file"
    config {
      path = "in.jsonl"
    }
  }
  output {
    provider = "file"
    config {
      path = "out.jsonl"
    }
  }
}
`,
  });
  for (const run of ["the first", "the second"]) {
    const failed = await dstream(["run", "copy"], { cwd: folder.path });
    assert.equal(failed.code, 1, failed.stderr);
    assert.match(failed.stderr, /in\.jsonl, line 500, is not JSON/);
    assert.match(failed.stderr, /dstream\.hcl:6/);
    assert.doesNotMatch(failed.stderr, /restart/i);
    assert.equal(await folder.read("out.jsonl"), good, run);
  }
  await folder.write("in.jsonl", `${good}{"n":499}\n{"n":500}\n`);
  const mended = await dstream(["run", "copy"], { cwd: folder.path });
  assert.equal(mended.code, 0, mended.stderr);
  assert.match(mended.stderr, /\(2 envelopes/);
  const all = await folder.read("out.jsonl");
  assert.equal(all, `${good}{"n":499}\n{"n":500}\n`);
});

Deno.test({
  name: "providers of ten lines, in shell and Python, as input and as output",
  ignore: isWindows,
  fn: async (t) => {
    await using folder = await example("providers");
    const cases: [string, RegExp][] = [
      ["squares", /^1 -> 1\n2 -> 4\n3 -> 9\n4 -> 16\n$/],
      [
        "clock",
        /^(\{"DATA":\{"TIME":"[\d:]+"\},"METADATA":\{"SEQ":\d\}\}\n){3}$/,
      ],
      ["oldest", /^1 \| 1\n2 \| 4\n3 \| 9\n$/],
    ];
    for (const [task, output] of cases) {
      await t.step(task, async () => {
        const run = await dstream(["run", task], { cwd: folder.path });
        assert.equal(run.code, 0, run.stderr);
        assert.match(run.stdout, output);
      });
    }
    await t.step("with acknowledgements and states", async () => {
      const run = await dstream(["run", "lines"], { cwd: folder.path });
      assert.equal(run.code, 0, run.stderr);
      const read = (name: string) => Deno.readTextFile(join(folder.path, name));
      const lines = (await read("copy.jsonl")).trimEnd().split("\n")
        .map((line) => JSON.parse(line));
      assertEquals(lines.join("\n") + "\n", await read("dstream.hcl"));
    });
  },
});

Deno.test({
  name: "providers work in a shell pipe without us",
  ignore: isWindows,
  fn: async () => {
    const program = programArgv([]).map((word) => `'${word}'`).join(" ");
    const script = `(echo '{"outputFormat":"simple"}'; ` +
      `echo '{"interval":10,"max_count":5}' | ${program} provider exec counter) | ` +
      `${program} provider exec console`;
    const { stdout, success } = await new Deno.Command("sh", {
      args: ["-c", script],
      stderr: "null",
    }).output();
    assert.ok(success);
    const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
    assertEquals(
      lines.map((line) => /^Message #\d: \{"value":\d,/.exec(line)?.[0]),
      [1, 2, 3, 4, 5].map((n) => `Message #${n}: {"value":${n},`),
    );
  },
});

Deno.test({
  name: "no provider outlives a dstream that is killed",
  ignore: isWindows,
  fn: async () => {
    await using folder = await TempFolder.make({
      "dstream.hcl": `
task "endless" {
  input {
    provider = "generate"
    config {
      rate = 1000
    }
  }
  output {
    provider = "null"
  }
}
`,
    });
    await using run = startDstream(["run", "endless", "-l", "debug"], {
      cwd: folder.path,
    });
    await run.waitFor(/output/, "stderr");
    let children: number[] = [];
    await until(async () => {
      children = await childrenOf(run.pid);
      return children.length === 2;
    }, "two providers run");
    run.kill("SIGKILL");
    await until(
      async () => !(await Promise.all(children.map(isAlive))).includes(true),
      "both providers are gone",
    );
  },
});

async function until(
  isSo: () => Promise<boolean>,
  what: string,
): Promise<void> {
  const endMs = performance.now() + 60_000;
  while (!await isSo()) {
    if (performance.now() > endMs) assert.fail(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function childrenOf(pid: number): Promise<number[]> {
  const { stdout } = await new Deno.Command("ps", {
    args: ["-A", "-o", "pid=,ppid="],
  }).output();
  return new TextDecoder().decode(stdout).trim().split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid)
    .map(([child]) => child);
}

async function isAlive(pid: number): Promise<boolean> {
  const { stdout } = await new Deno.Command("ps", {
    args: ["-o", "stat=", "-p", String(pid)],
  }).output();
  const state = new TextDecoder().decode(stdout).trim();
  return state !== "" && !state.startsWith("Z");
}

Deno.test({
  name: "a secret reaches its provider and nobody else",
  ignore: isWindows,
  fn: async (t) => {
    await using folder = await TempFolder.make({
      "dstream.hcl": `
task "secret" {
  input {
    provider_path = "./tell.sh"
    config {
      password = env("PASSWORD")
      also     = "{{ env "PASSWORD" }}"
      wrong    = 1
    }
  }
  output {
    provider = "null"
  }
}
`,
    });
    // It logs what it was given, complains with it, and keeps a copy.
    await folder.writeExecutable(
      "tell.sh",
      `#!/bin/sh
read -r start
echo "$start" >> started
echo "connecting with $start" >&2
echo '{"status":"error","message":"cannot connect","path":"config.password"}'
exit 1
`,
    );
    const env = { PASSWORD: SECRET };
    for (
      const args of [
        ["run", "secret"],
        ["run", "secret", "--log-level", "debug", "--log-format", "json"],
        ["show", "secret"],
        ["show", "secret", "--json"],
        ["validate"],
        ["plan", "secret"],
      ]
    ) {
      await t.step(args.join(" "), async () => {
        // Every run is searched for the secret.
        const { stderr, stdout } = await dstream(args, {
          cwd: folder.path,
          env,
        });
        assert.ok(!(stderr + stdout).includes(SECRET.replaceAll('"', "")));
      });
    }
    const started = await Deno.readTextFile(join(folder.path, "started"));
    const { config } = JSON.parse(started.split("\n")[0]);
    assertEquals(config.password, SECRET);
    assertEquals(config.also, SECRET);
  },
});
