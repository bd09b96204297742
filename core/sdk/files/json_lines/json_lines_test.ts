import fc from "fast-check";
import { assert, assertEquals } from "../../../../tests/support/assert.ts";
import { JsonLines } from "./json_lines.ts";

const SIZE = 1 << 20;
const HEAD = '{"data":';
const MIDDLE = ',"metadata":{"line":';

function create(): JsonLines {
  const lines = new JsonLines([SIZE, SIZE]);
  lines.setTemplate(HEAD, MIDDLE);
  return lines;
}

const shared = create();

function load(text: string, lines = shared): number {
  // What an earlier test left behind must not look like a part of this one.
  lines.regions[0].bytes.fill(0x22, 0, Math.min(SIZE, text.length * 3 + 200));
  return new TextEncoder().encodeInto(text, lines.regions[0].bytes).written;
}

function written(to: number, lines = shared): string {
  return new TextDecoder().decode(lines.regions[1].bytes.subarray(0, to));
}

function wrap(text: string, line = 1) {
  const [input, output] = shared.regions;
  const result = shared.wrap(input, 0, load(text), output, 0, line);
  return { ...result, text: written(result.writtenTo) };
}

function unwrap(text: string) {
  const [input, output] = shared.regions;
  const result = shared.unwrap(input, 0, load(text), output, 0);
  return { ...result, text: written(result.writtenTo) };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const VALID = [
  "null",
  "true",
  "false",
  "0",
  "-0",
  "-0.0e-0",
  "12345678901234567890.10",
  "1E+5",
  '""',
  '"a"',
  '"exactly sixteen!"',
  '"fifteen letters"',
  '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00fFx"',
  '"tab \\t, umlaut ü, emoji 😀, DEL \x7f"',
  "[]",
  "[ ]",
  "{}",
  "{ }",
  "[1,2 , 3]",
  '{"a":{"b":[{},[],[[{}]]]},"":0}',
  '{"a" : 1 ,\t"b" : [ true , false ] }',
  `"${"x".repeat(1000)}\\n${"y".repeat(40)}"`,
  `${"[".repeat(5000)}${"]".repeat(5000)}`,
];

const INVALID = [
  "nul",
  "nulL",
  "truex",
  "True",
  "tru",
  "falsy",
  "fals",
  "01",
  "-",
  "-a",
  "+1",
  "1.",
  ".5",
  "1.e5",
  "1e",
  "1e+",
  "0x1F",
  "1 2",
  '"',
  '"abc',
  '"\\',
  '"\\x"',
  '"\\u12"',
  '"\\u12G4"',
  '"a\tb"',
  '"a\x00b"',
  "[",
  "]",
  "[1",
  "[1,]",
  "[,1]",
  "[1 2]",
  "[1}",
  "{",
  "}",
  '{"a"',
  '{"a":',
  '{"a":1',
  '{"a":1,}',
  '{"a" 1}',
  "{a:1}",
  "{1:1}",
  '{"a":1]',
  '{"a":1}}',
  '{"a":1},',
  "'a'",
  "NaN",
  "Infinity",
  "\x0b1",
  "\u00a01",
  "\ufeff1",
  "//",
];

Deno.test("wrap() takes what JSON.parse takes, byte for byte", async (t) => {
  for (const text of VALID) {
    await t.step(text.slice(0, 60), () => {
      assert(isJson(text));
      const result = wrap(`${text}\n`, 7);
      assertEquals(result.text, `${HEAD}${text}${MIDDLE}7}}\n`);
      assertEquals(result.status, "done");
      assertEquals([result.passedLines, result.writtenLines], [1, 1]);
    });
  }
});

Deno.test("wrap() refuses what JSON.parse refuses", async (t) => {
  for (const text of INVALID) {
    await t.step(text, () => {
      assert(!isJson(text));
      const result = wrap(`1\n${text}\n2\n`);
      assertEquals(result.status, "invalid");
      assertEquals(result.text, `${HEAD}1${MIDDLE}1}}\n`);
      assertEquals(result.consumedTo, 2);
      assert(result.errorAt >= 2 && result.errorAt <= 2 + text.length * 2);
    });
  }
});

Deno.test("wrap() counts blank lines, and leaves them out with blanks around values", () => {
  const result = wrap('\n  \r\n {"a": 1} \r\n\t\n2\n', 998);
  assertEquals(
    result.text,
    `${HEAD}{"a": 1}${MIDDLE}1000}}\n${HEAD}2${MIDDLE}1002}}\n`,
  );
  assertEquals([result.passedLines, result.writtenLines], [5, 2]);
});

Deno.test("wrap() writes line numbers beyond 32 bits", () => {
  const line = Number.MAX_SAFE_INTEGER - 1;
  assertEquals(wrap("1\n", line).text, `${HEAD}1${MIDDLE}${line}}}\n`);
});

Deno.test("wrap() stops before the line for which there is no room", () => {
  const lines = new JsonLines([1000, 200]);
  lines.setTemplate(HEAD, MIDDLE);
  const [input, output] = lines.regions;
  const text = "[1,2,3,4,5,6,7,8]\n".repeat(20);
  input.bytes.set(new TextEncoder().encode(text));
  const seen: string[] = [];
  let at = 0;
  while (at < text.length) {
    const result = lines.wrap(
      input,
      at,
      text.length,
      output,
      0,
      seen.length + 1,
    );
    assert(result.writtenLines > 0 && result.writtenTo <= 200);
    assertEquals(
      result.status,
      result.consumedTo < text.length ? "full" : "done",
    );
    const part = new TextDecoder().decode(
      output.bytes.subarray(0, result.writtenTo),
    );
    seen.push(...part.trimEnd().split("\n"));
    at = result.consumedTo;
  }
  assertEquals(
    seen,
    Array.from(
      { length: 20 },
      (_, index) => `${HEAD}[1,2,3,4,5,6,7,8]${MIDDLE}${index + 1}}}`,
    ),
  );
});

Deno.test("wrap() agrees with JSON.parse on damaged JSON", () => {
  const damage = fc.record({
    at: fc.nat(),
    remove: fc.nat({ max: 3 }),
    insert: fc.constantFrom(...'{}[]":,\\ue+-.0123 \ttrufalsn'.split(""), ""),
  });
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.json({ noUnicodeString: false }),
          fc.array(damage, { maxLength: 2 }),
        ),
        { minLength: 1, maxLength: 4 },
      ),
      (parts) => {
        const texts = parts.map(([json, damages]) => {
          for (const { at, remove, insert } of damages) {
            const from = json.length === 0 ? 0 : at % json.length;
            json = json.slice(0, from) + insert + json.slice(from + remove);
          }
          return json.toWellFormed();
        });
        const valid: string[] = [];
        for (const [index, text] of texts.entries()) {
          const value = text.replace(/^[ \t\r]+|[ \t\r]+$/g, "");
          if (value === "") continue;
          if (!isJson(text)) break;
          valid.push(`${HEAD}${value}${MIDDLE}${index + 1}}}\n`);
        }
        const result = wrap(texts.join("\n") + "\n");
        assertEquals(result.text, valid.join(""));
      },
    ),
    { numRuns: 3000 },
  );
});

Deno.test("unwrap() takes the payload out of lines of the usual shape", async (t) => {
  const payloads = [...VALID, '{"x":1,"metadata":{}}', '",\\"metadata\\":{}}"'];
  for (const payload of payloads) {
    await t.step(payload.slice(0, 60), () => {
      const lines = [
        `{"data":${payload},"metadata":{}}\n`,
        `{ "data" : ${payload} , "metadata" : {"a":[{}]} } \r\n`,
      ];
      const result = unwrap(lines.join(""));
      assertEquals(result.text, `${payload}\n`.repeat(2));
      assertEquals(result.writtenLines, 2);
    });
  }
});

Deno.test("unwrap() leaves every other line to the caller", async (t) => {
  const others = [
    "",
    "{}",
    '{"data":1}',
    '{"metadata":{},"data":1}',
    '{"data":1,"metadata":{},"data":2}',
    '{"data":1,"metadata":{},"more":2}',
    '{"data":1,"metadata":1}',
    '{"data":1,"metadata":null}',
    '{"data":1,"metadata":{}',
    '{"data":1,"metadata":{}}}',
    '{"data":1,"metadata":{"a":x}}',
    '{"data":x,"metadata":{}}',
    '{"data":,"metadata":{}}',
    '{"d\\u0061ta":1,"metadata":{}}',
    '{"Data":1,"metadata":{}}',
    '{"data":{"a":1,"metadata":{}}}',
    ' {"data":1,"metadata":{}}',
    '[{"data":1,"metadata":{}}]',
  ];
  for (const other of others) {
    await t.step(other, () => {
      const good = '{"data":1,"metadata":{}}\n';
      const result = unwrap(`${good}${other}\n${good}`);
      assertEquals(result.consumedTo, good.length);
      assertEquals(result.text, "1\n");
    });
  }
});

Deno.test("unwrap() gives back what wrap() took", () => {
  fc.assert(
    fc.property(fc.array(fc.json()), (values) => {
      const text = values.map((value) => `${value}\n`).join("");
      assertEquals(unwrap(wrap(text).text).text, text);
    }),
  );
});

Deno.test("findMembers() finds keys and values as written", () => {
  const [input] = shared.regions;
  const text = '{"a":1.50, "b\\"c" : {"d":[1,2]} ,"":"x,y"}';
  load(`{"data":${text},"metadata":{}}\n`);
  const data = shared.findData(input, 0)!;
  const members: number[] = [];
  assertEquals(shared.findMembers(input, data.from, members), 3);
  const at = (index: number) =>
    new TextDecoder().decode(
      input.bytes.subarray(members[index * 2], members[index * 2 + 1]),
    );
  assertEquals([0, 1, 2, 3, 4, 5].map(at), [
    '"a"',
    "1.50",
    '"b\\"c"',
    '{"d":[1,2]}',
    '""',
    '"x,y"',
  ]);
});

Deno.test("findMembers() refuses what is no object or too large", async (t) => {
  const [input] = shared.regions;
  const many = Array.from({ length: 9000 }, (_, index) => `"${index}":0`);
  const cases = [
    ["no members", "{}", 0],
    ["an array", "[]", -1],
    ["a broken object", '{"a":1', -1],
    ["more than the table holds", `{${many.join(",")}}`, -1],
    ["as many as are promised", `{${many.slice(0, 8000).join(",")}}`, 8000],
  ] as const;
  for (const [name, text, count] of cases) {
    await t.step(name, () => {
      load(`${text}\n`);
      assertEquals(shared.findMembers(input, 0, []), count);
    });
  }
});

Deno.test("countEnvelopes() counts up to the first stray line", () => {
  const line = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.nat({ max: 40 }).map((n) => `{${"x".repeat(n)}`),
    },
    { weight: 1, arbitrary: fc.constantFrom("", "x", " {", "\r") },
  );
  fc.assert(
    fc.property(fc.array(line), fc.nat({ max: 20 }), (lines, shift) => {
      const padding = "p".repeat(shift);
      const text = lines.map((line) => `${line}\n`).join("");
      const size = load(padding + text);
      const good = lines.findIndex((line) => !line.startsWith("{"));
      const count = good === -1 ? lines.length : good;
      const length = lines.slice(0, count).join("\n").length +
        Number(count > 0);
      assertEquals(
        shared.countEnvelopes(shared.regions[0], shift, size),
        { consumedTo: shift + length, lines: count },
      );
    }),
    { numRuns: 1000 },
  );
});

Deno.test("a template that doesn't fit is refused", () => {
  assert.throws(() => create().setTemplate("x".repeat(40_000), ""), RangeError);
});
