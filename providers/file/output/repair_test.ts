import { assert, assertEquals } from "../../../tests/support/assert.ts";
import {
  batchOf,
  contents,
  envelopes,
  inFolder,
  openOutput,
  run,
  TestContext,
} from "../../../tests/support/file_output.ts";
import { linesOf } from "../../../tests/support/file_input.ts";
import { compress } from "./member_writer.ts";
import { findWholeBytes } from "./whole_records.ts";

const LOCK = ".a.jsonl.lock";

Deno.test("findWholeBytes() ends after the last whole record", async (t) => {
  const encode = (text: string) => new TextEncoder().encode(text);
  const cases: [string, "lines" | "csv", string, number, number][] = [
    ["whole lines", "lines", "ab\ncd\n", 0, 6],
    ["half a line", "lines", "ab\ncd", 0, 3],
    ["only half a line", "lines", "ab", 0, 0],
    ["nothing", "lines", "", 0, 0],
    ["zeros", "lines", "ab\n\0\0\0\n\0", 0, 3],
    ["zeros in a line", "lines", "ab\nc\0d\nef\n", 0, 3],
    ["what is known is not looked at", "lines", "a\0\nb\n", 3, 5],
    ["csv: a line end in quotes is none", "csv", '1,"a\nb"\n2,"c\n', 0, 8],
    ["csv: doubled quotes", "csv", '"a""\n"\n"b""\n', 0, 7],
  ];
  for (const [name, kind, text, from, expected] of cases) {
    await t.step(name, () =>
      inFolder(async (folder) => {
        await Deno.writeFile(`${folder}/f`, encode(text));
        assertEquals(await findWholeBytes(`${folder}/f`, kind, from), expected);
      }));
  }
});

for (const packing of ["gzip", "zstd"] as const) {
  Deno.test(`findWholeBytes() finds whole members of ${packing}, cut anywhere`, () =>
    inFolder(async (folder) => {
      const path = `${folder}/f`;
      const members = await Promise.all(
        ["1\n", "22\n".repeat(50), "333\n"].map((text) =>
          compress([new TextEncoder().encode(text)], packing)
        ),
      );
      const bytes = new Uint8Array(members.flatMap((member) => [...member]));
      const ends = [0, 0, 0];
      let end = 0;
      members.forEach(({ length }, index) => ends[index] = end += length);
      for (let size = members[0].length; size <= bytes.length; size++) {
        await Deno.writeFile(path, bytes.subarray(0, size));
        const expected = ends.findLast((end) => end <= size);
        assertEquals(await findWholeBytes(path, packing, 0), expected);
      }
      bytes[ends[1] - (packing === "gzip" ? 6 : 1)] ^= 1; // a checksum
      await Deno.writeFile(path, bytes);
      assertEquals(await findWholeBytes(path, packing, 0), ends[0]);
      await Deno.writeTextFile(path, "not packed");
      assertEquals(await findWholeBytes(path, packing, 0), 0);
    }));
}

/** A run that was killed after it wrote `bytes`: its lock has its note. */
async function leave(
  path: string,
  lock: string,
  bytes: Uint8Array,
  wholeBytes = 0,
): Promise<void> {
  await Deno.writeFile(path, bytes);
  const note = { pid: 1, since: "2026-01-01", file: path, wholeBytes };
  await Deno.writeTextFile(lock, JSON.stringify(note));
}

Deno.test("cut at any byte, a file is repaired and gone on with", async (t) => {
  const cases: [string, string][] = [
    ["a.jsonl", ".a.jsonl.lock"],
    ["a.csv", ".a.csv.lock"],
    ["a.jsonl.gz", ".a.jsonl.gz.lock"],
    ["a.csv.gz", ".a.csv.gz.lock"],
  ];
  const data = ['{"n":"1"}', '{"n":"2\\n,"}', '{"n":"3"}'];
  for (const [name, lock] of cases) {
    await t.step(name, () =>
      inFolder(async (folder) => {
        const path = `${folder}/${name}`;
        const flushed: number[] = [];
        const context = new TestContext();
        const output = await openOutput({ path }, context);
        for (const one of data) {
          await output.write(batchOf(envelopes(one)), context);
          await output.flush();
          flushed.push(Deno.statSync(path).size);
        }
        await output.end(context);
        await output.close();
        const whole = await Deno.readFile(path);
        // Members are long and all alike to a cut.
        const step = name.endsWith(".gz") ? 3 : 1;
        for (let size = 0; size <= whole.length; size += step) {
          const acked = flushed.filter((end) => end <= size).length;
          const known = acked === 0 ? 0 : flushed[acked - 1];
          const torn = whole.subarray(0, size);
          await leave(path, `${folder}/${lock}`, torn, known);
          // What was not acknowledged comes again.
          await run({ path }, data.slice(acked).map((one) => envelopes(one)));
          const numbers = (await linesOf({ path }))
            .map((line) => JSON.parse(line).data.n);
          assertEquals(numbers, ["1", "2\n,", "3"], `cut at ${size}`);
        }
      }));
  }
});

Deno.test("a repair is said, with the bytes and not their content", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.jsonl`;
    const torn = new TextEncoder().encode('"ok"\n"secr');
    await leave(path, `${folder}/${LOCK}`, torn);
    const context = new TestContext();
    await run({ path }, [envelopes("1")], context);
    assertEquals(await Deno.readTextFile(path), '"ok"\n1\n');
    assertEquals(context.warnings.length, 1);
    assert.match(context.warnings[0], /cut off half a record, 5 bytes/);
    assert(!context.warnings[0].includes("secr"));
  }));

Deno.test("without a killed writer nothing is cut off", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.jsonl`;
    await Deno.writeTextFile(path, '"mine"\n"without end');
    await run({ path }, [envelopes("1")]);
    assertEquals(await Deno.readTextFile(path), '"mine"\n"without end\n1\n');
  }));

Deno.test("a note that can't be read makes no difference to whole lines", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.jsonl`;
    await Deno.writeTextFile(path, "1\n");
    await Deno.writeTextFile(`${folder}/${LOCK}`, "\0\0\0");
    await run({ path }, [envelopes("2")]);
    assertEquals(contents(folder), { "a.jsonl": "1\n2\n" });
  }));

Deno.test("parts that were left are gone on with or finished", async (t) => {
  const path = (folder: string) => `${folder}/a-{date}-{seq}.jsonl`;
  const lock = (folder: string) => `${folder}/.a-{date}-{seq}.jsonl.lock`;
  const today = "a-2026-11-20-";
  const yesterday = "a-2026-11-19-";
  const cases: {
    name: string;
    there: Record<string, string>;
    noted?: string;
    expected: Record<string, string>;
  }[] = [
    {
      name: "today's is gone on with",
      there: { [`${today}000002.jsonl.part`]: "1\n2" },
      noted: `${today}000002.jsonl.part`,
      expected: { [`${today}000002.jsonl`]: "1\nnew\n" },
    },
    {
      name: "yesterday's is finished",
      there: { [`${yesterday}000002.jsonl.part`]: "1\n2" },
      noted: `${yesterday}000002.jsonl.part`,
      expected: {
        [`${yesterday}000002.jsonl`]: "1\n",
        [`${today}000001.jsonl`]: "new\n",
      },
    },
    {
      name: "one that nobody noted, beside newer ones",
      there: {
        [`${today}000001.jsonl.part`]: "1\n2",
        [`${today}000002.jsonl`]: "3\n",
        [`${today}000003.jsonl.part`]: "4\n5",
      },
      expected: {
        [`${today}000001.jsonl`]: "1\n",
        [`${today}000002.jsonl`]: "3\n",
        [`${today}000003.jsonl`]: "4\nnew\n",
      },
    },
    {
      name: "one that nobody noted and nothing of which is whole",
      there: { [`${today}000001.jsonl.part`]: "1" },
      expected: {
        [`${today}000001.jsonl.part`]: "1",
        [`${today}000002.jsonl`]: "new\n",
      },
    },
    {
      name: "an empty one is removed",
      there: { [`${today}000001.jsonl.part`]: "tor" },
      noted: `${today}000001.jsonl.part`,
      expected: { [`${today}000001.jsonl`]: "new\n" },
    },
    {
      name: "the one that was noted got its name already",
      there: { [`${today}000001.jsonl`]: "1\n" },
      noted: `${today}000001.jsonl.part`,
      expected: {
        [`${today}000001.jsonl`]: "1\n",
        [`${today}000002.jsonl`]: "new\n",
      },
    },
  ];
  for (const { name, there, noted, expected } of cases) {
    await t.step(name, () =>
      inFolder(async (folder) => {
        for (const [file, text] of Object.entries(there)) {
          await Deno.writeTextFile(`${folder}/${file}`, text);
        }
        if (noted !== undefined) {
          const file = `${folder}/${noted}`;
          const note = { pid: 1, since: "2026", file, wholeBytes: 0 };
          await Deno.writeTextFile(lock(folder), JSON.stringify(note));
        }
        await run({ path: path(folder), format: "envelopes" }, ["{new\n"]);
        const found = Object.fromEntries(
          Object.entries(contents(folder))
            .map(([file, text]) => [file, text.replace("{", "")]),
        );
        assertEquals(found, expected);
      }));
  }
});

Deno.test("a run that can't start leaves what is to be repaired to the next", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.csv`;
    await leave(
      path,
      `${folder}/.a.csv.lock`,
      new TextEncoder().encode("a\n1\n2"),
    );
    await assert.rejects(() => openOutput({ path, columns: ["b"] }));
    await run({ path }, [envelopes('{"a":3}')]);
    assertEquals(await Deno.readTextFile(path), "a\n1\n3\n");
  }));

Deno.test("a run that can't start leaves nothing else behind", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.csv`;
    await Deno.writeTextFile(path, "a\n1\n");
    await assert.rejects(() => openOutput({ path, columns: ["b"] }));
    assertEquals(contents(folder), { "a.csv": "a\n1\n" });
  }));
