import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { expandTemplates, type Expansion } from "./mod.ts";

const ENV = new Map(Object.entries({
  X: "value",
  EMPTY: "",
  PW: 'a"b\\c${d}%{e}\n$',
  BRACE: "{x}",
  PORT: "1433",
}));

function expand(text: string, allowMissingEnv = false): Expansion {
  const wallMs = () => Date.UTC(2026, 2, 14, 12, 0, 0);
  return expandTemplates("f.hcl", text, {
    env: (name) => ENV.get(name),
    envNames: () => ENV.keys(),
    allowMissingEnv,
    wallMs,
  });
}

function expanded(text: string): string {
  const { source, problems, failures } = expand(text);
  assertEquals([...problems, ...failures.map((f) => f.diagnostic)], []);
  return source.expanded;
}

function problemsOf(text: string): string[] {
  const { problems, failures } = expand(text);
  return [...problems, ...failures.map((f) => f.diagnostic)]
    .map((d) => `${d.at?.line}:${d.at?.column}+${d.at?.width} ${d.message}`);
}

Deno.test("a template does what Go's does", async (t) => {
  const cases = [
    ["text alone", "a = 1", "a = 1"],
    ["an environment variable", '"{{ env "X" }}"', '"value"'],
    ["quotes escaped for HCL", '"{{ env \\"X\\" }}"', '"value"'],
    ["a raw string", '"{{ env `X` }}"', '"value"'],
    ["no spaces", '"{{env "X"}}"', '"value"'],
    [
      "quotes within escaped quotes",
      '"{{ print \\"a\\\\\\"b\\" }}"',
      '"a\\"b"',
    ],
    ["escapes in a string", '{{ "a\\tb\\u00e9\\x41\\101" }}', "a\tbéAA"],
    ["bare", 'p = {{ env "PORT" }}', "p = 1433"],
    ["a pipeline", '"{{ env "X" | upper }}"', '"VALUE"'],
    ["a default", '"{{ env "NO" | default "y" | upper }}"', '"Y"'],
    ["a default that isn't needed", '"{{ env "X" | default "y" }}"', '"value"'],
    ["a default for what is empty", '"{{ default "y" (env "EMPTY") }}"', '"y"'],
    ["or", '{{ or (env "NO") "y" }}', "y"],
    ["coalesce", '{{ coalesce (env "NO") "" "z" }}', "z"],
    ["required, and there", '{{ required "why" (env "X") }}', "value"],
    ["empty", '{{ empty (env "NO") }} {{ empty "a" }}', "true false"],
    ["a literal delimiter", '"{{ "{{" }}x{{ "}}" }}"', '"{{x}}"'],
    ["if", '{{ if eq (env "X") "value" }}a{{ else }}b{{ end }}', "a"],
    ["else", '{{ if eq (env "X") "v" }}a{{ else }}b{{ end }}', "b"],
    [
      "else if",
      "{{ if false }}a{{ else if true }}b{{ else }}c{{ end }}",
      "b",
    ],
    [
      "range over a list",
      '{{ range list "a" "b" }}<{{ . }}>{{ end }}',
      "<a><b>",
    ],
    [
      "range with index and value",
      '{{ range $i, $x := list "a" "b" }}{{ $i }}{{ $x }} {{ end }}',
      "0a 1b ",
    ],
    ["range over nothing", "{{ range list }}a{{ else }}b{{ end }}", "b"],
    [
      "range over a dict",
      '{{ range $k, $v := dict "b" 1 "a" 2 }}{{ $k }}{{ $v }}{{ end }}',
      "a2b1",
    ],
    ["range over a number", "{{ range $i := 3 }}{{ $i }}{{ end }}", "012"],
    [
      "break and continue",
      "{{ range until 9 }}{{ if eq . 1 }}{{ continue }}{{ end }}{{ if eq . 4 }}{{ break }}{{ end }}{{ . }}{{ end }}",
      "023",
    ],
    ["with", '{{ with "a" }}{{ . }}{{ . }}{{ else }}b{{ end }}', "aa"],
    ["with nothing", '{{ with "" }}a{{ else }}b{{ end }}', "b"],
    ["else with", '{{ with "" }}a{{ else with "c" }}{{ . }}{{ end }}', "c"],
    ["a variable", '{{ $x := "a" }}{{ $x }}{{ $x = "b" }}{{ $x }}', "ab"],
    [
      "a variable of a block ends with it",
      "{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ $x }}{{ end }}{{ $x }}",
      "21",
    ],
    [
      "a variable set within a block",
      "{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}",
      "2",
    ],
    ["fields of a dict", '{{ $d := dict "a" (dict "b" 5) }}{{ $d.a.b }}', "5"],
    ["fields of a group", '{{ (dict "a" 5).a }}', "5"],
    ["trim markers", "a  {{- 1 -}}  b", "a1b"],
    ["trim markers over lines", "a\n {{- 1 }}\n{{ 2 -}}\n\n b", "a1\n2b"],
    ["a minus is no trim marker", "{{-1}} {{ -1 }}", "-1 -1"],
    ["a comment", "a{{/* {{ nothing }} */}}b", "ab"],
    ["a comment that trims", "a {{- /* x */ -}} b", "ab"],
    ["over lines", '{{ list\n  "a"\n  "b"\n  | join "," }}', "a,b"],
    ["braces within a string", '{{ print "}}" }}', "}}"],
    [
      "comparisons",
      "{{ lt 1 2 }} {{ ge 1 2 }} {{ ne 1 2 }} {{ not true }}",
      "true false true false",
    ],
    ["eq with several", '{{ eq "a" "b" "a" }}', "true"],
    ["and, or of values", '{{ and 1 0 2 }} {{ or 0 "" 3 }}', "0 3"],
    [
      "numbers",
      "{{ 0x1F }} {{ 1_000 }} {{ 1.50 }} {{ 1e3 }} {{ 0b11 }}",
      "31 1000 1.5 1000 3",
    ],
  ] as const;
  for (const [name, text, expected] of cases) {
    await t.step(name, () => assertEquals(expanded(text), expected));
  }
});

Deno.test("a value is escaped for where it lands", async (t) => {
  const cases = [
    [
      "in a quoted string",
      '"{{ env "PW" }}"',
      '"a\\"b\\\\c\\u0024{d}\\u0025{e}\\n\\u0024"',
    ],
    [
      "in a heredoc",
      'a = <<EOT\n{{ env "PW" }}\nEOT\n',
      'a = <<EOT\na"b\\c${"\\u0024"}{d}${"\\u0025"}{e}${"\\n\\u0024"}\nEOT\n',
    ],
    ["after a dollar in a string", '"${{ env "BRACE" }}"', '"\\u0024{x}"'],
    [
      "after a dollar in a heredoc",
      'a = <<EOT\n$${{ env "BRACE" }}\nEOT\n',
      'a = <<EOT\n${"\\u0024\\u0024"}{x}\nEOT\n',
    ],
    ["bare, as it is", 'a = {{ env "BRACE" }}', "a = {x}"],
    ["bare within an interpolation", '"${ {{ env "BRACE" }} }"', '"${ {x} }"'],
    [
      "quoted within an interpolation",
      '"${upper("{{ env "PW" }}")}"',
      '"${upper("a\\"b\\\\c\\u0024{d}\\u0025{e}\\n\\u0024")}"',
    ],
    [
      "after an interpolation",
      '"${x}{{ env "PW" | trimSuffix "$" }}"',
      '"${x}a\\"b\\\\c\\u0024{d}\\u0025{e}\\n"',
    ],
    ["after an escaped interpolation", '"$${x}{{ 1 }}"', '"$${x}1"'],
    [
      "quote in bare HCL",
      'a = {{ env "PW" | quote }}',
      'a = "a\\"b\\\\c\\u0024{d}\\u0025{e}\\n$"',
    ],
    [
      "toJson in bare HCL",
      'a = {{ dict "k" (env "PW") | toJson }}',
      'a = {"k":"a\\"b\\\\c\\u0024{d}\\u0025{e}\\n$"}',
    ],
    ["after a backslash", '"C:\\\\{{ env "X" }}"', '"C:\\\\value"'],
    [
      "a heredoc's end is found",
      'a = <<-EOT\n  x\n  EOT\nb = {{ env "BRACE" }}',
      "a = <<-EOT\n  x\n  EOT\nb = {x}",
    ],
  ] as const;
  for (const [name, text, expected] of cases) {
    await t.step(name, () => assertEquals(expanded(text), expected));
  }
});

Deno.test("nothing in an HCL comment is evaluated", async (t) => {
  const cases = [
    ["#", 'a = 1 # {{ env "NO" }}\n'],
    ["//", "a = 1 // {{ nothing }} {{ if }}\n"],
    ["/* */", 'a = /* {{ env "NO" }}\n{{ end }} */ 1\n'],
    ["not even trimmed", "# {{ x -}}   \n   b"],
  ] as const;
  for (const [name, text] of cases) {
    await t.step(name, () => assertEquals(expanded(text), text));
  }
  await t.step("a # in a string begins none", () => {
    assertEquals(expanded('a = "#{{ env "X" }}"'), 'a = "#value"');
  });
  await t.step("a trim marker leaves a comment its line end", () => {
    assertEquals(expanded('# c\n{{- "a = 1" }}'), "# c\na = 1");
  });
});

Deno.test("mistakes are all reported, each with its place as written", async (t) => {
  const cases = [
    ["an unset variable", 'a = 1\nb = "{{ env "NO" }}"', [
      '2:9+8 the environment variable "NO" is not set',
    ]],
    ["an unset variable in a condition", '{{ if env "NO" }}{{ end }}', [
      '1:7+8 the environment variable "NO" is not set',
    ]],
    ["an unset variable through a function", '"{{ env "NO" | upper }}"', [
      '1:5+8 the environment variable "NO" is not set',
    ]],
    ["an unset variable that was stored", '{{ $x := env "NO" }}{{ $x }}', [
      '1:10+8 the environment variable "NO" is not set',
    ]],
    ["required, and missing", '{{ env "NO" | required "set NO" }}', [
      "1:15+17 set NO",
    ]],
    ["an unknown function", '"{{ evn "X" }}"', [
      '1:5+3 there is no template function "evn"',
    ]],
    ["several", '{{ nope }}\n{{ env "NO" }}\n{{ $x }}', [
      '1:4+4 there is no template function "nope"',
      '3:4+2 there is no variable "$x"',
      '2:4+8 the environment variable "NO" is not set',
    ]],
    ["no end of the action", 'a = "{{ env "\nb = 1', [
      "1:13+1 this string is never closed",
    ]],
    ["no end at all", "a = {{ 1", ["1:5+2 this {{ has no }}"]],
    ["an empty action", "{{ }}", ["1:1+5 there is nothing between {{ and }}"]],
    ["an if without end", "{{ if true }}a", [
      '1:1+13 this "if" is never closed',
    ]],
    ["an end without if", "a{{ end }}", [
      '1:2+9 there is no "if", "range" or "with" to go with this',
    ]],
    ["two elses", "{{ if true }}{{ else }}{{ else }}{{ end }}", [
      '1:24+10 this "if" has an "else" already',
    ]],
    ["a branch that opens a string", 'a = {{ if true }}"{{ end }}b"', [
      '1:5+13 the branches of this "if" end in different places: one inside a string, another outside',
    ]],
    ["single quotes", "{{ env 'X' }}", [
      "1:8+1 strings in {{ }} stand in double quotes or backticks",
    ]],
    ["too few arguments", '{{ replace "a" "b" }}', [
      '1:4+15 "replace" needs 3 values, got 2',
    ]],
    ["a wrong type", '{{ upper (list "a") }}', [
      '1:4+16 "upper": expected a text, got a list',
    ]],
    ["no data", "{{ .name }}", [
      '1:4+5 there is no "name" here: "." has no fields',
    ]],
    ["not supported", '{{ define "x" }}', ['1:4+6 "define" is not supported']],
    [
      "an endless text",
      '{{ range until 90000 }}{{ repeat 1000 "x" }}{{ end }}',
      [
        "1:24+21 the templates of this file make more than 4194304 characters",
      ],
    ],
    [
      "an endless loop",
      "{{ range until 90000 }}{{ range until 90000 }}{{ end }}{{ end }}",
      [
        "1:33+11 the templates of this file take too many steps",
      ],
    ],
  ] as const;
  for (const [name, text, expected] of cases) {
    await t.step(name, () => assertEquals(problemsOf(text), [...expected]));
  }
});

Deno.test("an unset variable is empty when that is allowed", () => {
  const { source, failures } = expand('a = "{{ env "NO" }}"', true);
  assertEquals([source.expanded, failures.length], ['a = ""', 0]);
});

Deno.test("what came from the environment is known as secret", () => {
  const text =
    'a = "x{{ env "X" | upper }}y{{ 1 }}" {{ env "NO" | default "d" }}';
  const { source, secretSpans, secrets } = expand(text);
  const texts = secretSpans.map((s) => source.expanded.slice(s.start, s.end));
  assertEquals(texts, ["VALUE", "d"]);
  assertEquals([...secrets].sort(), ["VALUE", "value"]);
});

Deno.test("places map back through the expansion", () => {
  const text =
    'a = "é{{ env "PW" }}"\n{{ range until 2 }}b = 1\n{{ end }}c = 2';
  const { source } = expand(text);
  const start = source.expanded.indexOf("c = 2");
  const at = source.locate({ start, end: start + 5 });
  assertEquals([at.line, at.column, at.width, at.text], [
    3,
    10,
    5,
    "{{ end }}c = 2",
  ]);
  const inside = source.locate({ start: 8, end: 9 });
  assertEquals([inside.line, inside.column, inside.width], [1, 7, 14]);
});

Deno.test("segments cover the expanded text in order, whatever was inserted", () => {
  const { source } = expand('"a$$${{ env "PW" }}b" {{ "" }}{{ 1 }}');
  for (let offset = 0; offset < source.expanded.length; offset++) {
    assert(source.locate({ start: offset, end: offset + 1 }).line === 1);
  }
});
