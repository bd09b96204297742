import { damageFile } from "../../tests/config/damage.ts";
import { generateFile } from "../../tests/config/generate.ts";
import { Random } from "../../tests/config/random.ts";
import {
  assert,
  assertEquals,
  assertRejects,
} from "../../tests/support/assert.ts";
import { DiagnosticsError } from "../base/errors.ts";
import { format } from "./format.ts";
import { parse } from "./parse.ts";
import { SourceText } from "./source_text.ts";

Deno.test("format() lays out", async (t) => {
  const cases: [name: string, written: string, expected: string][] = [
    [
      "attributes in a row get their equals signs in a column",
      "a=1\nlong_name  =  2\n\nb   = 3\n",
      "a         = 1\nlong_name = 2\n\nb = 3\n",
    ],
    [
      "blocks by their depth",
      "a {\nb {\n      c = 1\n}\n  }\n",
      "a {\n  b {\n    c = 1\n  }\n}\n",
    ],
    [
      "comments, which stay",
      "# x\na {   // y\nb=1 # z\nlong=2   /* w */\n}\n",
      "# x\na {        // y\n  b    = 1 # z\n  long = 2 /* w */\n}\n",
    ],
    [
      "nothing in heredocs and strings",
      'a="x  =  y"\nb=<<-EOT\n     c=1\n  EOT\n',
      'a = "x  =  y"\nb = <<-EOT\n     c=1\n  EOT\n',
    ],
    ["line ends as they are", "a=1\r\nbc=2\r\n", "a  = 1\r\nbc = 2\r\n"],
    ["a last line without an end", "a=1", "a = 1"],
    ["away the byte order mark", "\ufeffa=1\n", "a = 1\n"],
    ["namespaces", "a=b::c( 1 )\n", "a = b::c(1)\n"],
    ["nothing", "", ""],
    [
      "templates, which it leaves as they are",
      'a="{{ env "X" | default "}}" }}"\nlong={{ env "N" }}\n',
      'a    = "{{ env "X" | default "}}" }}"\nlong = {{ env "N" }}\n',
    ],
    [
      "around lines of templates",
      "b {\n{{- if eq 1 2 }}\na=1\n{{ else }}{{/* x */}}\na   = 2\n    {{ end }}\n}\n",
      "b {\n  {{- if eq 1 2 }}\n  a = 1\n  {{ else }}{{/* x */}}\n  a = 2\n  {{ end }}\n}\n",
    ],
  ];
  for (const [name, written, expected] of cases) {
    await t.step(name, async () => {
      assertEquals(await format(written), expected);
      assertEquals(await format(expected), expected);
    });
  }
});

Deno.test("format() refuses what is no HCL, with the place", async () => {
  const error = await assertRejects(
    () => format("a = 1\nb = \n", "x.hcl"),
    "config.syntax_value",
  );
  assert(error instanceof DiagnosticsError);
  assertEquals([error.at?.file, error.at?.line], ["x.hcl", 2]);
});

Deno.test("format() refuses templates it can't read, with the place", async () => {
  const error = await assertRejects(
    () => format('a = 1\nb = "{{ env '),
    "config.template_syntax",
  );
  assertEquals([error.at?.line, error.at?.column], [2, 6]);
});

Deno.test("format() changes only blanks and is done after once, whatever the file", async () => {
  let formatted = 0;
  for (let seed = 1; seed <= 1_000; seed++) {
    const random = new Random(seed);
    const file = generateFile(random);
    const text = seed % 2 === 0 ? file : damageFile(file, random);
    const { diagnostics } = parse(new SourceText("x.hcl", text));
    if (diagnostics.length > 0 || text.includes("{{")) continue;
    const once = await format(text);
    const blanks = /[ \t\ufeff]/g;
    assertEquals(once.replace(blanks, ""), text.replace(blanks, ""));
    assertEquals(await format(once), once);
    formatted++;
  }
  assert(formatted > 300, `${formatted}`);
});
