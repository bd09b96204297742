import {
  assert,
  assertEquals,
  assertFails,
} from "../../tests/support/assert.ts";
import { parseEnvFile } from "./env_file.ts";

Deno.test("parseEnvFile() reads what shells and dotenv agree on", async (t) => {
  const cases: readonly [string, string, Record<string, string>][] = [
    ["plain", "A=1\nB=two", { A: "1", B: "two" }],
    ["empty value", "A=", { A: "" }],
    ["spaces around", "  A = 1  ", { A: "1" }],
    ["inner spaces stay", "A=one two", { A: "one two" }],
    ["export", "export A=1", { A: "1" }],
    ["a variable named export", "export=1", { export: "1" }],
    ["comments and blank lines", "# hi\n\nA=1 # why\n", { A: "1" }],
    ["# inside a word", "A=a#b", { A: "a#b" }],
    ["only a comment as value", "A= # nothing", { A: "" }],
    ["= in the value", "A=b=c==", { A: "b=c==" }],
    ["double quotes", 'A=" b # c "', { A: " b # c " }],
    ["single quotes take all literally", "A='a\\n$b\"'", { A: 'a\\n$b"' }],
    ["escapes in double quotes", 'A="a\\n\\t\\"\\\\\\$b"', {
      A: 'a\n\t"\\$b',
    }],
    ["an unknown escape stays", 'A="C:\\dir"', { A: "C:\\dir" }],
    ["a comment after quotes", 'A="x" # why', { A: "x" }],
    ["several lines in quotes", 'A="one\ntwo"\nB=3', { A: "one\ntwo", B: "3" }],
    ["nothing is expanded", "A=$HOME/x", { A: "$HOME/x" }],
    ["CRLF and a byte order mark", "\ufeffA=1\r\nB=2\r\n", { A: "1", B: "2" }],
    ["the later one wins", "A=1\nA=2", { A: "2" }],
  ];
  for (const [name, text, expected] of cases) {
    await t.step(
      name,
      () => assertEquals(parseEnvFile(text, ".env"), expected),
    );
  }
});

Deno.test("parseEnvFile() names the line, never its text", async (t) => {
  const cases: readonly [string, string, string][] = [
    ["no =", "A=1\nhunter2", 'line 2: expected NAME=value, found no "="'],
    ["no name", "=hunter2", 'line 1: "" is no variable name'],
    ["a strange name", "\nA-B=hunter2", 'line 2: "A-B" is no variable name'],
    ["an open quote", 'A=1\nB="hunter2\n\n', 'line 2: " is never closed'],
    [
      "text after a quote",
      "A='x' hunter2",
      "line 1: unexpected text after the closing '",
    ],
  ];
  for (const [name, text, message] of cases) {
    await t.step(name, () => {
      const error = assertFails(
        () => parseEnvFile(text, ".env"),
        "config.env_file_invalid",
      );
      assertEquals(error.message, `cannot read .env, ${message}`);
      assert(!error.message.includes("hunter2"));
    });
  }
});
