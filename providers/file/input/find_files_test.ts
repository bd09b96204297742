import {
  assert,
  assertEquals,
  assertRejects,
} from "../../../tests/support/assert.ts";
import {
  inFolder,
  linesOf,
  openInput,
  TestContext,
} from "../../../tests/support/file_input.ts";
import { createFinder } from "./find_files.ts";

const FILES = [
  "a.csv",
  "b.csv",
  "B.csv",
  "c.txt",
  "x[1].csv",
  ".hidden.csv",
  "sub/a.csv",
  "sub/deep/b.csv",
  "sub.csv/c.csv",
];

async function inTree(use: (folder: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    for (const file of FILES) {
      await Deno.mkdir(`${folder}/${file}`.replace(/\/[^/]*$/, ""), {
        recursive: true,
      });
      await Deno.writeTextFile(`${folder}/${file}`, "");
    }
    await use(folder);
  });
}

Deno.test("a pattern finds files, in the order of their names", () =>
  inTree(async (folder) => {
    const cases: [string, string[]][] = [
      ["a.csv", ["a.csv"]],
      ["*.csv", ["B.csv", "a.csv", "b.csv", "x[1].csv"]],
      ["[ab].csv", ["a.csv", "b.csv"]],
      ["{a.csv,c.txt}", ["a.csv", "c.txt"]],
      ["x[1].csv", ["x[1].csv"]],
      ["*/a.csv", ["sub/a.csv"]],
      ["sub/**/*.csv", ["sub/a.csv", "sub/deep/b.csv"]],
      ["**/b.csv", ["b.csv", "sub/deep/b.csv"]],
      [".*.csv", [".hidden.csv"]],
      ["nothing.csv", []],
      ["nothing*.csv", []],
      ["none/*.csv", []],
    ];
    for (const [pattern, expected] of cases) {
      const finder = await createFinder(`${folder}/${pattern}`);
      const found = finder.find().paths.map((path) =>
        path.slice(folder.length + 1)
      );
      assertEquals(found, expected, pattern);
    }
  }));

Deno.test("links to files are files, links to folders are left alone", async (t) => {
  await t.step({
    name: "on systems that have them",
    ignore: Deno.build.os === "windows",
    fn: () =>
      inTree(async (folder) => {
        await Deno.symlink(`${folder}/a.csv`, `${folder}/l.csv`);
        await Deno.symlink(folder, `${folder}/sub/loop`);
        await Deno.symlink(`${folder}/gone`, `${folder}/broken.csv`);
        const finder = await createFinder(`${folder}/**/{l,broken,c}.csv`);
        const found = finder.find().paths.map((path) =>
          path.slice(folder.length + 1)
        );
        assertEquals(found, ["l.csv", "sub.csv/c.csv"]);
      }),
  });
});

Deno.test("what can't be read is told before anything streams", async (t) => {
  const isRoot = Deno.build.os !== "windows" && Deno.uid() === 0;
  const cases: [string, (folder: string) => string, RegExp][] = [
    [
      "no such file",
      (folder) => `${folder}/no.csv`,
      /^there is no file ".*no\.csv"$/,
    ],
    [
      "no match",
      (folder) => `${folder}/*.tsv`,
      /^no file matches ".*\*\.tsv"$/,
    ],
    ["a folder", (folder) => `${folder}/sub.csv`, /sub\.csv" is a folder$/],
    [
      "an open bracket",
      (folder) => `${folder}/(a.csv`,
      /is no pattern: missing closing/,
    ],
  ];
  for (const [name, path, expected] of cases) {
    await t.step(name, () =>
      inTree(async (folder) => {
        const error = await assertRejects(
          () => openInput({ path: path(folder) }),
          "config.value_invalid",
        );
        assert.match(error.message, expected);
        assertEquals(
          (error as unknown as { path: string }).path,
          "config.path",
        );
      }));
  }
  await t.step({
    name: "no permission",
    ignore: isRoot || Deno.build.os === "windows",
    fn: () =>
      inTree(async (folder) => {
        await Deno.chmod(`${folder}/a.csv`, 0);
        const error = await assertRejects(
          () => linesOf({ path: `${folder}/a.csv` }),
          "file.failed",
        );
        assert.match(
          error.message,
          /^cannot read ".*a\.csv": permission denied$/,
        );
      }),
  });
});

Deno.test("configs that can't work are refused", async (t) => {
  const cases: [string, Record<string, string | boolean | string[]>, RegExp][] =
    [
      ["a name without a format", { path: "data.bin" }, /format is required/],
      [
        "following what is packed",
        { path: "a.csv.gz", follow: true },
        /follow must be false/,
      ],
      [
        "read_from without follow",
        { path: "a.csv", read_from: "end" },
        /needs follow = true/,
      ],
      [
        "columns of JSON",
        { path: "a.jsonl", columns: ["a"] },
        /columns is for csv and tsv/,
      ],
      [
        "two characters between fields",
        { path: "a.csv", delimiter: ";;" },
        /one ASCII character/,
      ],
      [
        "quotes between fields",
        { path: "a.csv", delimiter: '"' },
        /quote must not be/,
      ],
    ];
  for (const [name, config, expected] of cases) {
    await t.step(name, async () => {
      await assert.rejects(() => openInput(config), expected);
    });
  }
});

const onPosix = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name, ignore: Deno.build.os === "windows", fn });

function fifo(path: string): void {
  new Deno.Command("mkfifo", { args: [path] }).outputSync();
}

onPosix(
  "pipes, devices and sockets are refused before anything is opened",
  () =>
    inFolder(async (folder) => {
      fifo(`${folder}/pipe.log`);
      await Deno.symlink(`${folder}/pipe.log`, `${folder}/link.log`);
      using _socket = Deno.listen({
        transport: "unix",
        path: `${folder}/s.log`,
      });
      const cases = [
        [`${folder}/pipe.log`, /pipe\.log" is a named pipe$/],
        [`${folder}/link.log`, /link\.log" is a named pipe$/],
        [`${folder}/s.log`, /s\.log" is a socket$/],
        ["/dev/null", /"\/dev\/null" is a device$/],
        ["/dev/stdin", /"\/dev\/stdin" is a stream of this process$/],
        ["/dev/fd/0", /is a stream of this process$/],
      ] as const;
      for (const [path, expected] of cases) {
        for (const follow of [false, true]) {
          const error = await assertRejects(
            () => openInput({ path, format: "lines", follow }),
            "config.value_invalid",
          );
          assert.match(error.message, expected);
        }
      }
    }),
);

onPosix(
  "a file is read once, whatever names lead to it",
  () =>
    inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/real.log`, "1\n");
      await Deno.link(`${folder}/real.log`, `${folder}/hard.log`);
      await Deno.symlink("real.log", `${folder}/alias.log`);
      const config = { path: `${folder}/*.log` };
      const lines = await linesOf(config);
      assertEquals(lines.map((line) => JSON.parse(line)), [{
        data: { line: "1" },
        metadata: { file: `${folder}/hard.log`, line: 1 },
      }]);
    }),
);

Deno.test({
  name: "a name that is no UTF-8 is told, never passed over in silence",
  ignore: Deno.build.os !== "linux",
  fn: async (t) => {
    const cases: [string, string, string][] = [
      ["a folder that may hold matches", "d\\351/a.log", "**/*.log"],
      ["a file that matches", "a\\351.log", "*.log"],
    ];
    for (const [name, made, pattern] of cases) {
      await t.step(name, () =>
        inFolder(async (folder) => {
          const script = `cd "$1"; n=$(printf '${made}'); ` +
            'case $n in */*) mkdir "${n%/*}";; esac; echo x > "$n"';
          new Deno.Command("sh", { args: ["-c", script, "sh", folder] })
            .outputSync();
          await Deno.writeTextFile(`${folder}/b.log`, "b\n");
          const path = `${folder}/${pattern}`;
          const error = await assertRejects(
            () => openInput({ path }),
            "config.value_invalid",
          );
          assert.match(error.message, /^cannot read ".*\ufffd.*UTF-8$/);
          const context: TestContext = new TestContext({
            onSleep: (ms) => {
              if (ms > 0 && context.warnings.length > 0) context.stop.abort();
            },
          });
          const lines = await linesOf(
            { path, follow: true },
            undefined,
            context,
          );
          assertEquals(lines.length, 1);
          assert.match(
            context.warnings[0],
            /is left out: its name is not UTF-8/,
          );
        }));
    }
    await t.step(
      "a folder that the pattern doesn't enter is nobody's",
      () =>
        inFolder(async (folder) => {
          const script = `mkdir "$1/$(printf 'd\\351')"`;
          new Deno.Command("sh", { args: ["-c", script, "sh", folder] })
            .outputSync();
          await Deno.writeTextFile(`${folder}/b.log`, "b\n");
          assertEquals((await linesOf({ path: `${folder}/*.log` })).length, 1);
        }),
    );
  },
});
