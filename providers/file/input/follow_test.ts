import type { Json } from "@dstream/sdk";
import { assert, assertEquals } from "../../../tests/support/assert.ts";
import {
  batchesOf,
  inFolder,
  openInput,
  TestContext,
} from "../../../tests/support/file_input.ts";
import { ROTATED_QUIET_MS } from "./followed_files.ts";

const append = (path: string, text: string) =>
  Deno.writeTextFileSync(path, text, { append: true });

/** What happens between two looks: some change, or only time. */
type Step = (context: TestContext) => void;

/** Follows while the steps happen, one each time it has nothing to read. */
async function follow(
  path: string,
  steps: readonly Step[],
  more: { config?: Record<string, Json>; resume?: Json } = {},
) {
  let next = 0;
  let quietMs = 0;
  const seen: string[] = [];
  let state: Json | undefined;
  const context: TestContext = new TestContext({
    onSleep: (delayMs) => {
      // Two pauses between steps: one to notice a change, one to read it.
      quietMs += delayMs;
      if (quietMs < 3 * 500) return;
      quietMs = 0;
      if (next === steps.length) context.stop.abort();
      else return steps[next++](context);
    },
  });
  const config = { path, follow: true, format: "lines", ...more.config };
  const input = await openInput(config);
  for await (const batch of batchesOf(input, more.resume, context)) {
    seen.push(...batch.lines.map((line) => JSON.parse(line).data.line));
    state = batch.state ?? state;
  }
  return { seen, state, warnings: context.warnings };
}

/** Lets a rotated file be quiet for long enough. */
const wait = Array.from(
  { length: Math.ceil(ROTATED_QUIET_MS / 1500) + 1 },
  () => () => {},
);

Deno.test("a followed file is read as it grows", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.log`;
    await Deno.writeTextFile(path, "1\n2\n");
    const { seen, warnings } = await follow(path, [
      () => append(path, "3\n"),
      () => append(path, "ha"),
      () => {},
      () => append(path, "lf\nan"),
      () => append(path, `other ${"x".repeat(100)}\n`),
    ]);
    assertEquals(seen, ["1", "2", "3", "half", `another ${"x".repeat(100)}`]);
    assertEquals(warnings, []);
  }));

Deno.test("a followed file may come later", () =>
  inFolder(async (folder) => {
    const path = `${folder}/sub/a.log`;
    const { seen } = await follow(path, [
      () => Deno.mkdirSync(`${folder}/sub`),
      () => append(path, "1\n"),
      () => append(path, "2\n"),
    ]);
    assertEquals(seen, ["1", "2"]);
  }));

Deno.test("rotation by rename: the old file is read to its end, then the new one", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.log`;
    await Deno.writeTextFile(path, "1\n");
    const { seen, warnings } = await follow(path, [
      () => {
        append(path, "2\n");
        Deno.renameSync(path, `${path}.1`);
      },
      () => append(`${path}.1`, "3\n"),
      () => append(path, "4\n"),
      // A writer that still has the old one open.
      () => append(`${path}.1`, "5\n6"),
      ...wait,
      () => append(path, "7\n"),
    ]);
    assertEquals(seen, ["1", "2", "3", "4", "5", "6", "7"]);
    assertEquals(warnings, []);
  }));

Deno.test("rotation by rename and create in one moment", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.log`;
    await Deno.writeTextFile(path, "1\n");
    const rotate = (line: string) => () => {
      append(path, `${line}a\n`);
      Deno.renameSync(path, `${path}.${line}`);
      append(path, `${line}b\n`);
    };
    const { seen } = await follow(path, ["2", "3", "4"].map(rotate));
    assertEquals(seen, ["1", "2a", "2b", "3a", "3b", "4a", "4b"]);
  }));

Deno.test("a removed file is read to its end", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.log`;
    await Deno.writeTextFile(path, "1\n");
    const { seen } = await follow(path, [
      () => {
        append(path, "2\n");
        Deno.removeSync(path);
      },
      () => append(path, "3\n"),
    ]);
    assertEquals(seen, ["1", "2", "3"]);
  }));

Deno.test("a file that was cut is read from its begin", async (t) => {
  const cases: [string, string][] = [
    ["cut and shorter", "3\n"],
    ["cut and grown to the same length", "3\n4\n5\n"],
    ["cut and grown beyond", "3\n4\n5\n6\n7\n8\n"],
  ];
  for (const [name, content] of cases) {
    await t.step(name, () =>
      inFolder(async (folder) => {
        const path = `${folder}/a.log`;
        await Deno.writeTextFile(path, "0\n1\n2\n");
        // The clock of a file system ticks slower than this test.
        await Deno.utime(path, 0, 0);
        const { seen, warnings } = await follow(path, [
          () => Deno.writeTextFileSync(path, content),
          () => append(path, "end\n"),
        ]);
        assertEquals(seen, [
          ..."012",
          ...content.trimEnd().split("\n"),
          "end",
        ]);
        assertEquals(warnings.length, 1);
        assert.match(warnings[0], /was cut or written anew/);
      }));
  }
});

Deno.test("files that come to match a pattern are followed too", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a.log`, "1\n");
    const { seen, warnings } = await follow(`${folder}/*.{log,gz}`, [
      () => append(`${folder}/b.log`, "2\n"),
      () => append(`${folder}/a.log`, "3\n"),
      () => Deno.renameSync(`${folder}/a.log`, `${folder}/c.log`),
      () => append(`${folder}/c.log`, "4\n"),
      () => append(`${folder}/d.gz`, "x"),
      () => append(`${folder}/b.log`, "5\n"),
    ]);
    assertEquals(seen, ["1", "2", "3", "4", "5"]);
    assertEquals(warnings.length, 1);
    assert.match(warnings[0], /d\.gz is left out/);
  }));

Deno.test("read_from = end passes over what is there", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.log`;
    await Deno.writeTextFile(path, `${"old\n".repeat(50)}ha`);
    const config = { read_from: "end" };
    const first = await follow(path, [() => append(path, "lf\n1\n")], {
      config,
    });
    assertEquals(first.seen, ["half", "1"]);
    append(path, "2\n");
    const second = await follow(path, [() => append(path, "3\n")], {
      config,
      resume: first.state,
    });
    assertEquals(second.seen, ["2", "3"]);
  }));

Deno.test("a later run goes on, also in what was renamed meanwhile", async (t) => {
  const cases: [string, (path: string) => void, string[], number][] = [
    ["nothing happened", () => {}, [], 0],
    ["it grew", (path) => append(path, "3\n"), ["3"], 0],
    [
      "a blank line came and another",
      (path) => append(path, "\n3\n"),
      ["3"],
      0,
    ],
    [
      "it was renamed",
      (path) => {
        append(path, "3\n");
        Deno.renameSync(path, `${path}.1`);
        append(path, "4\n");
      },
      ["3", "4"],
      0,
    ],
    [
      "it was renamed and there is no new one yet",
      (path) => {
        append(path, "3\n");
        Deno.renameSync(path, `${path}.1`);
      },
      ["3"],
      0,
    ],
    [
      "it was renamed and packed",
      (path) => {
        Deno.removeSync(path);
        append(`${path}.1.gz`, "?");
        append(path, "4\n");
      },
      ["4"],
      1,
    ],
    [
      "it was cut",
      (path) => Deno.writeTextFileSync(path, "4\n"),
      ["4"],
      1,
    ],
  ];
  for (const [name, change, expected, warnings] of cases) {
    await t.step(name, () =>
      inFolder(async (folder) => {
        const path = `${folder}/a.log`;
        await Deno.writeTextFile(path, "1\n2\n");
        const first = await follow(path, []);
        assertEquals(first.seen, ["1", "2"]);
        change(path);
        const second = await follow(path, [], { resume: first.state });
        assertEquals(second.seen, expected);
        assertEquals(second.warnings.length, warnings);
      }));
  }
});

Deno.test("csv: a file that is written anew has a new header", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.csv`;
    await Deno.writeTextFile(path, "line\n1\n");
    const { seen } = await follow(path, [
      () => append(path, "2\n"),
      () => Deno.writeTextFileSync(path, "x,line\n0,3\n"),
      () => append(path, "0,4\n"),
    ], { config: { format: "csv" } });
    assertEquals(seen, ["1", "2", "3", "4"]);
  }));

Deno.test("csv: a header that comes in pieces", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.csv`;
    await Deno.writeTextFile(path, "x,li");
    const first = await follow(path, [
      () => append(path, "ne\n0,1\n0"),
      () => append(path, ",2\n"),
    ], { config: { format: "csv" } });
    assertEquals(first.seen, ["1", "2"]);
    const second = await follow(path, [() => append(path, "0,3\n")], {
      config: { format: "csv" },
      resume: first.state,
    });
    assertEquals(second.seen, ["3"]);
  }));

Deno.test("a followed file is looked at less often while nothing comes", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.log`;
    await Deno.writeTextFile(path, "1\n");
    const pauses: number[] = [];
    const context: TestContext = new TestContext({
      onSleep: (delayMs) => {
        pauses.push(delayMs);
        if (pauses.length === 3) context.stop.abort();
      },
    });
    const config = { path, follow: true, poll_interval: "2s" };
    const input = await openInput(config);
    for await (const _ of batchesOf(input, undefined, context)) { /* all */ }
    assertEquals(pauses, [50, 2000, 2000]);
  }));

Deno.test("files are found and rotated files let go though the clock is set back", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a.log`, "a1\n");
    const setBack: Step = (context) => context.wallShiftMs = -3_600_000;
    const { seen, state } = await follow(`${folder}/*.log`, [
      setBack,
      () => append(`${folder}/b.log`, "b1\n"),
      () => {
        Deno.renameSync(`${folder}/a.log`, `${folder}/a.1`);
        append(`${folder}/a.log`, "a2\n");
      },
      ...wait,
    ]);
    assertEquals(seen, ["a1", "b1", "a2"]);
    assertEquals((state as { files: Json[] }).files.length, 2);
  }));

/** Lets the system's clock for files go on, so that times tell what was first. */
function tick(path: string): void {
  const firstMs = Deno.statSync(path).mtime!.getTime();
  const probe = `${path}~`;
  do append(probe, "x"); while (
    Deno.statSync(probe).mtime!.getTime() <= firstMs
  );
  Deno.removeSync(probe);
}

function renameRotation(path: string, line: string): void {
  tick(path);
  for (let n = 3; n >= 1; n--) {
    const from = n === 1 ? path : `${path}.${n - 1}`;
    try {
      Deno.renameSync(from, `${path}.${n}`);
    } catch { /* not there yet */ }
  }
  append(path, `${line}\n`);
}

function copyRotation(path: string, line: string): void {
  tick(path);
  for (let n = 3; n > 1; n--) {
    try {
      Deno.renameSync(`${path}.${n - 1}`, `${path}.${n}`);
    } catch { /* not there yet */ }
  }
  Deno.copyFileSync(path, `${path}.1`);
  Deno.truncateSync(path);
  append(path, `${line}\n`);
}

const ROTATIONS = { rename: renameRotation, copy: copyRotation };

Deno.test("rotated several times between two looks: nothing is left out", async (t) => {
  for (const [name, rotate] of Object.entries(ROTATIONS)) {
    for (const times of [1, 2, 3]) {
      const news = ["3", "4", "5", "6"].slice(0, times + 1);
      const change = (path: string) => {
        append(path, "3\n");
        for (const line of news.slice(1)) rotate(path, line);
      };
      await t.step(
        `${name}, ${times} times, while running`,
        () =>
          inFolder(async (folder) => {
            const path = `${folder}/app.log`;
            await Deno.writeTextFile(path, "1\n2\n");
            const { seen } = await follow(path, [() => change(path), ...wait]);
            assertEquals(seen, ["1", "2", ...news]);
          }),
      );
      await t.step(
        `${name}, ${times} times, while away`,
        () =>
          inFolder(async (folder) => {
            const path = `${folder}/app.log`;
            await Deno.writeTextFile(path, "0\n");
            renameRotation(path, "1"); // an old one, which was read
            append(path, "2\n");
            const first = await follow(path, []);
            assertEquals(first.seen, ["1", "2"]);
            change(path);
            const second = await follow(path, [], { resume: first.state });
            assertEquals(second.seen, news);
          }),
      );
    }
  }
});

Deno.test("generations after one that is gone are read, and the gap is told", () =>
  inFolder(async (folder) => {
    const path = `${folder}/app.log`;
    await Deno.writeTextFile(path, "1\n");
    const first = await follow(path, []);
    renameRotation(path, "2");
    renameRotation(path, "3");
    Deno.removeSync(`${path}.2`);
    const second = await follow(path, [], { resume: first.state });
    assertEquals(second.seen, ["2", "3"]);
    assertEquals(second.warnings.length, 1);
    assert.match(
      second.warnings[0],
      /what was written to it after that is not/,
    );
  }));

Deno.test("what only looks rotated is left alone", () =>
  inFolder(async (folder) => {
    const path = `${folder}/app.log`;
    for (const name of ["app.log.1", "apple.log.1", "app.log.bak", "app.txt"]) {
      append(`${folder}/${name}`, "old\n");
    }
    tick(`${folder}/app.txt`);
    await Deno.writeTextFile(path, "1\n");
    const { seen } = await follow(path, [
      () => append(`${folder}/apple.log.2`, "other\n"),
      () => renameRotation(path, "2"),
      ...wait,
    ]);
    assertEquals(seen, ["1", "2"]);
  }));

Deno.test("a file written anew with the same end is read from its begin", () =>
  inFolder(async (folder) => {
    const path = `${folder}/app.log`;
    const beats = (run: number, count: number) =>
      `run ${run} started\n` + `heartbeat ok ${"=".repeat(60)}\n`.repeat(count);
    await Deno.writeTextFile(path, beats(1, 10));
    await Deno.utime(path, 0, 0);
    const { seen, warnings } = await follow(path, [
      () => Deno.writeTextFileSync(path, beats(2, 20)),
    ]);
    assertEquals(seen.length, 11 + 21);
    assert(seen.includes("run 2 started"));
    assert.match(warnings[0], /was cut or written anew/);
  }));

Deno.test({
  name: "a name that is added to a followed file brings nothing again",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      const real = `${folder}/real.log`;
      await Deno.writeTextFile(real, "1\n");
      const first = await follow(`${folder}/*.log`, [
        () => Deno.symlinkSync("real.log", `${folder}/alias.log`),
        () => Deno.linkSync(real, `${folder}/hard.log`),
        () => append(real, "2\n"),
      ]);
      assertEquals(first.seen, ["1", "2"]);
      append(real, "3\n");
      const resume = first.state;
      const second = await follow(`${folder}/*.log`, [], { resume });
      assertEquals([second.seen, second.warnings], [["3"], []]);
    }),
});
