/**
 * Dead letters as users meet them: kept, looked at, sent again, never lost.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "../support/assert.ts";
import { randomFrom } from "../support/random.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { dstream, startDstream } from "./support/program.ts";

/** What `replay` exits with while letters are left. */
const LETTERS_LEFT = 3;

const PICKY = fileURLToPath(
  new URL("../support/picky_output.ts", import.meta.url),
);

function picky(label: string, path: string, delayMs = 0): string {
  return `
  output ${label} {
    provider_path = ${JSON.stringify(Deno.execPath())}
    args = ["run", "-A", "--no-check", "--quiet", ${JSON.stringify(PICKY)}]
    config {
      path    = "${path}"
      delayMs = ${delayMs}
    }
  }`;
}

const SIDES = `
  input {
    provider = "file"
    config {
      path   = "in.jsonl"
      format = "envelopes"
    }
  }
  dead_letter {
    provider = "file"
    config {
      path = "dead.jsonl"
    }
  }`;

function task(...outputs: string[]): string {
  return `task "orders" {${SIDES}${outputs.join("")}\n}\n`;
}

/** Digits and spaces that no serialiser would write again. */
function envelope(n: number, word: string): string {
  return `{"data":{"n":${n},"big":12345678901234567890, "word":"${word}"},` +
    `"metadata":{"at":1.10}}`;
}

const ENVELOPES = ["good", "bad", "good", "worse", "bad"]
  .map((word, i) => envelope(i + 1, word));

function joined(lines: readonly string[]): string {
  return lines.map((line) => line + "\n").join("");
}

/** As if an output had rejected them. */
function lettersOf(lines: readonly string[]): string {
  const said = '"dead_letter":{"reason":"r","output":"x","at":""}';
  return joined(lines.map((line) => `${line.slice(0, -2)},${said}}}`));
}

async function lettersIn(folder: TempFolder) {
  const text = await folder.read("dead.jsonl").catch(() => "");
  return text.split("\n").filter((line) => line !== "")
    .map((line) => JSON.parse(line).metadata.dead_letter);
}

Deno.test("what an output rejects is kept whole, looked at and sent again", async (t) => {
  await using folder = await TempFolder.make({
    "dstream.hcl": task(picky("", "out.jsonl")),
    "in.jsonl": joined(ENVELOPES),
    "refused.txt": "bad\nworse\n",
  });
  const cwd = folder.path;
  const run = (...args: string[]) => dstream(args, { cwd });

  await t.step("nothing is there before", async () => {
    const { code, stderr } = await run("dead-letter", "list", "orders");
    assertEquals([code, stderr], [0, 'task "orders" has no dead letters\n']);
  });
  await t.step(
    "the task goes on and the file has the whole envelope",
    async () => {
      const { code, stderr } = await run("run", "orders");
      assert.equal(code, 0, stderr);
      assert.match(stderr, /5 envelopes read, 2 delivered, 3 dead-lettered/);
      const [first] = (await folder.read("dead.jsonl")).split("\n");
      const { at, run_id, output, ...said } =
        JSON.parse(first).metadata.dead_letter;
      assertEquals(said, {
        reason: "holds bad",
        code: "refused",
        task: "orders",
      });
      assert.match(output, /^deno/);
      assert.match(at, /^\d{4}-\d\d-\d\dT/);
      assert.equal(run_id.length, 26);
      assert.ok(first.startsWith(ENVELOPES[1].slice(0, -2)), first);
    },
  );
  await t.step("list counts", async () => {
    const { stdout } = await run("dead-letter", "list", "orders", "--json");
    const { count, unreadable, groups } = JSON.parse(stdout);
    assertEquals([count, unreadable], [3, 0]);
    assertEquals(
      groups.map((g: Record<string, unknown>) => [g.count, g.code, g.reason]),
      [[2, "refused", "holds bad"], [1, "refused", "holds worse"]],
    );
    const table = await run("dead-letter", "list", "orders");
    assert.match(table.stdout, /^COUNT +OUTPUT +CODE +FIRST +LAST +REASON\n2 /);
    assert.match(table.stderr, /^3 dead letters of task "orders" in /);
    const all = await run("dead-letter", "list");
    assert.match(all.stdout, /\norders +3 /);
  });
  await t.step("show prints the letters", async () => {
    const shown = await run("dead-letter", "show", "orders", "--max", "2");
    assert.match(shown.stdout, /^#1 +holds bad \(refused\)\n/);
    assert.ok(shown.stdout.includes(ENVELOPES[1]), shown.stdout);
    assert.match(shown.stderr, /^1 more: --max 3 shows all/);
    const json = await run("dead-letter", "show", "orders", "--json");
    assert.equal(json.stdout, await folder.read("dead.jsonl"));
  });
  await t.step("replay delivers what is accepted now", async () => {
    await folder.write("refused.txt", "worse\n");
    const { code, stderr } = await run("dead-letter", "replay", "orders");
    assert.equal(code, LETTERS_LEFT, stderr);
    assert.match(
      stderr,
      /✅ 2 dead letters of task "orders" delivered, 1 rejected again/,
    );
    const [one, two, three, worse, five] = ENVELOPES;
    const expected = joined([one, three, two, five]);
    assert.equal(await folder.read("out.jsonl"), expected);
    const letters = await lettersIn(folder);
    assertEquals(letters.map((l) => l.reason), ["holds worse"]);
    assert.ok((await folder.read("dead.jsonl")).startsWith(worse.slice(0, -2)));
  });
  await t.step("--max sends the first ones and keeps the others", async () => {
    await run("run", "orders"); // nothing new
    const dead = await folder.read("dead.jsonl");
    await folder.write("dead.jsonl", dead + dead + dead);
    await folder.write("refused.txt", "");
    const args = ["dead-letter", "replay", "orders", "--max", "2"];
    const { code, stderr } = await run(...args);
    assert.equal(code, LETTERS_LEFT, stderr);
    assert.match(stderr, /✅ 2 dead letters .* delivered, 1 not sent/);
    assert.equal(await folder.read("dead.jsonl"), dead);
  });
  await t.step("nothing is left behind but what belongs there", async () => {
    const { stderr } = await run("dead-letter", "replay", "orders");
    assert.match(stderr, /✅ 1 dead letter /);
    const again = await run("dead-letter", "replay", "orders");
    assertEquals(again.stderr, 'task "orders" has no dead letters\n');
    const names = [...Deno.readDirSync(cwd)].map(({ name }) => name).sort();
    assertEquals(names, [
      ".dstream",
      "dead.jsonl",
      "dstream.hcl",
      "in.jsonl",
      "out.jsonl",
      "refused.txt",
    ]);
  });
});

Deno.test("clear removes all letters, when somebody says yes", async () => {
  const letter = lettersOf([ENVELOPES[0]]);
  await using folder = await TempFolder.make({
    "dstream.hcl": task(picky("", "out.jsonl")),
    "dead.jsonl": letter + letter,
    "dead.jsonl.replaying-01": letter,
  });
  const cwd = folder.path;
  const clear = (...more: string[]) =>
    dstream(["dead-letter", "clear", "orders", ...more], { cwd });

  const refused = await clear();
  assert.equal(refused.code, 2, refused.stderr);
  assert.match(refused.stderr, /usage\.confirmation_missing.*needs a yes/);
  assert.equal(await folder.read("dead.jsonl"), letter + letter);

  const done = await clear("--yes");
  assertEquals(
    [done.code, done.stderr],
    [0, '✅ 3 dead letters of task "orders" removed\n'],
  );
  const names = [...Deno.readDirSync(cwd)].map(({ name }) => name)
    .filter((name) => name.includes("dead"));
  assertEquals(names, []);
  const again = await clear("--yes");
  assertEquals(again.stderr, 'task "orders" has no dead letters\n');
});

Deno.test("a letter goes back to the output that rejected it, and to no other", async () => {
  const archive = `
  output "archive" {
    provider = "file"
    config {
      path   = "archive.jsonl"
      format = "envelopes"
    }
  }`;
  await using folder = await TempFolder.make({
    "dstream.hcl": task(picky('"search"', "out.jsonl"), archive),
    "in.jsonl": joined(ENVELOPES),
    "refused.txt": "bad\n",
  });
  const cwd = folder.path;
  const first = await dstream(["run", "orders"], { cwd });
  assert.equal(first.code, 0, first.stderr);
  const letters = await lettersIn(folder);
  assertEquals(letters.map((letter) => letter.output), ["search", "search"]);

  await folder.write("refused.txt", "");
  const all = await folder.read("archive.jsonl");
  const args = ["dead-letter", "replay", "orders"];
  const again = await dstream(args, { cwd });
  assert.equal(again.code, 0, again.stderr);
  assert.equal(await folder.read("archive.jsonl"), all);
  assert.equal(all, joined(ENVELOPES));
  const lines = (await folder.read("out.jsonl")).trimEnd().split("\n");
  assertEquals(lines.sort(), [...ENVELOPES].sort());
});

Deno.test("a letter that nobody can place stays, and is named", async () => {
  await using folder = await TempFolder.make({
    "dstream.hcl": task(picky('"a"', "a.jsonl"), picky('"b"', "b.jsonl")),
    "dead.jsonl":
      '{"data":1,"metadata":{"dead_letter":{"reason":"r","output":"c"}}}\n' +
      '{"data":2,"metadata":{"dead_letter":{"reason":"r","output":"b"}}}\n' +
      "no letter\n",
  });
  const cwd = folder.path;
  const { code, stderr } = await dstream(["dead-letter", "replay", "orders"], {
    cwd,
  });
  assert.equal(code, 1);
  assert.match(stderr, /❌ 1 dead letter .* delivered, 2 not sent\n {2}hint: /);
  assert.equal(await folder.read("b.jsonl"), '{"data":2,"metadata":{}}\n');
  assert.equal(
    await folder.read("dead.jsonl"),
    '{"data":1,"metadata":{"dead_letter":{"reason":"r","output":"c"}}}\n' +
      "no letter\n",
  );
});

Deno.test("a failed replay keeps what is not delivered", async () => {
  const failing = `
  output {
    provider = "file"
    restart {
      policy = "never"
    }
    config {
      path = "dead.jsonl"
    }
  }`;
  await using folder = await TempFolder.make({
    "dstream.hcl": task(failing),
    "dead.jsonl":
      '{"data":1,"metadata":{"dead_letter":{"reason":"r","output":"file"}}}\n',
  });
  const before = await folder.read("dead.jsonl");
  const { code, stderr } = await dstream(["dead-letter", "replay", "orders"], {
    cwd: folder.path,
  });
  assert.ok(code !== 0, stderr);
  assert.match(stderr, /another process writes/);
  assert.equal(await folder.read("dead.jsonl"), before);
});

Deno.test("what an output acknowledged before it failed is removed", async () => {
  await using folder = await TempFolder.make({
    "dstream.hcl": task(
      picky("", "out.jsonl").replace("delayMs = 0", "diesAfter = 3"),
      '\n  restart {\n    policy = "never"\n  }',
    ),
    "dead.jsonl": lettersOf(ENVELOPES),
  });
  const { code, stderr } = await dstream(["dead-letter", "replay", "orders"], {
    cwd: folder.path,
  });
  assert.equal(code, 1, stderr);
  assert.match(stderr, /3 dead letters of task "orders" delivered, 2 not sent/);
  assert.equal(await folder.read("out.jsonl"), joined(ENVELOPES.slice(0, 3)));
  assert.equal(
    await folder.read("dead.jsonl"),
    lettersOf(ENVELOPES.slice(3)),
  );
});

Deno.test("a replay waits for no run: the one that has the file is named", async () => {
  const endless = `
  output {
    provider = "null"
  }`;
  await using folder = await TempFolder.make({
    "dstream.hcl": task(endless).replace(
      '"in.jsonl"',
      '"in.jsonl"\n follow = true',
    ),
    "in.jsonl": "",
  });
  const cwd = folder.path;
  await using run = startDstream(["run", "orders", "-l", "debug"], { cwd });
  await run.waitFor(/\[input file\] debug: ready/, "stderr");
  const { code, stderr } = await dstream(["dead-letter", "replay", "orders"], {
    cwd,
  });
  assert.equal(code, 1);
  assert.match(stderr, /a run writes dead letters to/);
  run.kill("SIGTERM");
  await run.finished;
});

Deno.test({
  name: "Ctrl+C delivers what was read, and keeps the rest",
  ignore: Deno.build.os === "windows", // has no SIGINT for others
  fn: async () => {
    // Many more than are read at once.
    const word = "good".repeat(1000);
    const lines = Array.from({ length: 500 }, (_, i) => envelope(i, word));
    await using folder = await TempFolder.make({
      "dstream.hcl": task(
        picky("", "out.jsonl", 5),
        "\n  delivery {\n    window_envelopes = 20\n  }",
      ),
      "dead.jsonl": lettersOf(lines),
    });
    await using replay = startDstream(["dead-letter", "replay", "orders"], {
      cwd: folder.path,
    });
    await until(async () => (await folder.read("out.jsonl")).length > 1000);
    replay.kill("SIGINT");
    const { code, stderr } = await replay.finished;
    assert.equal(code, 130, stderr);
    const kept = await lettersIn(folder);
    const out = await folder.read("out.jsonl");
    assert.ok(kept.length > 0 && kept.length < lines.length, stderr);
    assert.equal(out + joined(lines.slice(-kept.length)), joined(lines));
  },
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let wait = 0; wait < 1200; wait++) {
    if (await isSo().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail("it never happened");
}

Deno.test("killed again and again, a replay loses no letter", async () => {
  const count = 300;
  const lines = Array.from(
    { length: count },
    (_, i) => envelope(i, i % 3 === 0 ? "bad" : "good"),
  );
  await using folder = await TempFolder.make({
    "dstream.hcl": task(picky("", "out.jsonl", 5)),
    "refused.txt": "bad\n",
    "dead.jsonl": lettersOf(lines),
  });
  const cwd = folder.path;
  const args = ["dead-letter", "replay", "orders"];
  const seed = Math.floor(Math.random() * 1e6);
  const random = randomFrom(seed);
  for (let round = 0; round < 6; round++) {
    await using replay = startDstream(args, { cwd });
    const delayMs = 100 + 1400 * random();
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    replay.kill("SIGKILL");
    await replay.finished.catch(() => {});
    await assertAllThere(folder, count, `seed ${seed}, round ${round}`);
  }
  // The providers of the killed one may need a moment to notice.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const last = await dstream(args, { cwd });
  assert.equal(last.code, LETTERS_LEFT, last.stderr);
  await assertAllThere(folder, count, `seed ${seed}, at the end`);
  const names = [...Deno.readDirSync(cwd)].map(({ name }) => name);
  assertEquals(names.filter((name) => name.includes("replay")), []);
  const kept = await lettersIn(folder);
  assert.ok(kept.every(({ reason }) => reason === "holds bad"), `seed ${seed}`);
});

/** Every envelope is delivered or still a dead letter, wherever. */
async function assertAllThere(
  folder: TempFolder,
  count: number,
  when: string,
): Promise<void> {
  const found = new Set<number>();
  for await (const { name } of Deno.readDir(folder.path)) {
    if (!/^(out|dead)\.jsonl/.test(name)) continue;
    for (const match of (await folder.read(name)).matchAll(/"n":(\d+)/g)) {
      found.add(Number(match[1]));
    }
  }
  assert.equal(found.size, count, when);
}

Deno.test("a dead_letter block keeps whole envelopes, or says that it can't", async (t) => {
  const block = (config: string) =>
    task(picky("", "out.jsonl")).replace('path = "dead.jsonl"', config);
  const cases: [string, string, RegExp | undefined][] = [
    ["by itself", 'path = "d.jsonl"', undefined],
    ["named", 'path = "d.txt"\nformat = "envelopes"', undefined],
    [
      "another format",
      'path = "d.jsonl"\nformat = "jsonl"',
      /config\.dead_letter_format[^]*format = "jsonl"[^]*hint: leave format out/,
    ],
    ["a table's name", 'path = "d.csv"', /dead letters can't be a table/],
  ];
  for (const [name, config, problem] of cases) {
    await t.step(name, async () => {
      await using folder = await TempFolder.make({
        "dstream.hcl": block(config),
      });
      const { code, stderr } = await dstream(["validate"], {
        cwd: folder.path,
      });
      assert.equal(code, problem === undefined ? 0 : 2, stderr);
      if (problem !== undefined) assert.match(stderr, problem);
    });
  }
});

Deno.test("a ragged row of a CSV is a dead letter with the row as it stands", async (t) => {
  const config = (transform: string) => `
task "t" {
  input {
    provider = "file"
    config {
      path       = "orders.csv"
      on_invalid = "dead_letter"
    }
  }
  ${transform}
  output {
    provider = "file"
    config {
      path = "out.jsonl"
    }
  }
  dead_letter {
    provider = "file"
    config {
      path = "dead.jsonl"
    }
  }
}
`;
  const ways = [
    ["refused by the output", "", /^this line is no envelope: orders\.csv, /],
    [
      "refused by a transform",
      "transform {\n filter {\n where = \"data.id != '0'\"\n }\n }",
      /orders\.csv, line 3, has 3 fields, not 2/,
    ],
  ] as const;
  for (const [name, transform, reason] of ways) {
    await t.step(name, async () => {
      await using folder = await TempFolder.make({
        "dstream.hcl": config(transform),
        "orders.csv": "id,total\n1,9.90\n2,8,50\n3,7.10\n",
      });
      const { code, stderr } = await dstream(["run", "t"], {
        cwd: folder.path,
      });
      assertEquals(code, 0, stderr);
      assert.match(stderr, /3 envelopes read, 2 delivered, 1 dead-lettered/);
      const { data, metadata } = JSON.parse(await folder.read("dead.jsonl"));
      assertEquals(data, null);
      const { dead_letter, ...told } = metadata;
      assertEquals(told, {
        table: "orders",
        file: "orders.csv",
        line: 3,
        problem: "orders.csv, line 3, has 3 fields, not 2",
        raw: "2,8,50",
      });
      assert.match(dead_letter.reason, reason);
    });
  }
});

Deno.test("validate warns of bad records that have no place to go to", async () => {
  const config = (rest: string) => `
task "rows" {
  input {
    provider = "file"
    config {
      path       = "in.csv"
      on_invalid = "dead_letter"
    }
  }
  ${rest}
  output {
    provider = "null"
  }
}
`;
  const letters = 'dead_letter {\n provider = "null"\n }';
  await using folder = await TempFolder.make({
    "dstream.hcl": config(""),
    "good.hcl": config(letters),
  });
  const { code, stderr } = await dstream(["validate"], { cwd: folder.path });
  assertEquals(code, 0, stderr);
  assert.match(
    stderr,
    /on_invalid = "dead_letter" needs a dead_letter block[^]*dstream\.hcl:7:/,
  );
  const args = ["validate", "-c", "good.hcl"];
  const good = await dstream(args, { cwd: folder.path });
  assert.ok(!good.stderr.includes("no_dead_letter"), good.stderr);
});
