import fc from "fast-check";
import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { formatDeadLetter } from "./dead_letter_line.ts";

const WHY = {
  reason: "too old",
  code: "age",
  task: "t",
  output: "o",
  runId: "r",
  atMs: 0,
};
const SAID =
  '"dead_letter":{"reason":"too old","code":"age","task":"t","output":"o",' +
  '"run_id":"r","at":"1970-01-01T00:00:00.000Z"}';

function format(line: string): string {
  const bytes = formatDeadLetter(new TextEncoder().encode(line), WHY);
  return new TextDecoder().decode(bytes);
}

Deno.test("an envelope keeps its own bytes", async (t) => {
  const cases: [string, string, string][] = [
    [
      "metadata with members",
      '{"data":{"n":12345678901234567890},"metadata":{"a":1}}',
      `{"data":{"n":12345678901234567890},"metadata":{"a":1,${SAID}}}\n`,
    ],
    [
      "empty metadata, spaces",
      '{ "metadata" : { } , "data" : 1.10 }',
      `{ "metadata" : { ${SAID}} , "data" : 1.10 }\n`,
    ],
    ["no metadata", '{"data":1}', `{"data":1,"metadata":{${SAID}}}\n`],
    [
      "metadata inside data, and in strings",
      '{"data":{"metadata":{"x":"}"},"s":"\\"metadata\\":{"},"metadata":{"m":[1]}}',
      `{"data":{"metadata":{"x":"}"},"s":"\\"metadata\\":{"},"metadata":{"m":[1],${SAID}}}\n`,
    ],
    [
      "CRLF",
      '{"data":1,"metadata":{}}\r',
      `{"data":1,"metadata":{${SAID}}}\n`,
    ],
  ];
  for (const [name, line, expected] of cases) {
    await t.step(name, () => assert.equal(format(line), expected));
  }
});

Deno.test("what is no envelope goes as raw in base64", () => {
  for (
    const line of ["not json", "[1]", '{"x":1}', '{"data":1,"metadata":3}']
  ) {
    const { data, metadata } = JSON.parse(format(line));
    assert.equal(data, null);
    assert.equal(atob(metadata.dead_letter.raw), line);
    assert.equal(metadata.dead_letter.reason, "too old");
  }
});

Deno.test("what an input says of a wrong record can be read, and the line is whole", () => {
  const line = '{"metadata":{"line":3,"problem":"has 3 fields","raw":"1,2,3"}}';
  const { data, metadata } = JSON.parse(format(line));
  const { dead_letter, ...told } = metadata;
  assert.equal(data, null);
  assertEquals(told, { line: 3, problem: "has 3 fields", raw: "1,2,3" });
  assert.equal(atob(dead_letter.raw), line);
});

Deno.test("bytes that are no UTF-8 are kept, too", () => {
  const line = new Uint8Array([...new TextEncoder().encode('{"data":"'), 0xff]);
  const closed = new Uint8Array([...line, ...new TextEncoder().encode('"}')]);
  const dead = JSON.parse(
    new TextDecoder().decode(formatDeadLetter(closed, WHY)),
  );
  const raw = atob(dead.metadata.dead_letter.raw);
  assertEquals([...raw].map((c) => c.charCodeAt(0)), [...closed]);
});

Deno.test("any envelope says the same as before, and why it is dead", () => {
  const metadata = fc.dictionary(fc.string(), fc.jsonValue());
  fc.assert(
    fc.property(
      fc.jsonValue(),
      metadata,
      fc.boolean(),
      (data, meta, pretty) => {
        delete meta.dead_letter;
        delete meta.__proto__;
        const envelope = { data, metadata: meta };
        const line = pretty
          ? JSON.stringify(envelope, null, 1).replaceAll("\n", " ")
          : JSON.stringify(envelope);
        const dead = JSON.parse(format(line));
        const { dead_letter, ...rest } = dead.metadata;
        assert.equal(dead_letter.reason, "too old");
        assertEquals(JSON.stringify(rest), JSON.stringify(meta));
        assertEquals(JSON.stringify(dead.data), JSON.stringify(data));
      },
    ),
    { numRuns: 300 },
  );
});
