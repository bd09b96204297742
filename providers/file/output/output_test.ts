import { gunzipSync } from "node:zlib";
import { FinalError } from "@dstream/sdk";
import {
  assert,
  assertEquals,
  assertRejects,
} from "../../../tests/support/assert.ts";
import {
  batchOf,
  contents,
  envelopes,
  inFolder,
  openOutput,
  run,
  TestContext,
} from "../../../tests/support/file_output.ts";

Deno.test("lines are in the file itself when they are acknowledged", () =>
  inFolder(async (folder) => {
    const path = `${folder}/sub/a.jsonl`;
    const context = new TestContext();
    const output = await openOutput({ path }, context);
    for (const n of [1, 2, 3]) {
      await output.write(batchOf(envelopes(String(n))), context);
      await output.flush();
      assertEquals(
        await Deno.readTextFile(path),
        Array.from({ length: n }, (_, i) => `${i + 1}\n`).join(""),
      );
    }
    await output.end(context);
    await output.close();
    assertEquals(Object.keys(contents(`${folder}/sub`)), ["a.jsonl"]);
  }));

Deno.test("a later run appends", async (t) => {
  const cases = [
    ["after a whole line", "1\n", "1\n2\n"],
    ["after a line without its end", "1", "1\n2\n"],
    ["to an empty file", "", "2\n"],
  ];
  for (const [name, before, after] of cases) {
    await t.step(name, () =>
      inFolder(async (folder) => {
        const path = `${folder}/a.jsonl`;
        await Deno.writeTextFile(path, before);
        await run({ path }, [envelopes("2")]);
        assertEquals(contents(folder), { "a.jsonl": after });
      }));
  }
});

Deno.test("parts get their name when they are finished", () =>
  inFolder(async (folder) => {
    const config = { path: `${folder}/a-{seq}.jsonl`, max_bytes: 10 };
    const context = new TestContext();
    const output = await openOutput(config, context);
    await output.write(batchOf(envelopes("111", "222")), context);
    await output.flush();
    assertEquals(visibleFiles(folder), { "a-000001.jsonl.part": "111\n222\n" });
    await output.write(batchOf(envelopes("333")), context);
    await output.flush();
    assertEquals(visibleFiles(folder), {
      "a-000001.jsonl": "111\n222\n",
      "a-000002.jsonl.part": "333\n",
    });
    await output.end(context);
    await output.close();
    assertEquals(contents(folder), {
      "a-000001.jsonl": "111\n222\n",
      "a-000002.jsonl": "333\n",
    });
  }));

/** Without the lock. */
function visibleFiles(folder: string): Record<string, string> {
  const entries = Object.entries(contents(folder));
  return Object.fromEntries(entries.filter(([name]) => !name.startsWith(".")));
}

Deno.test("a part is numbered after the ones that are there", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a-000041.jsonl`, "x\n");
    await Deno.writeTextFile(`${folder}/b-000099.jsonl`, "x\n");
    await run({ path: `${folder}/a-{seq}.jsonl` }, [envelopes("1")]);
    assertEquals(contents(folder)["a-000042.jsonl"], "1\n");
  }));

Deno.test("a part never takes the place of another file", () =>
  inFolder(async (folder) => {
    const context = new TestContext();
    const config = { path: `${folder}/a-{seq}.jsonl` };
    const output = await openOutput(config, context);
    await output.write(batchOf(envelopes("1")), context);
    await Deno.writeTextFile(`${folder}/a-000001.jsonl`, "mine\n");
    await output.end(context);
    await output.close();
    assertEquals(contents(folder), {
      "a-000001-2.jsonl": "1\n",
      "a-000001.jsonl": "mine\n",
    });
  }));

Deno.test("no lines, no part", () =>
  inFolder(async (folder) => {
    await run({ path: `${folder}/a-{seq}.jsonl` }, []);
    assertEquals(contents(folder), {});
  }));

Deno.test("a part ends when it is old enough or its name would change", async (t) => {
  const cases: [string, Record<string, string>, number, string[]][] = [
    ["max_age", { path: "a-{seq}.jsonl", max_age: "1h" }, 3_600_000, [
      "a-000001.jsonl",
      "a-000002.jsonl",
    ]],
    ["not yet", { path: "a-{seq}.jsonl", max_age: "1h" }, 3_599_000, [
      "a-000001.jsonl",
    ]],
    ["the date", { path: "a-{date}-{seq}.jsonl" }, 86_400_000, [
      "a-2026-11-20-000001.jsonl",
      "a-2026-11-21-000001.jsonl",
    ]],
    ["the date without a number", { path: "a-{date}.jsonl" }, 86_400_000, [
      "a-2026-11-20.jsonl",
      "a-2026-11-21.jsonl",
    ]],
  ];
  for (const [name, { path, ...config }, laterMs, expected] of cases) {
    await t.step(name, () =>
      inFolder(async (folder) => {
        const context = new TestContext();
        const here = { ...config, path: `${folder}/${path}` };
        const output = await openOutput(here, context);
        await output.write(batchOf(envelopes("1")), context);
        context.nowMs += laterMs;
        await output.write(batchOf(envelopes("2")), context);
        await output.end(context);
        await output.close();
        assertEquals(Object.keys(contents(folder)), expected);
      }));
  }
});

Deno.test("a part's age is measured, whatever is done to the wall clock", async (t) => {
  const cases: [string, number, number, string[]][] = [
    ["set back an hour, and old enough", -3_600_000, 61_000, ["1\n", "2\n"]],
    ["set forward an hour, and young", 3_600_000, 1000, ["1\n2\n"]],
  ];
  for (const [name, shiftMs, laterMs, expected] of cases) {
    await t.step(name, () =>
      inFolder(async (folder) => {
        const context = new TestContext();
        const config = { path: `${folder}/a-{seq}.jsonl`, max_age: "1m" };
        const output = await openOutput(config, context);
        await output.write(batchOf(envelopes("1")), context);
        context.wallShiftMs = shiftMs;
        context.nowMs += laterMs;
        await output.write(batchOf(envelopes("2")), context);
        await output.end(context);
        await output.close();
        assertEquals(Object.values(contents(folder)), expected);
      }));
  }
});

Deno.test("a file rotated away is noticed although the clock was set back", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.jsonl`;
    const context = new TestContext();
    const output = await openOutput({ path }, context);
    await output.write(batchOf(envelopes("1")), context);
    await Deno.rename(path, `${folder}/a.1`);
    context.wallShiftMs = -3_600_000;
    context.nowMs += 2000;
    await output.write(batchOf(envelopes("2")), context);
    await output.end(context);
    await output.close();
    assertEquals(contents(folder), { "a.1": "1\n", "a.jsonl": "2\n" });
  }));

Deno.test("a part that gets too old is finished though nothing more comes", () =>
  inFolder(async (folder) => {
    const config = { path: `${folder}/a-{seq}.jsonl`, max_age: "1s" };
    const context = new TestContext();
    const output = await openOutput(config, context);
    await output.write(batchOf(envelopes("1")), context);
    context.nowMs += 990; // the timer has 10 ms of real time left
    await output.write(batchOf(envelopes("2")), context);
    for (let wait = 0; wait < 100; wait++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      if (visibleFiles(folder)["a-000001.jsonl"] !== undefined) break;
    }
    assertEquals(visibleFiles(folder), { "a-000001.jsonl": "1\n2\n" });
    await output.end(context);
    await output.close();
  }));

Deno.test("gzip: every flush can be read, and few come together", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.jsonl.gz`;
    const context = new TestContext();
    const output = await openOutput({ path }, context);
    for (const n of ["1", "2", "3"]) {
      await output.write(batchOf(envelopes(n)), context);
      await output.flush();
      const text = new TextDecoder().decode(
        gunzipSync(await Deno.readFile(path)),
      );
      assert(text.endsWith(`${n}\n`));
    }
    await output.end(context);
    await output.close();
    // The first came after a long quiet; the others waited for company.
    assertEquals(context.slept, [1000, 1000]);
    await run({ path }, [envelopes("4")]);
    const text = new TextDecoder().decode(
      gunzipSync(await Deno.readFile(path)),
    );
    assertEquals(text, "1\n2\n3\n4\n");
  }));

Deno.test("gzip: a file that is none isn't appended to", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.jsonl.gz`;
    await Deno.writeTextFile(path, "plain\n");
    const error = await assertRejects(
      () => run({ path }, [envelopes("1")]),
      "config.value_invalid",
    );
    assert.match(error.message, /is no gzip file/);
    assertEquals(await Deno.readTextFile(path), "plain\n");
  }));

Deno.test("a file that was rotated away is written anew", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.jsonl`;
    const context = new TestContext();
    const output = await openOutput({ path }, context);
    await output.write(batchOf(envelopes("1")), context);
    await Deno.rename(path, `${path}.1`);
    context.nowMs += 2000;
    await output.write(batchOf(envelopes("2")), context);
    await output.end(context);
    await output.close();
    assertEquals(contents(folder), { "a.jsonl": "2\n", "a.jsonl.1": "1\n" });
  }));

Deno.test("two writers of one path: the second is refused and told of the first", () =>
  inFolder(async (folder) => {
    const config = { path: `${folder}/a-{seq}.jsonl` };
    const context = new TestContext();
    const first = await openOutput(config, context);
    const error = await assertRejects(
      () => openOutput(config, context),
      "config.value_invalid",
    );
    assert.match(
      error.message,
      /another process writes to ".*a-\{seq\}\.jsonl"/,
    );
    if (Deno.build.os !== "windows") {
      assert(
        error.message.includes(`process ${Deno.pid}, since 2026-11-20T12`),
      );
    }
    await first.write(batchOf(envelopes("1")), context);
    await first.end(context);
    await first.close();
    await run(config, [envelopes("2")]);
    assertEquals(Object.keys(contents(folder)).length, 2);
  }));

Deno.test("what can't be written is told to people", async (t) => {
  const isRoot = Deno.build.os !== "windows" && Deno.uid() === 0;
  await t.step("a folder", () =>
    inFolder(async (folder) => {
      const error = await assertRejects(
        () => openOutput({ path: folder }),
        "file.failed",
      );
      assert.match(error.message, /^cannot write ".*": it is a folder$/);
    }));
  await t.step("below a file", () =>
    inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/a`, "");
      const error = await assertRejects(
        () => openOutput({ path: `${folder}/a/b.jsonl` }),
        "file.failed",
      );
      assert.match(error.message, /^cannot create the folder ".*\/a": /);
    }));
  await t.step({
    name: "no permission",
    ignore: isRoot || Deno.build.os === "windows",
    fn: () =>
      inFolder(async (folder) => {
        await Deno.chmod(folder, 0o500);
        const error = await assertRejects(
          () => openOutput({ path: `${folder}/a.jsonl` }),
          "file.failed",
        );
        assert.ok(error instanceof FinalError);
        assert.match(error.message, /a\.jsonl": permission denied/);
      }),
  });
  await t.step({
    name: "a full disk",
    ignore: Deno.build.os !== "linux",
    fn: () =>
      inFolder(async (folder) => {
        await Deno.symlink("/dev/full", `${folder}/a.jsonl`);
        const error = await assertRejects(
          () => run({ path: `${folder}/a.jsonl` }, [envelopes("1")]),
          "file.failed",
        );
        assert.ok(error instanceof FinalError);
        assert.equal(error.path, "config.path");
        assert.match(error.message, /a\.jsonl": the disk "\/.*" is full$/);
      }),
  });
});

Deno.test("configs that can't work are refused", async (t) => {
  const cases: [string, Record<string, string | string[]>, RegExp][] = [
    [
      "max_bytes without {seq}",
      { path: "a.jsonl", max_bytes: "1MiB" },
      /needs \{seq\}/,
    ],
    [
      "max_age without {seq}",
      { path: "a-{date}.jsonl", max_age: "1h" },
      /needs \{seq\}/,
    ],
    ["an unknown name", { path: "a-{day}.jsonl" }, /unknown name \{day\}/],
    ["a folder", { path: "out/" }, /must name a file/],
    [
      "columns of JSON",
      { path: "a.jsonl", columns: ["a"] },
      /columns is for csv/,
    ],
    ["gz that is none", { path: "a.gz", compression: "none" }, /doesn't fit/],
  ];
  for (const [name, config, expected] of cases) {
    await t.step(name, async () => {
      await assert.rejects(() => openOutput(config), expected);
    });
  }
});

Deno.test({
  name: "pipes and devices are refused, and nothing is left beside them",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      const pipe = `${folder}/pipe`;
      new Deno.Command("mkfifo", { args: [pipe] }).outputSync();
      await Deno.symlink("/dev/null", `${folder}/null`);
      const cases = [
        [pipe, /pipe" is a named pipe$/],
        [`${folder}/null`, /null" is a device$/],
        ["/dev/stdout", /is a stream of this process$/],
      ] as const;
      for (const [path, expected] of cases) {
        const error = await assertRejects(
          () => openOutput({ path }),
          "config.value_invalid",
        );
        assert.match(error.message, expected);
      }
      const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
      assertEquals(names.sort(), ["null", "pipe"]);
    }),
});
