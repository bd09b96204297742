import { assertEquals } from "../../../tests/support/assert.ts";
import { FakeHost } from "../../../tests/support/fake_host.ts";
import { readFirstLine } from "./first_line.ts";

const PRETTY = '{\n  "a": 1,\n  "b": { "c": "}" }\n}';

Deno.test("readFirstLine() takes a line, or a config over several", async (t) => {
  const cases: [string, string[], string, string][] = [
    ["a line", ['{"a":1}\n'], '{"a":1}', ""],
    ["a line and what follows", ['{"a":1}\n{"b":2}\n'], '{"a":1}', '{"b":2}\n'],
    ["a line in two reads", ['{"a"', ":1}\nx"], '{"a":1}', "x"],
    ["a line without its end", ['{"a":1}'], '{"a":1}', ""],
    ["several lines", [`${PRETTY}\n`], PRETTY, ""],
    ["several lines without the last end", [PRETTY], PRETTY, ""],
    [
      "several lines and what follows",
      [`${PRETTY}\n{"x":1}\n`],
      PRETTY,
      '{"x":1}\n',
    ],
    [
      "several lines in several reads",
      ["{\n", '  "a": 1,\n  "b"', ': { "c": "}" }\n', "}\nx"],
      PRETTY,
      "x",
    ],
    ["Windows' line ends", ['{\r\n"a": 1\r\n}\r\n'], '{\r\n"a": 1\r\n}\r', ""],
    ["no JSON at all", ["hello\n{}\n"], "hello", "{}\n"],
    ["a wrong line is not waited on", ['{"a":}\n{}\n'], '{"a":}', "{}\n"],
  ];
  for (const [name, reads, text, rest] of cases) {
    await t.step(name, async () => {
      const host = new FakeHost();
      for (const read of reads) host.put(read);
      await host.endStdin();
      const first = await readFirstLine(host);
      assertEquals(first?.text, text);
      assertEquals(new TextDecoder().decode(first?.rest), rest);
    });
  }
});
