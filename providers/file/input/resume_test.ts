import fc from "fast-check";
import {
  assert,
  assertEquals,
  assertRejects,
} from "../../../tests/support/assert.ts";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { FinalError, type Json, type JsonObject } from "@dstream/sdk";
import {
  batchesOf,
  inFolder,
  linesOf,
  openInput,
  TestContext,
} from "../../../tests/support/file_input.ts";

const encoder = new TextEncoder();

/** How a file of a test is written: plain, or compressed as its name says. */
function pack(name: string, content: string): Uint8Array {
  const bytes = encoder.encode(content);
  if (name.endsWith(".gz")) return gzipSync(bytes);
  if (name.endsWith(".zst")) return zstdCompressSync(bytes);
  return bytes;
}

Deno.test("a run that stops at any state goes on exactly there", async () => {
  const content = fc.array(
    fc.constantFrom("1", '"ab"', "[1,2,3]", "", "  ", `"${"x".repeat(30)}"`),
    { maxLength: 12 },
  ).map((lines) => lines.join("\n"));
  const file = fc.record({
    extension: fc.constantFrom("jsonl", "log", "csv", "jsonl.gz", "csv.zst"),
    content,
    end: fc.constantFrom("", "\n", "\r\n"),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(file, { maxLength: 3 }), async (files) => {
      await inFolder(async (folder) => {
        for (const [index, { extension, content, end }] of files.entries()) {
          const name = `${index}.${extension}`;
          const isCsv = extension.startsWith("csv");
          const text = isCsv
            ? `h\n${content.replace(/["\[\],]/g, "q")}${end}`
            : content + end;
          await Deno.writeFile(`${folder}/${name}`, pack(name, text));
        }
        if (files.length === 0) return;
        const config = {
          path: `${folder}/*.{jsonl,log,csv,jsonl.gz,csv.zst}`,
          format: undefined,
        };
        await checkEveryState(config.path);
      });
    }),
    { numRuns: 60 },
  );
});

/** Runs once whole, then from each of its states. */
async function checkEveryState(path: string): Promise<void> {
  const whole: string[] = [];
  const states: { state: Json; seen: number }[] = [];
  const config = { path, format: "jsonl" };
  const open = () => openByName(config.path);
  for await (const { lines, state } of batchesOf(await open())) {
    whole.push(...lines);
    if (state !== undefined) states.push({ state, seen: whole.length });
  }
  assert(states.length > 0);
  for (const { state, seen } of states) {
    const rest: string[] = [];
    const context = new TestContext();
    for await (const { lines } of batchesOf(await open(), state, context)) {
      rest.push(...lines);
    }
    assertEquals(rest, whole.slice(seen));
    assertEquals(context.warnings, []);
  }
}

/** Every file by its own name's format. */
async function openByName(path: string) {
  const { FileInput } = await import("./input.ts");
  const { parseConfig } = await import("@dstream/sdk");
  const { config } = await import("./config.ts");
  const { SMALL } = await import("../../../tests/support/file_input.ts");
  return await FileInput.open(parseConfig(config, { path }).values!, SMALL);
}

/** The last state of a run over the file as it is. */
async function lastState(path: string): Promise<Json> {
  let last: Json | undefined;
  for await (const { state } of batchesOf(await openInput({ path }))) {
    last = state ?? last;
  }
  return last!;
}

const FIRST = '{"n":1}\n{"n":2}\n{"n":3}\n';

function numbers(lines: readonly string[]): unknown[] {
  return lines.map((line) => JSON.parse(line).data.n);
}

Deno.test("a second run reads what has come, and says when a file is another", async (t) => {
  const cases: {
    name: string;
    change: (path: string) => void;
    expected: number[];
    warns?: boolean;
  }[] = [
    { name: "nothing happened", change: () => {}, expected: [] },
    {
      name: "lines were appended",
      change: (path) =>
        Deno.writeTextFileSync(path, '{"n":4}\n', { append: true }),
      expected: [4],
    },
    {
      name: "it was copied to another disk",
      change: (path) => {
        Deno.renameSync(path, `${path}.old`);
        Deno.writeTextFileSync(path, FIRST + '{"n":4}\n');
        Deno.removeSync(`${path}.old`);
      },
      expected: [4],
    },
    {
      name: "it was cut",
      change: (path) => Deno.writeTextFileSync(path, '{"n":1}\n'),
      expected: [1],
      warns: true,
    },
    {
      name: "it is another file of the same length",
      change: (path) =>
        Deno.writeTextFileSync(path, FIRST.replaceAll("1", "7")),
      expected: [7, 2, 3],
      warns: true,
    },
    {
      name: "it is longer, but what was read has changed",
      change: (path) =>
        Deno.writeTextFileSync(path, FIRST.replace("3", "8") + '{"n":9}\n'),
      expected: [1, 2, 8, 9],
      warns: true,
    },
  ];
  for (const { name, change, expected, warns = false } of cases) {
    await t.step(name, () =>
      inFolder(async (folder) => {
        const path = `${folder}/a.jsonl`;
        await Deno.writeTextFile(path, FIRST);
        const state = await lastState(path);
        change(path);
        const context = new TestContext();
        assertEquals(
          numbers(await linesOf({ path }, state, context)),
          expected,
        );
        assertEquals(context.warnings.length, warns ? 1 : 0);
        if (warns) {
          assert.match(context.warnings[0], /is not the file that was/);
        }
      }));
  }
});

Deno.test("a renamed file is known again", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a.jsonl`, FIRST);
    const state = await lastState(`${folder}/*.jsonl`);
    await Deno.rename(`${folder}/a.jsonl`, `${folder}/b.jsonl`);
    await Deno.writeTextFile(`${folder}/a.jsonl`, '{"n":5}\n');
    await Deno.writeTextFile(`${folder}/b.jsonl`, '{"n":4}\n', {
      append: true,
    });
    const lines = await linesOf({ path: `${folder}/*.jsonl` }, state);
    assertEquals(numbers(lines), [5, 4]);
  }));

Deno.test("a compressed file is another when its content is, or its place is gone", async (t) => {
  for (const extension of ["gz", "zst"]) {
    await t.step(extension, () =>
      inFolder(async (folder) => {
        const path = `${folder}/a.jsonl.${extension}`;
        const many = Array.from({ length: 3000 }, (_, n) => `{"n":${n}}\n`);
        await Deno.writeFile(path, pack(path, many.join("")));
        const input = await openInput({ path });
        let state: Json | undefined;
        let seen = 0;
        for await (const batch of batchesOf(input)) {
          seen += batch.lines.length;
          state = batch.state;
          if (seen > 1000) break;
        }
        const rest = await linesOf({ path }, state);
        assertEquals(numbers(rest), [...many.keys()].slice(seen));

        await Deno.writeFile(path, pack(path, many.slice(0, 10).join("")));
        const context = new TestContext();
        const again = await linesOf({ path }, state, context);
        assertEquals(again.length, 10);
        assertEquals(context.warnings.length, 1);
      }));
  }
});

Deno.test("a compressed file that was read isn't unpacked again", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.jsonl.gz`;
    await Deno.writeFile(path, pack(path, FIRST));
    const state = await lastState(path);
    const bytes = await Deno.readFile(path);
    bytes.fill(0, bytes.length - 8); // its checksum: unpacking would fail
    await Deno.writeFile(path, bytes);
    // The begin is compared, and such a short file is all begin.
    const files = (state as { files: { head: { bytes: number } }[] }).files;
    files[0].head = (await headOf(path)) as { bytes: number };
    assertEquals(await linesOf({ path }, state), []);
  }));

async function headOf(path: string): Promise<unknown> {
  const { readHead } = await import("./place.ts");
  using file = await Deno.open(path);
  return readHead(file);
}

Deno.test("a stored state that is none is refused", async (t) => {
  const cases: [string, Json][] = [
    ["another version", { version: 2, files: [] }],
    ["a number", 5],
    ["no places", { version: 1, files: [{ path: "a" }] }],
  ];
  for (const [name, state] of cases) {
    await t.step(name, () =>
      inFolder(async (folder) => {
        const path = `${folder}/a.jsonl`;
        await Deno.writeTextFile(path, FIRST);
        await assertRejects(
          () => linesOf({ path }, state),
          "file.state_invalid",
        );
      }));
  }
});

Deno.test("a stop between two batches leaves a state that goes on there", () =>
  inFolder(async (folder) => {
    for (let file = 0; file < 5; file++) {
      const lines = Array.from(
        { length: 20 },
        (_, n) => `{"n":${file * 20 + n}}\n`,
      );
      await Deno.writeTextFile(`${folder}/${file}.jsonl`, lines.join(""));
    }
    const path = `${folder}/*.jsonl`;
    const seen: string[] = [];
    let state: Json | undefined;
    for (let runs = 0; seen.length < 100; runs++) {
      assert(runs < 100);
      const context = new TestContext();
      let batches = 0;
      const input = await openInput({ path });
      for await (const batch of batchesOf(input, state, context)) {
        seen.push(...batch.lines);
        state = batch.state ?? state;
        if (++batches === 3) context.stop.abort();
      }
    }
    assertEquals(numbers(seen), [...Array(100).keys()]);
  }));

Deno.test("behind the last good record before a bad one there is a state", async (t) => {
  const cases: [string, string, string, string, string[]][] = [
    ["JSON Lines", "a.jsonl", "1\n2\n{bad\n4\n", "1\n2\n3\n4\n", ["1", "2"]],
    ["the very first line", "a.jsonl", "{bad\n2\n", "1\n2\n", []],
    ["CSV", "a.csv", "n\n1\n2\n3,3\n4\n", "n\n1\n2\n3\n4\n", ["1", "2"]],
    ["a header", "a.csv", "n,n\n1,1\n", "n,m\n1,1\n", []],
  ];
  for (const follow of [false, true]) {
    for (const [name, file, bad, mended, before] of cases) {
      await t.step(
        `${name}${follow ? ", followed" : ""}`,
        () =>
          inFolder(async (folder) => {
            const path = `${folder}/${file}`;
            await Deno.writeTextFile(path, bad);
            const first = await untilFailure({ path, follow });
            assertEquals(first.values, before);
            const second = await untilFailure({ path, follow }, first.state);
            assertEquals(second.values, []);
            assertEquals(second.message, first.message);

            await Deno.writeTextFile(path, mended);
            const rest = await linesOf({ path }, second.state);
            const isCsv = file.endsWith("csv");
            const count = mended.trimEnd().split("\n").length - Number(isCsv);
            assertEquals(rest.length, count - before.length);
          }),
      );
    }
  }
});

Deno.test("a bad record costs the files behind it nothing", () =>
  inFolder(async (folder) => {
    const path = `${folder}/*.jsonl`;
    await Deno.writeTextFile(`${folder}/a.jsonl`, "1\n");
    await Deno.writeTextFile(`${folder}/b.jsonl`, "2\n");
    const state = await lastState(path);
    await Deno.writeTextFile(`${folder}/a.jsonl`, "1\n{bad\n");
    const failed = await untilFailure({ path }, state);
    assertEquals(failed.values, []);
    await Deno.writeTextFile(`${folder}/a.jsonl`, "1\n3\n");
    const rest = await linesOf({ path }, failed.state);
    assertEquals(rest.map((line) => JSON.parse(line).data), [3]);
  }));

/** What came before the input could not go on. */
async function untilFailure(config: JsonObject, resume?: Json) {
  const values: string[] = [];
  let last: Json | undefined;
  try {
    const input = await openInput(config);
    for await (const { lines, state } of batchesOf(input, resume)) {
      for (const line of lines) {
        const { data } = JSON.parse(line);
        values.push(String(data.n ?? data));
      }
      last = state;
    }
  } catch (error) {
    assert(error instanceof FinalError, String(error));
    return { values, state: last, message: error.message };
  }
  throw new Error("it did not fail");
}
