/**
 * Tasks with several inputs and several outputs, and several tasks in one run.
 *
 * @module
 */

import { assert, assertEquals } from "../support/assert.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { dstream } from "./support/program.ts";

const LABELLED = `
task "both" {
  input "east" {
    provider = "file"
    config {
      path = "east.jsonl"
    }
  }
  input "west" {
    provider = "file"
    config {
      path = "west.jsonl"
    }
  }
  output "archive" {
    provider = "file"
    config {
      path = "out/archive.jsonl"
    }
  }
  output "search" {
    provider = "file"
    config {
      path = "out/search.jsonl"
    }
  }
}
`;

function records(from: string, count: number): string {
  return Array.from({ length: count }, (_, i) => `{"from":"${from}","n":${i}}`)
    .map((line) => line + "\n").join("");
}

Deno.test("two inputs reach two outputs, and a second run sends nothing twice", async (t) => {
  await using folder = await TempFolder.make({
    "dstream.hcl": LABELLED,
    "east.jsonl": records("east", 3000),
    "west.jsonl": records("west", 2000),
  });
  const cwd = folder.path;
  const check = async () => {
    for (const name of ["archive", "search"]) {
      const lines = (await folder.read(`out/${name}.jsonl`)).trimEnd()
        .split("\n");
      for (const [from, count] of [["east", 3000], ["west", 2000]] as const) {
        const own = lines.filter((line) => line.includes(from));
        assert.equal(own.join("\n") + "\n", records(from, count));
      }
      assert.equal(lines.length, 5000);
    }
  };
  await t.step("everything is at both", async () => {
    const run = await dstream(["run", "both", "-l", "debug"], { cwd });
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stderr, /\(5,000 envelopes/);
    for (const who of ["input east", "output archive", "output search"]) {
      assert.ok(run.stderr.includes(`[${who}] debug: ready`), run.stderr);
    }
    await check();
  });
  await t.step("each input goes on from its own state", async () => {
    await Deno.writeTextFile(folder.join("west.jsonl"), records("west", 2001));
    const run = await dstream(["run", "both"], { cwd });
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stderr, /\(1 envelope,/);
  });
  await t.step("list names the labels", async () => {
    const { stdout } = await dstream(["list"], { cwd });
    assert.match(
      stdout,
      /both +east \(file\), west \(file\) +archive \(file\), search \(file\)/,
    );
  });
  await t.step("show has them", async () => {
    const { stdout } = await dstream(["show", "both"], { cwd });
    assert.ok(stdout.includes('output "search" {'), stdout);
  });
  await t.step("lifecycle commands go to every output", async () => {
    const { stdout, code } = await dstream(["status", "both"], { cwd });
    assert.equal(code, 0);
    assert.match(stdout, /output archive:[^]*output search:/);
  });
  await t.step("a state is set for the input that is named", async () => {
    const vague = await dstream(["state", "set", "both", "{}"], { cwd });
    assert.equal(vague.code, 2);
    assert.match(vague.stderr, /hint: --input east or --input west/);
    const set = ["state", "set", "both", '{"a":1}', "--input", "west"];
    assert.equal((await dstream(set, { cwd })).code, 0);
    const view = await dstream(["state", "view", "both"], { cwd });
    assertEquals(JSON.parse(view.stdout).west.state, { a: 1 });
  });
});

const FAILS_BESIDE_ENDLESS = `
task "fails" {
  restart {
    policy = "never"
  }
  input {
    provider = "file"
    config {
      path = "broken.jsonl"
    }
  }
  output {
    provider = "null"
  }
}

task "endless" {
  input {
    provider = "generate"
    config {
      rate = 10
    }
  }
  output {
    provider = "null"
  }
}
`;

Deno.test("one failing task stops the others with --fail-fast only", async (t) => {
  await using folder = await TempFolder.make({
    "dstream.hcl": FAILS_BESIDE_ENDLESS,
    "broken.jsonl": "no JSON\n",
  });
  const cwd = folder.path;
  const cases: [string[], string][] = [
    [["--fail-fast"], "because another task failed"],
    [["--timeout", "3s"], "after its --timeout"],
  ];
  for (const [flags, why] of cases) {
    await t.step(flags[0], async () => {
      const run = await dstream(["run", "--all", ...flags], { cwd });
      assert.equal(run.code, 1, run.stderr);
      assert.match(run.stderr, /Task "fails" failed/);
      assert.ok(run.stderr.includes(`Task "endless" stopped ${why}`));
    });
  }
});
