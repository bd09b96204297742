import fc from "fast-check";
import {
  assert,
  assertEquals,
  assertRejects,
} from "../../tests/support/assert.ts";
import { linesOf } from "../../tests/support/file_input.ts";
import {
  batchOf,
  contents,
  envelopes,
  inFolder,
  run,
} from "../../tests/support/file_output.ts";
import type { LineBatch } from "../../core/sdk/serve/batch.ts";
import { CsvEncoder } from "./csv_encoder.ts";
import { JsonEncoder } from "./json_encoder.ts";

const MAX_BYTES = 100_000;
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("jsonl: the data as it came", async (t) => {
  const cases: [string, string, string][] = [
    [
      "as it is",
      envelopes("1.50", '{"a": [1, 2]}', '"ü"'),
      '1.50\n{"a": [1, 2]}\n"ü"\n',
    ],
    [
      "many digits",
      envelopes("12345678901234567890.10"),
      "12345678901234567890.10\n",
    ],
    ["metadata first", '{"metadata":{"a":1},"data":1.50}\n', "1.50\n"],
    ["no metadata", '{"data":1.50}\n', "1.50\n"],
    [
      "other keys",
      '{"x":1,"data":{"metadata":2},"metadata":{}}\n',
      '{"metadata":2}\n',
    ],
    ["the last of equal keys", '{"data":1,"metadata":{},"data":2}\n', "2\n"],
    ["spaces", '{ "data" : [ 1 ] , "metadata" : { } } \r\n', "[ 1 ]\n"],
    [
      "odd among usual ones",
      `${envelopes("1")}{"data":2}\n${envelopes("3")}`,
      "1\n2\n3\n",
    ],
  ];
  const encoder = new JsonEncoder(MAX_BYTES);
  for (const [name, text, expected] of cases) {
    await t.step(name, () => {
      assertEquals(decode(encoder.encode(batchOf(text))), expected);
    });
  }
});

Deno.test("jsonl: lines that are no envelopes are rejected, the others written", () => {
  const text = `${envelopes("1")}{"metadata":{}}\n{oops\n${envelopes("2")}`;
  const batch = batchOf(text) as LineBatch;
  assertEquals(decode(new JsonEncoder(MAX_BYTES).encode(batch)), "1\n2\n");
  assertEquals([...batch.rejections.keys()], [2, 3]);
});

Deno.test("csv: fields as RFC 4180 has them", async (t) => {
  const cases: [string, string[], string][] = [
    [
      "texts, numbers, booleans",
      ['{"a":"x","b":1.50,"c":true}'],
      "a,b,c\nx,1.50,true\n",
    ],
    [
      "many digits",
      ['{"a":12345678901234567890}'],
      "a\n12345678901234567890\n",
    ],
    ["null is nothing", ['{"a":null,"b":1}'], "a,b\n,1\n"],
    [
      "objects and lists are JSON",
      ['{"a":{"b": [1]},"c":[]}'],
      'a,c\n"{""b"": [1]}",[]\n',
    ],
    [
      "delimiters and quotes",
      ['{"a":"1,5","b":"say \\"hi\\""}'],
      'a,b\n"1,5","say ""hi"""\n',
    ],
    ["line ends", ['{"a":"x\\ny","b":"x\\r"}'], 'a,b\n"x\ny","x\r"\n'],
    ["spaces stay", ['{"a":" x "}'], "a\n x \n"],
    ["a lone empty field", ['{"a":""}', '{"a":null}'], 'a\n""\n""\n'],
    [
      "another order of keys",
      ['{"a":1,"b":2}', '{"b":4,"a":3}'],
      "a,b\n1,2\n3,4\n",
    ],
    ["missing keys", ['{"a":1,"b":2}', '{"b":4}'], "a,b\n1,2\n,4\n"],
    ["escaped keys", ['{"\\u0061,":1}'], '"a,"\n1\n'],
    ["UTF-8", ['{"ä":"ö"}'], "ä\nö\n"],
  ];
  for (const [name, data, expected] of cases) {
    await t.step(name, () =>
      inFolder(async (folder) => {
        await run({ path: `${folder}/a.csv` }, [envelopes(...data)]);
        assertEquals(contents(folder)["a.csv"], expected);
      }));
  }
});

Deno.test("csv: what is no row is rejected", () => {
  const encoder = new CsvEncoder(
    { delimiter: ",", columns: undefined },
    MAX_BYTES,
  );
  const text = `${
    envelopes('{"a":1}', "[1]", '{"a":2,"b":3}')
  }{"data":{"a":4}}\n{no\n`;
  const batch = batchOf(text) as LineBatch;
  assertEquals(decode(encoder.encode(batch)), "1\n4\n");
  assertEquals(
    [...batch.rejections.values()].map(({ seq, reason }) => [seq, reason]),
    [
      [2, "the data is no object"],
      [3, '"b" is no column'],
      [5, batch.rejections.get(5)!.reason],
    ],
  );
});

Deno.test("csv: columns of the config are a selection", () =>
  inFolder(async (folder) => {
    const config = { path: `${folder}/a.csv`, columns: ["c", "a"] };
    await run(config, [envelopes('{"a":1,"b":2,"c":3}')]);
    assertEquals(contents(folder)["a.csv"], "c,a\n3,1\n");
  }));

Deno.test("csv: a file's own header is gone on with", async (t) => {
  await t.step(
    "a later run takes its columns",
    () =>
      inFolder(async (folder) => {
        const path = `${folder}/a.csv`;
        await Deno.writeTextFile(path, '\ufeff"b,",a\r\n1,2\r\n');
        await run({ path }, [envelopes('{"a":4,"b,":3}')]);
        assertEquals(contents(folder)["a.csv"], '\ufeff"b,",a\r\n1,2\r\n3,4\n');
      }),
  );
  await t.step("also in gzip", () =>
    inFolder(async (folder) => {
      const path = `${folder}/a.csv.gz`;
      await run({ path }, [envelopes('{"b":1,"a":2}')]);
      await run({ path }, [envelopes('{"a":4,"b":3}')]);
      const lines = await linesOf({ path });
      assertEquals(lines.map((line) => JSON.parse(line).data), [
        { b: "1", a: "2" },
        { b: "3", a: "4" },
      ]);
    }));
  await t.step("other columns are refused", () =>
    inFolder(async (folder) => {
      const path = `${folder}/a.csv`;
      await Deno.writeTextFile(path, "a,b\n1,2\n");
      const error = await assertRejects(
        () => run({ path, columns: ["a", "c"] }, []),
        "config.value_invalid",
      );
      assert.match(error.message, /the columns of ".*" are others: a, b$/);
    }));
});

Deno.test("csv: what is written can be read again", async () => {
  const text = fc.string({
    unit: fc.constantFrom(..."ab,;\"\n\r\t\\äß😀 '".match(/./gsu)!),
  });
  const rows = fc.integer({ min: 1, max: 4 }).chain((width) =>
    fc.array(fc.array(text, { minLength: width, maxLength: width }), {
      minLength: 1,
      maxLength: 8,
    })
  );
  await fc.assert(
    fc.asyncProperty(
      rows,
      fc.constantFrom("csv", "tsv"),
      (rows, extension) =>
        inFolder(async (folder) => {
          const path = `${folder}/a.${extension}`;
          const objects = rows.map((row) =>
            Object.fromEntries(row.map((value, index) => [`c ${index}`, value]))
          );
          await run({ path }, [
            envelopes(...objects.map((object) => JSON.stringify(object))),
          ]);
          const lines = await linesOf({ path });
          assertEquals(lines.map((line) => JSON.parse(line).data), objects);
        }),
    ),
    { numRuns: 150 },
  );
});
