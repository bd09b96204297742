import fc from "fast-check";
import {
  assert,
  assertEquals,
  assertRejects,
} from "../../../tests/support/assert.ts";
import {
  inFolder,
  linesOf,
  TestContext,
} from "../../../tests/support/file_input.ts";

/** The lines that a file of this content yields. */
function read(
  name: string,
  content: string | Uint8Array,
  config: Record<string, string | boolean | readonly string[]> = {},
  context?: TestContext,
): Promise<string[]> {
  return inFolder(async (folder) => {
    const path = `${folder}/${name}`;
    const bytes = typeof content === "string"
      ? new TextEncoder().encode(content)
      : content;
    await Deno.writeFile(path, bytes);
    const lines = await linesOf({ path, ...config }, undefined, context);
    // Of csv and tsv; what it says is in csv_table_test.ts.
    const table = '"metadata":{"table":"a",';
    return lines.map((line) =>
      line.replace(JSON.stringify(path), '"F"').replace(table, '"metadata":{')
    );
  });
}

function envelope(data: string, line: number): string {
  return `{"data":${data},"metadata":{"file":"F","line":${line}}}`;
}

const LONG = "x".repeat(2000);

Deno.test("jsonl: the data is the line, byte for byte", async (t) => {
  const cases: [string, string, string[]][] = [
    ["nothing", "", []],
    ["only blank lines", "\n \r\n\t\n", []],
    ["any value", '1\n"a"\nnull\n[]\n{}\n', [
      envelope("1", 1),
      envelope('"a"', 2),
      envelope("null", 3),
      envelope("[]", 4),
      envelope("{}", 5),
    ]],
    ["digits kept", '{"id":12345678901234567890,"x":1.10}\n', [
      envelope('{"id":12345678901234567890,"x":1.10}', 1),
    ]],
    ["CRLF", '{"a":1}\r\n{"b":2}\r\n', [
      envelope('{"a":1}', 1),
      envelope('{"b":2}', 2),
    ]],
    ["a last line without line feed", '{"a":1}\n{"b":2}', [
      envelope('{"a":1}', 1),
      envelope('{"b":2}', 2),
    ]],
    ["a byte order mark", '\ufeff{"a":1}\n', [envelope('{"a":1}', 1)]],
    ["a lone line of a byte order mark", "\ufeff", []],
    ["blank lines in between", "1\n\n\n2\n\n", [
      envelope("1", 1),
      envelope("2", 4),
    ]],
    ["UTF-8", '"äöü😀"\n', [envelope('"äöü😀"', 1)]],
    ["a line of many reads", `"${LONG}"\n2\n`, [
      envelope(`"${LONG}"`, 1),
      envelope("2", 2),
    ]],
  ];
  for (const [name, content, expected] of cases) {
    await t.step(name, async () => {
      assertEquals(await read("a.jsonl", content), expected);
    });
  }
});

Deno.test("envelopes: lines pass untouched", async (t) => {
  const line = '{"metadata":{}, "data":1.10}';
  const cases: [string, string, string[]][] = [
    ["nothing", "", []],
    ["as they are", `${line}\n{whatever\n`, [line, "{whatever"]],
    ["blank lines are left out", `\n${line}\n \r\n\n${line}\n\n`, [line, line]],
    ["CRLF passes", `${line}\r\n`, [`${line}\r`]],
    ["no last line feed", `${line}\n${line}`, [line, line]],
    ["a byte order mark is left out", `\ufeff${line}\n`, [line]],
  ];
  for (const [name, content, expected] of cases) {
    await t.step(name, async () => {
      const config = { format: "envelopes" };
      assertEquals(await read("a.jsonl", content, config), expected);
    });
  }
});

Deno.test("lines: each line is a text", async (t) => {
  const of = (text: string, line: number) =>
    envelope(`{"line":${JSON.stringify(text)}}`, line);
  const cases: [string, string, string[]][] = [
    ["nothing", "", []],
    ["as it stands", 'a "b"\\\n\tc \n', [of('a "b"\\', 1), of("\tc ", 2)]],
    ["CRLF", "a\r\nb\r\n", [of("a", 1), of("b", 2)]],
    ["empty lines are left out", "\na\n\n\r\nb", [of("a", 2), of("b", 5)]],
    ["a NUL and a lone CR", "a\0b\rc\n", [of("a\0b\rc", 1)]],
    ["a byte order mark in the middle stays", "a\n\ufeffb\n", [
      of("a", 1),
      of("\ufeffb", 2),
    ]],
    ["a line of many reads", `${LONG}\n`, [of(LONG, 1)]],
  ];
  for (const [name, content, expected] of cases) {
    await t.step(name, async () => {
      assertEquals(await read("a.log", content), expected);
    });
  }
});

Deno.test("csv: records as RFC 4180 has them, and as files are", async (t) => {
  const cases: [string, string, [object, number][]][] = [
    ["nothing", "", []],
    ["only a header", "a,b\n", []],
    ["a header without a line end", "a,b", []],
    ["LF", "a,b\n1,2\n3,4\n", [[{ a: "1", b: "2" }, 2], [
      { a: "3", b: "4" },
      3,
    ]]],
    ["CRLF", "a,b\r\n1,2\r\n", [[{ a: "1", b: "2" }, 2]]],
    ["no last line end", "a,b\r\n1,2", [[{ a: "1", b: "2" }, 2]]],
    ["a byte order mark", '\ufeff"a",b\n1,2\n', [[{ a: "1", b: "2" }, 2]]],
    ["empty fields", "a,b,c\n,,\n", [[{ a: "", b: "", c: "" }, 2]]],
    ["quoted fields", 'a,b\n"1","2"\n', [[{ a: "1", b: "2" }, 2]]],
    ["empty quoted fields", 'a,b\n"",""\n', [[{ a: "", b: "" }, 2]]],
    ["a quoted delimiter", 'a,b\n"1,5",2\n', [[{ a: "1,5", b: "2" }, 2]]],
    ["doubled quotes", 'a\n"say ""hi"""\n""""\n', [
      [{ a: 'say "hi"' }, 2],
      [{ a: '"' }, 3],
    ]],
    ["line ends in quotes", 'a,b\n"x\ny","\r\n"\n3,4\n', [
      [{ a: "x\ny", b: "\r\n" }, 2],
      [{ a: "3", b: "4" }, 5],
    ]],
    ["a header over two lines", '"a\nb"\n1\n', [[{ "a\nb": "1" }, 3]]],
    ["quotes inside a bare field", 'a,b\n5" disk,x"y"\n', [
      [{ a: '5" disk', b: 'x"y"' }, 2],
    ]],
    ["spaces are kept", "a,b\n 1 , 2\n", [[{ a: " 1 ", b: " 2" }, 2]]],
    ["a space before a quote", 'a,b\n1, "2"\n', [[{ a: "1", b: ' "2"' }, 2]]],
    ["blank lines", "\n\na\n\n1\n\r\n2\n\n", [[{ a: "1" }, 5], [
      { a: "2" },
      7,
    ]]],
    ["backslashes and controls", "a\n\\n\t\x01\n", [[{ a: "\\n\t\x01" }, 2]]],
    ["a lone CR", "a,b\n1\r2,3\n", [[{ a: "1\r2", b: "3" }, 2]]],
    ["UTF-8", "ä,b\nö,😀\n", [[{ ä: "ö", b: "😀" }, 2]]],
    ["a field of many reads", `a,b\n"${LONG}\n",2\n`, [
      [{ a: `${LONG}\n`, b: "2" }, 2],
    ]],
    ["numbers stay text", "a\n007\n1e5\n", [[{ a: "007" }, 2], [
      { a: "1e5" },
      3,
    ]]],
  ];
  for (const [name, content, expected] of cases) {
    await t.step(name, async () => {
      assertEquals(
        await read("a.csv", content),
        expected.map(([data, line]) => envelope(JSON.stringify(data), line)),
      );
    });
  }
});

Deno.test("csv: columns, header, delimiter and quote come from the config", async (t) => {
  const cases: [
    string,
    string,
    Record<string, string | boolean | string[]>,
    object[],
  ][] = [
    ["columns", "1,2\n", { columns: ["x", "y"] }, [{ x: "1", y: "2" }]],
    ["columns instead of the header", "a,b\n1,2\n", {
      columns: ["x", "y"],
      header: true,
    }, [{ x: "1", y: "2" }]],
    ["semicolons", "a;b\n1,5;2\n", { delimiter: ";" }, [{ a: "1,5", b: "2" }]],
    ["single quotes", "a,b\n'1,''5',\"2\"\n", { quote: "'" }, [
      { a: "1,'5", b: '"2"' },
    ]],
    ["nothing is quoted", 'a,b\n"1,2"\n', { quote: "" }, [{
      a: '"1',
      b: '2"',
    }]],
  ];
  for (const [name, content, config, expected] of cases) {
    await t.step(name, async () => {
      const lines = await read("a.csv", content, config);
      assertEquals(lines.map((line) => JSON.parse(line).data), expected);
    });
  }
});

Deno.test("tsv: tabs separate, quotes quote", async () => {
  const lines = await read("a.tsv", 'a\tb\n1,5\t"x\ty"\n');
  assertEquals(lines, [envelope('{"a":"1,5","b":"x\\ty"}', 2)]);
});

const NOT_UTF8 = new Uint8Array([0x22, 0x61, 0xff, 0x62, 0x22]);

/** `before`, a line of invalid UTF-8, `after`. */
function withBadLine(before: string, after: string): Uint8Array {
  const encoder = new TextEncoder();
  return new Uint8Array([
    ...encoder.encode(before),
    ...NOT_UTF8,
    ...encoder.encode(after),
  ]);
}

Deno.test("a record that is wrong is named with its line, and nothing else", async (t) => {
  const cases: [string, string, string | Uint8Array, RegExp][] = [
    [
      "no JSON",
      "a.jsonl",
      '1\n\n{"secret":x}\n',
      /line 3, is not JSON: see column 11$/,
    ],
    [
      "columns are characters",
      "a.jsonl",
      '"ä😀" secret\n',
      /line 1, .* see column 6$/,
    ],
    [
      "half JSON",
      "a.jsonl",
      '{"a":1',
      /line 1, is not JSON: it ends too early$/,
    ],
    [
      "no UTF-8",
      "a.jsonl",
      withBadLine("1\n", "\n2\n"),
      /line 2, is not UTF-8$/,
    ],
    [
      "no UTF-8 in text",
      "a.log",
      withBadLine("1\n", "\n2\n"),
      /line 2, is not UTF-8$/,
    ],
    [
      "no UTF-8 in csv",
      "a.csv",
      withBadLine("h\n1\n", "\n2\n"),
      /line 3, is not UTF-8$/,
    ],
    [
      "too many fields",
      "a.csv",
      "a,b\n1,2,3\n",
      /line 2, has 3 fields, not 2$/,
    ],
    ["too few fields", "a.csv", "a,b\n1\n", /line 2, has 1 fields, not 2$/],
    [
      "text after a quote",
      "a.csv",
      'a,b\n"1"x,2\n',
      /line 2, has text after a/,
    ],
    [
      "an open quote",
      "a.csv",
      'a,b\n1,2\n"1,2\n3,4\n',
      /line 3, has a quote that is never/,
    ],
  ];
  for (const [name, file, content, expected] of cases) {
    await t.step(name, async () => {
      const error = await assertRejects(
        () => read(file, content),
        "file.record_invalid",
      );
      assert.match(error.message, expected);
      assert(!error.message.includes("secret"));
    });
  }
});

Deno.test("what is before a wrong record is handed on first", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/a.jsonl`;
    await Deno.writeTextFile(path, "1\n2\nx\n");
    const { batchesOf, openInput } = await import(
      "../../../tests/support/file_input.ts"
    );
    const seen: string[] = [];
    await assertRejects(async () => {
      for await (const { lines } of batchesOf(await openInput({ path }))) {
        seen.push(...lines);
      }
    }, "file.record_invalid");
    assertEquals(seen.map((line) => JSON.parse(line).data), [1, 2]);
  });
});

Deno.test("on_invalid = skip leaves wrong records out and says so", async (t) => {
  const cases: [string, string, string | Uint8Array, unknown[]][] = [
    ["jsonl", "a.jsonl", withBadLine("1\nx\n", "\n2\n{"), [1, 2]],
    ["lines", "a.log", withBadLine("1\n", "\n2\n"), [{ line: "1" }, {
      line: "2",
    }]],
    ["csv", "a.csv", 'a,b\n1,2\n1\n"x"y,1\n3,4\n', [
      { a: "1", b: "2" },
      { a: "3", b: "4" },
    ]],
    ["a multi-line record", "a.csv", 'a,b\n"1\n2",3,4\n5,6\n', [{
      a: "5",
      b: "6",
    }]],
    ["an open quote costs its line", "a.csv", 'a,b\n"1,2\n3,4\n', [
      { a: "3", b: "4" },
    ]],
  ];
  for (const [name, file, content, expected] of cases) {
    await t.step(name, async () => {
      const context = new TestContext();
      const lines = await read(file, content, { on_invalid: "skip" }, context);
      assertEquals(lines.map((line) => JSON.parse(line).data), expected);
      assert.match(context.warnings[0], /^left out .*line [23]: it /);
    });
  }
});

Deno.test("on_invalid = skip doesn't flood the log", async () => {
  const context = new TestContext();
  await read("a.jsonl", "x\n".repeat(3000), { on_invalid: "skip" }, context);
  assertEquals(context.warnings.length, 13);
});

Deno.test("on_invalid = dead_letter sends wrong records on without data, as they stand", async (t) => {
  const cases: [string, string, string | Uint8Array, unknown[]][] = [
    ["a ragged row", "a.csv", "a,b\n1,2\n1,2,3\r\n3,4\n", [
      { a: "1", b: "2" },
      { line: 3, raw: "1,2,3", problem: "has 3 fields, not 2" },
      { a: "3", b: "4" },
    ]],
    ["several, and the last line", "a.csv", 'a,b\n"x"y,1\n7\n"p\nq",1,2', [
      { line: 2, raw: '"x"y,1', problem: "has text after a closing quote" },
      { line: 3, raw: "7", problem: "has 1 fields, not 2" },
      { line: 4, raw: '"p\nq",1,2', problem: "has 3 fields, not 2" },
    ]],
    ["no UTF-8", "a.csv", withBadLine("h\n1\n", "\n2\n"), [
      { h: "1" },
      { line: 3, raw: { base64: "ImH/YiI=" }, problem: "is not UTF-8" },
      { h: "2" },
    ]],
    ["no JSON", "a.jsonl", "1\nx\n", [
      1,
      { line: 2, raw: "x", problem: /^is not JSON/ },
    ]],
  ];
  for (const [name, file, content, expected] of cases) {
    await t.step(name, async () => {
      const lines = await read(file, content, { on_invalid: "dead_letter" });
      assertEquals(lines.length, expected.length);
      for (const [i, line] of lines.entries()) {
        const { data, metadata } = JSON.parse(line);
        const wanted = expected[i] as { problem?: string | RegExp };
        if (wanted.problem === undefined) assertEquals(data, wanted);
        else {
          const { problem, line, raw } = metadata;
          const { problem: reason, ...rest } = wanted;
          assertEquals([data, { line, raw }], [undefined, rest]);
          const [, said] = /^.*a\.\w+, line \d+, (.*)$/.exec(problem)!;
          assert.match(said, new RegExp(reason));
        }
      }
    });
  }
  await t.step("but a header can't be left out", async () => {
    await assertRejects(
      () => read("a.csv", "a,,b\n1,2,3\n", { on_invalid: "dead_letter" }),
      "file.header_invalid",
    );
  });
});

Deno.test("on_invalid = replace puts U+FFFD for what is no UTF-8", async (t) => {
  const cases: [string, string, Uint8Array, unknown[]][] = [
    ["jsonl", "a.jsonl", withBadLine("1\n", "\n2\n"), [1, "a\ufffdb", 2]],
    ["lines", "a.log", withBadLine("", ""), [{ line: '"a\ufffdb"' }]],
    ["csv", "a.csv", withBadLine("h\n", "\n"), [{ h: "a\ufffdb" }]],
  ];
  for (const [name, file, content, expected] of cases) {
    await t.step(name, async () => {
      const lines = await read(file, content, { on_invalid: "replace" });
      assertEquals(lines.map((line) => JSON.parse(line).data), expected);
    });
  }
  await t.step("but other mistakes still fail", async () => {
    await assertRejects(
      () => read("a.jsonl", "x\n", { on_invalid: "replace" }),
      "file.record_invalid",
    );
  });
});

Deno.test("a header that can't be used is refused", async (t) => {
  const cases: [string, string, RegExp][] = [
    ["a column twice", "a,b,a\n1,2,3\n", /its column "a" is there twice/],
    ["a column without a name", "a,,b\n1,2,3\n", /its column 2 has no name/],
    ["an open quote", 'a,"b\n1,2\n', /it has a quote that is never closed/],
  ];
  for (const [name, content, expected] of cases) {
    await t.step(name, async () => {
      const error = await assertRejects(
        () => read("a.csv", content, { on_invalid: "skip" }),
        "file.header_invalid",
      );
      assert.match(error.message, expected);
    });
  }
});

Deno.test("a line over the limit is refused with its place", async (t) => {
  for (const file of ["a.jsonl", "a.log", "a.csv"]) {
    await t.step(`as it lies in ${file}`, async () => {
      const error = await assertRejects(
        () => read(file, `"h"\n"${"x".repeat(5000)}"\n`),
        "file.line_too_long",
      );
      assert.match(error.message, /line 2, is longer than 4096 bytes/);
    });
    await t.step(`as an envelope from ${file}`, async () => {
      const error = await assertRejects(
        () => read(file, `"h"\n"${"x".repeat(4080)}"\n`),
        "file.record_invalid",
      );
      assert.match(error.message, /line 2, makes an envelope of more than/);
    });
  }
});

Deno.test("an envelope over the limit is refused, one at the limit passes", async () => {
  // It comes whole with the read that passes the limit.
  for (const size of [4095, 4096, 4100]) {
    const line = `{${"x".repeat(size - 1)}`;
    const reading = read("a.jsonl", `{}\n${line}\n`, { format: "envelopes" });
    if (size < 4096) assertEquals(await reading, ["{}", line]);
    else {
      const error = await assertRejects(() => reading, "file.record_invalid");
      assert.match(error.message, /line 2, is an envelope of more than/);
    }
  }
});

Deno.test("csv agrees with a reader of whole texts", async () => {
  const field = fc.oneof(
    fc.stringMatching(/^[a-z0-9 ]{0,6}$/),
    fc.string({
      unit: fc.constantFrom(",", '"', "\n", "\r", "x", "ä", "\\", "\t"),
    }),
  );
  const rows = fc.integer({ min: 1, max: 4 }).chain((width) =>
    fc.array(fc.array(field, { minLength: width, maxLength: width }), {
      maxLength: 8,
    })
  );
  await fc.assert(
    fc.asyncProperty(rows, fc.constantFrom("\n", "\r\n"), async (rows, end) => {
      const width = rows[0]?.length ?? 1;
      const columns = Array.from({ length: width }, (_, index) => `c${index}`);
      // A lone empty field has to be quoted, or it is a blank line.
      const write = (text: string) =>
        /[,"\r\n]/.test(text) || width === 1
          ? `"${text.replaceAll('"', '""')}"`
          : text;
      const content = rows.map((row) => row.map(write).join(",") + end).join(
        "",
      );
      const lines = await read("a.csv", content, { columns });
      assertEquals(
        lines.map((line) => Object.values(JSON.parse(line).data)),
        rows,
      );
    }),
    { numRuns: 200 },
  );
});

const bytesOf = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));

Deno.test("a file is never 0 envelopes because it could not be split", async (t) => {
  const utf16 = "\xff\xfei\0d\0,\0n\0\n\x001\0,\x002\0\n\0";
  const cases: [string, string, string, RegExp][] = [
    [
      "a header in Latin-1",
      "a.csv",
      "id,Gr\xf6\n1,5\n",
      /line 1, is not UTF-8$/,
    ],
    [
      "after blank lines",
      "a.csv",
      "\n\r\nGr\xf6\n1\n",
      /line 3, is not UTF-8$/,
    ],
    ["UTF-16 with its mark", "a.csv", utf16, /line 1, is UTF-16$/],
    ["big-endian", "a.tsv", "\xfe\xff\0i\0\n", /line 1, is UTF-16$/],
    ["without a mark", "a.csv", "i\0d\0\n\x001\0\n\0", /line 1, holds NUL/],
    ["text in UTF-16", "a.log", utf16, /line 1, is UTF-16$/],
    ["JSON in UTF-16", "a.jsonl", "\xff\xfe{\0", /line 1, is UTF-16$/],
    ["returns alone", "a.csv", "id\r1\r2\r", /line 1, has line ends that are/],
    [
      "returns, then one CRLF",
      "a.csv",
      "id\r1\r2\r\n",
      /line 1, has line ends/,
    ],
    ["returns after quotes", "a.csv", '"id"\r"1"\r', /text after a closing/],
  ];
  for (const [name, file, content, expected] of cases) {
    for (const onInvalid of ["fail", "skip"]) {
      await t.step(`${name}, on_invalid = ${onInvalid}`, async () => {
        const error = await assert.rejects(
          () => read(file, bytesOf(content), { on_invalid: onInvalid }),
          expected,
        );
        assertEquals(error, undefined);
      });
    }
  }
  await t.step(
    "a header with U+FFFD, where the config wants that",
    async () => {
      const content = bytesOf("Gr\xf6\n5\n");
      const lines = await read("a.csv", content, { on_invalid: "replace" });
      assertEquals(lines, [envelope('{"Gr\ufffd":"5"}', 2)]);
    },
  );
  await t.step(
    "a header that is passed over may be in any encoding",
    async () => {
      const config = { columns: ["size"], header: true };
      const lines = await read("a.csv", bytesOf("Gr\xf6\n5\n"), config);
      assertEquals(lines, [envelope('{"size":"5"}', 2)]);
    },
  );
  await t.step("a carriage return in a quoted name is one", async () => {
    const lines = await read("a.csv", '"a\rb"\n1\n');
    assertEquals(lines, [envelope('{"a\\rb":"1"}', 2)]);
  });
});

Deno.test("a csv without a record is empty", async (t) => {
  for (
    const content of ["", "\n", "\r\n\r\n", "\ufeff", "\ufeff\n", "\n\n\r\n"]
  ) {
    await t.step(JSON.stringify(content), async () => {
      assertEquals(await read("a.csv", content), []);
      assertEquals(await read("a.csv", content, { columns: ["a"] }), []);
    });
  }
  await t.step("more blank lines than one read takes", async () => {
    const content = "\n".repeat(100);
    assertEquals(await read("a.csv", content), []);
    const lines = await read("a.csv", `${content}a\n1\n`);
    assertEquals(lines, [envelope('{"a":"1"}', 102)]);
  });
});

Deno.test("a hole of NUL bytes is left out, said, and counts as no line", async (t) => {
  const hole = "\0".repeat(5000);
  const cases: [string, string, string, string[]][] = [
    ["at the begin", "a.log", `${hole}x\ny\n`, [
      envelope('{"line":"x"}', 1),
      envelope('{"line":"y"}', 2),
    ]],
    ["between lines", "a.jsonl", `1\n${hole}2\n`, [
      envelope("1", 1),
      envelope("2", 2),
    ]],
    ["at the end", "a.csv", `a\n1\n${hole}`, [envelope('{"a":"1"}', 2)]],
    ["before a header", "a.csv", `${hole}a\n1\n`, [envelope('{"a":"1"}', 2)]],
    ["nothing else", "a.log", hole, []],
  ];
  for (const [name, file, content, expected] of cases) {
    await t.step(name, async () => {
      const context = new TestContext();
      assertEquals(await read(file, content, {}, context), expected);
      assertEquals(context.warnings.length, 1);
      assert.match(context.warnings[0], /begins with a hole of NUL bytes$/);
    });
  }
  await t.step("a few are what somebody wrote", async () => {
    const lines = await read("a.log", "\0\0x\n");
    assertEquals(lines, [envelope('{"line":"\\u0000\\u0000x"}', 1)]);
  });
});
