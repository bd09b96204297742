import {
  assert,
  assertEquals,
  assertRejects,
} from "../../../tests/support/assert.ts";
import {
  inFolder,
  linesOf,
  openInput,
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
      const found = finder.find().map((path) => path.slice(folder.length + 1));
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
        const found = finder.find().map((path) =>
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
