import { assert, assertFails } from "../../../tests/support/assert.ts";
import {
  allFunctions,
  evaluateText,
  testWorld,
} from "../../../tests/hcl/expressions/evaluate_text.ts";
import { join } from "node:path";
import { toJson } from "../value_json.ts";
import type { World } from "./world.ts";

async function run(text: string, changes: Partial<World>): Promise<string> {
  const functions = await allFunctions(testWorld(changes));
  return toJson(evaluateText(text, [], functions));
}

Deno.test("files are read relative to the configuration's folder", async (t) => {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.writeTextFileSync(join(folder, "a.txt"), "\ufeffhéllo\n");
    Deno.writeFileSync(join(folder, "binary"), new Uint8Array([0xff, 0, 1]));
    Deno.mkdirSync(join(folder, "sub"));
    Deno.writeTextFileSync(join(folder, "sub", "b.json"), '{"x":1}');
    Deno.truncateSync(
      Deno.makeTempFileSync({ dir: folder, prefix: "large" }),
      16 * 1024 * 1024 + 1,
    );
    const large = [...Deno.readDirSync(folder)]
      .find(({ name }) => name.startsWith("large"))!.name;
    const good: [string, string][] = [
      ['file("a.txt")', '"\ufeffhéllo\\n"'],
      ['file("./sub/b.json")', '"{\\"x\\":1}"'],
      ['jsondecode(file("sub/b.json")).x', "1"],
      ['filebase64("binary")', '"/wAB"'],
      ['fileexists("a.txt")', "true"],
      ['fileexists("nope")', "false"],
      ['file("~/a.txt")', '"\ufeffhéllo\\n"'],
      [
        `file(${JSON.stringify(join(folder, "sub", "b.json"))})`,
        '"{\\"x\\":1}"',
      ],
    ];
    const home = { folder, homeFolder: () => folder };
    for (const [text, expected] of good) {
      await t.step(text, async () => {
        assert.equal(await run(text, home), expected);
      });
    }
    const bad: [string, string][] = [
      ['file("nope.txt")', 'file(): there is no file "nope.txt"'],
      ['file("sub")', 'file(): "sub" is a folder'],
      ['file("binary")', 'file(): "binary" is not UTF-8 text'],
      [
        `file("${large}")`,
        `file(): "${large}" has 16777217 bytes, the most is 16 MiB`,
      ],
      ['fileexists("sub")', 'fileexists(): "sub" is a folder'],
      ['file("")', 'file(): "" is a folder'],
    ];
    for (const [text, message] of bad) {
      await t.step(text, async () => {
        const functions = await allFunctions(testWorld(home));
        const error = assertFails(
          () => evaluateText(text, [], functions),
          "config.file_unreadable",
        );
        assert.equal(error.message, message);
      });
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("paths follow the system they are on", async (t) => {
  const posix = {
    folder: "/conf",
    isWindows: false,
    homeFolder: () => "/home/me",
  };
  const windows = {
    folder: "C:\\conf",
    isWindows: true,
    homeFolder: () => "C:\\Users\\me",
  };
  const cases: [string, Partial<World>, string][] = [
    ['abspath("a/../b")', posix, '"/conf/b"'],
    ['abspath("/x")', posix, '"/x"'],
    ['pathexpand("~/.ssh")', posix, '"/home/me/.ssh"'],
    ['pathexpand("~")', posix, '"/home/me"'],
    ['pathexpand("~other/x")', posix, '"~other/x"'],
    ['pathexpand("a/~/b")', posix, '"a/~/b"'],
    ['basename("a\\\\b")', posix, '"a\\\\b"'],
    ['dirname("a\\\\b")', posix, '"."'],
    ['abspath("a\\\\..\\\\b")', windows, '"C:/conf/b"'],
    ['pathexpand("~\\\\x")', windows, '"C:\\\\Users\\\\me\\\\x"'],
    ['basename("C:\\\\a\\\\b.txt")', windows, '"b.txt"'],
    ['dirname("C:\\\\a\\\\b.txt")', windows, '"C:\\\\a"'],
    ['dirname("C:\\\\a")', windows, '"C:\\\\"'],
    ['dirname("a/b/c")', windows, '"a\\\\b"'],
  ];
  for (const [text, world, expected] of cases) {
    await t.step(
      `${text} on ${world.isWindows ? "Windows" : "others"}`,
      async () => {
        assert.equal(await run(text, world), expected);
      },
    );
  }
});

Deno.test("a file that can't be looked at is a problem, not a crash", async () => {
  const broken = () => {
    throw new Error("input/output error");
  };
  for (
    const [text, message] of [
      ['file("a")', 'file(): cannot look at "a": input/output error'],
      [
        'fileexists("a")',
        'fileexists(): cannot look at "a": input/output error',
      ],
    ]
  ) {
    const functions = await allFunctions(testWorld({ fileInfo: broken }));
    const error = assertFails(
      () => evaluateText(text, [], functions),
      "config.file_unreadable",
    );
    assert.equal(error.message, message);
  }
  const functions = await allFunctions(testWorld({
    fileInfo: () => ({ isFile: true, isFolder: false, sizeBytes: 1 }),
    readFile: broken,
  }));
  const error = assertFails(
    () => evaluateText('file("a")', [], functions),
    "config.file_unreadable",
  );
  assert.equal(error.message, 'file(): cannot read "a": input/output error');
});

Deno.test("a pipe is not waited for", async () => {
  const functions = await allFunctions(testWorld({
    fileInfo: () => ({ isFile: false, isFolder: false, sizeBytes: 0 }),
  }));
  const error = assertFails(
    () => evaluateText('file("pipe")', [], functions),
    "config.file_unreadable",
  );
  assert.equal(error.message, 'file(): "pipe" is no regular file');
});
