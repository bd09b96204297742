import { assert, assertEquals } from "../../tests/support/assert.ts";
import { parse } from "./parse.ts";
import { SourceText } from "./source_text.ts";
import type { Expression, Template } from "./syntax_tree.ts";

function parseText(text: string) {
  return parse(new SourceText("dstream.hcl", text));
}

/** The value of the one attribute in `text`. */
function parseValue(text: string): Expression {
  const { body, diagnostics } = parseText(text);
  assertEquals(diagnostics.map((d) => d.message), []);
  const [item] = body.items;
  assert(item.kind === "attribute");
  return item.value;
}

/** A problem as `line:column "underlined" message`. */
function problemsOf(text: string): string[] {
  return parseText(text).diagnostics.map(({ at, message }) => {
    const { line, column, width } = at!;
    const underlined = [...at!.text].slice(column - 1, column - 1 + width);
    return `${line}:${column} ${
      JSON.stringify(underlined.join(""))
    } ${message}`;
  });
}

Deno.test("parse() keeps the order of attributes and blocks, with their places", () => {
  const text = 'task "a" b {\n  x = 1\n  y {}\n  z = true\n}\n';
  const { body, diagnostics } = parseText(text);
  assertEquals(diagnostics, []);
  const [task] = body.items;
  assert(task.kind === "block");
  assertEquals(task.labels.map((label) => label.value), ["a", "b"]);
  assertEquals(text.slice(task.span.start, task.span.end), text.trimEnd());
  const items = task.body.items.map((item) =>
    `${item.kind} ${text.slice(item.span.start, item.span.end)}`
  );
  assertEquals(items, ["attribute x = 1", "block y {}", "attribute z = true"]);
});

Deno.test("parse() binds operators as HCL does", () => {
  const show = (e: Expression): string => {
    switch (e.kind) {
      case "binary":
        return `(${show(e.left)} ${e.operator} ${show(e.right)})`;
      case "unary":
        return `(${e.operator}${show(e.operand)})`;
      case "conditional":
        return `(${show(e.condition)} ? ${show(e.then)} : ${
          show(e.otherwise)
        })`;
      case "variable":
        return e.name;
      default:
        throw new Error(e.kind);
    }
  };
  const cases = [
    ["a + b * c", "(a + (b * c))"],
    ["a - b - c", "((a - b) - c)"],
    ["a || b && c == d", "(a || (b && (c == d)))"],
    ["-a + !b", "((-a) + (!b))"],
    ["a ? b : c ? d : e", "(a ? b : (c ? d : e))"],
    ["a < b == c >= d", "((a < b) == (c >= d))"],
    ["a % b / c", "((a % b) / c)"],
  ];
  for (const [written, expected] of cases) {
    assertEquals(show(parseValue(`x = ${written}\n`)), expected);
  }
});

Deno.test("parse() gives a splat what belongs to its elements", () => {
  const full = parseValue("x = a[*].b[0]\n");
  assert(full.kind === "splat");
  assertEquals(full.rest.map((step) => step.kind), ["attribute", "index"]);

  const attribute = parseValue("x = a.*.b[0]\n");
  assert(attribute.kind === "index" && attribute.target.kind === "splat");
  assertEquals(attribute.target.rest.length, 1);

  const nested = parseValue("x = a[*].b[*].c\n");
  assert(nested.kind === "splat");
  const [, inner] = nested.rest;
  assert(inner.kind === "splat");
  assertEquals(inner.rest.map((step) => step.kind), ["attribute"]);
});

Deno.test("parse() keeps every digit of a number", () => {
  const cases = [
    ["9007199254740993", "9007199254740993"],
    ["0.10", "0.10"],
    ["1E+3", "1e+3"],
    ["007", "7"],
    ["1.e2", "1e2"],
  ];
  for (const [written, digits] of cases) {
    const value = parseValue(`x = ${written}\n`);
    assert(value.kind === "number");
    assertEquals(value.digits, digits);
    assertEquals(JSON.parse(digits), Number(written));
  }
});

Deno.test("parse() tells a value in quotes from a text", () => {
  const isWrapped = (written: string) =>
    (parseValue(`x = ${written}\n`) as Template).isWrapped;
  assertEquals(isWrapped('"${a}"'), true);
  assertEquals(isWrapped('"${a}${b}"'), false);
  assertEquals(isWrapped('"a"'), false);
  assertEquals(isWrapped('"${a} "'), false);
  assertEquals(isWrapped('" ${~ a}"'), false);
  assertEquals(isWrapped("<<A\n${a}\nA"), false);
});

Deno.test("parse() nests directives", () => {
  const value = parseValue(
    'x = "%{ for k, v in m }%{ if v }${k}%{ else }-%{ endif }%{ endfor }"\n',
  );
  assert(value.kind === "template");
  const [loop] = value.parts;
  assert(loop.kind === "for");
  assertEquals([loop.keyName, loop.valueName], ["k", "v"]);
  const [choice] = loop.body;
  assert(choice.kind === "if");
  assertEquals(choice.then.map((part) => part.kind), ["interpolation"]);
  assertEquals(choice.otherwise.map((part) => part.kind), ["text"]);
});

Deno.test("parse() underlines what is wrong and says why", async (t) => {
  const cases: [name: string, text: string, ...expected: string[]][] = [
    [
      "two attributes on one line",
      "a = 1 b = 2\n",
      '1:7 "b" expected a line break behind the value of "a", found "b"',
    ],
    [
      "a colon for an equals sign",
      "a {\n  name: 1\n}\n",
      '2:7 ":" an attribute is set with "=", not with ":"',
    ],
    [
      "a string without an end",
      'a = "x\nb = 1\n',
      '1:5 "\\"x" the string is not closed on its line',
    ],
    [
      "a string over several lines is one mistake",
      'a = "one two\nthree four\nfive"\nb = 1 2\n',
      '1:5 "\\"one two" the string is not closed on its line',
      '4:7 "2" expected a line break behind the value of "b", found "2"',
    ],
    [
      "an interpolation without an end",
      'a = "${b"\nc = ["${d", "e"]\n',
      '1:6 "${" "${" is not closed',
      '2:7 "${" "${" is not closed',
    ],
    [
      "an unknown escape",
      'a = "\\d+"\n',
      '1:6 "\\\\d" "\\d" is no escape sequence',
    ],
    [
      "single quotes",
      "a = 'b c'\n",
      "1:5 \"'b c'\" strings stand in double quotes, not in '",
    ],
    [
      "a missing comma",
      "a = [1 2]\n",
      '1:8 "2" expected "," or "]" in the list, found "2"',
    ],
    [
      "an unclosed list is underlined where it begins",
      "a = [\n  1,\n  2\nb = 1\n",
      '1:5 "[" the list is not closed',
    ],
    [
      "an unclosed block is the one whose brace the outer one lacks",
      "a {\n  b {\n    c = 1\n\n  d {\n  }\n}\n",
      '2:5 "{" this "{" is not closed',
    ],
    [
      "an unclosed block",
      'task "x" {\n  a = 1\n',
      '1:10 "{" the block "task" is not closed',
    ],
    [
      "a brace too many",
      "a {\n}\n}\n",
      '3:1 "}" "}" closes nothing',
    ],
    [
      "a brace on the next line",
      "a\n{\n}\n",
      '1:1 "a" "a" is neither an attribute nor a block',
    ],
    [
      "an attribute set twice",
      "a = 1\na = 2\n",
      '2:1 "a" the attribute "a" is set twice',
    ],
    [
      "a heredoc whose end is the end of the file",
      "a = <<EOT\nx\nEOT",
      '1:5 "<<EOT" the heredoc is not closed: no line holds just "EOT"',
    ],
    [
      "a blank behind the word of a heredoc takes its lines along",
      "a = <<EOT \nx = }\nEOT\nb = 1 2\n",
      '1:5 "<<EOT " a heredoc begins with << and a word, directly followed by a line break',
      '4:7 "2" expected a line break behind the value of "b", found "2"',
    ],
    [
      "characters count, not bytes",
      'é = "日本" "語"\n',
      '1:10 "\\"" expected a line break behind the value of "é", found a string',
    ],
    [
      "several mistakes in one value",
      "a = { b = 1, c 2, d = }\n",
      '1:16 "2" expected "=" behind the key in the object, found "2"',
      '1:23 "}" expected a value, found "}"',
    ],
    [
      "several mistakes in nested blocks",
      "a {\n  b = ?\n  c {\n    d = 1 +\n  }\n  e f\n}\n",
      '2:7 "?" expected a value, found "?"',
      '4:12 "" expected a value, found the end of the line',
      '6:6 "" expected "{" on the same line as the block "e"',
    ],
    [
      "what stands behind a value on the next line is no second mistake",
      "a =\n  1\nb = 2\n",
      '1:1 "a" the attribute "a" has no value',
    ],
    [
      "an unclosed comment is no unclosed block",
      "a {\n  /* x\n}\n",
      '2:3 "/*" the comment is not closed',
    ],
  ];
  for (const [name, text, ...expected] of cases) {
    await t.step(name, () => assertEquals(problemsOf(text), expected));
  }
});

Deno.test("parse() hints at what to write", async (t) => {
  const cases: [text: string, hint: string][] = [
    ["a = 5s\n", 'a number has no unit: write "5s"'],
    ["a = 0x1F\n", "numbers are decimal"],
    ["a = 1_000\n", "write 1000"],
    ["a = b and c\n", "write &&"],
    ["a = 'b'\n", 'write "b"'],
    [
      "a = ${b}\n",
      "write a reference without it: var.name instead of ${var.name}",
    ],
    ["a = [\n1,\nb = 2\n", '"]" is missing before "b" in line 3'],
    ["a = b.0.1\n", "write [0][1]"],
    ['provider "x"\n', 'an attribute needs "=" behind its name: provider = …'],
    ['a = "x" {\n}\n', 'a block has no "="'],
    ["a = 1\na = 2\n", "it is already set in line 1"],
    ['a = "\\${b}"\n', "write $${ for the characters ${"],
    ["a = <<EOT\nx\nEOT", 'add a line break behind the last "EOT"'],
  ];
  for (const [text, hint] of cases) {
    await t.step(JSON.stringify(text), () => {
      assertEquals(parseText(text).diagnostics[0].hint, hint);
    });
  }
});

Deno.test("parse() keeps the items without a mistake", () => {
  const { body } = parseText("a = 1\nb = ?\nc {\n  d = [\n  e = 1\n}\nf = 2\n");
  const names = body.items.map((item) =>
    item.kind === "attribute"
      ? item.name
      : `${item.type}(${item.body.items.length})`
  );
  assertEquals(names, ["a", "c(1)", "f"]);
});

Deno.test("parse() reports at most 50 mistakes", () => {
  const { diagnostics } = parseText("a b\n".repeat(200));
  assertEquals(diagnostics.length, 50);
});

Deno.test("parse() refuses what is nested too deep, and never runs out of stack", async (t) => {
  const openers = [
    "[",
    "(",
    "{a=",
    "f(",
    '"${',
    "-",
    "a[",
    "a ? ",
    "[for a in ",
  ];
  for (const opener of [...openers, "a {\n"]) {
    await t.step(`100,000 times ${JSON.stringify(opener)}`, () => {
      const begin = opener === "a {\n" ? "" : "x = ";
      const { diagnostics } = parseText(begin + opener.repeat(100_000));
      assert(diagnostics.some(({ code }) => code === "config.syntax_too_deep"));
    });
  }
  await t.step("directives in strings in directives", () => {
    let value = "a";
    for (let level = 0; level < 20; level++) {
      value = `"${"%{if a}".repeat(100)}\${${value}}${"%{endif}".repeat(100)}"`;
    }
    const { diagnostics } = parseText(`x = ${value}\n`);
    assertEquals(diagnostics.map(({ code }) => code), [
      "config.syntax_too_deep",
    ]);
  });
  for (const step of [" + 1", ".a", "[0]", " && a", "[*]"]) {
    await t.step(`a chain of 100,000 times ${JSON.stringify(step)}`, () => {
      const { diagnostics } = parseText(`x = a${step.repeat(100_000)}\n`);
      assertEquals(diagnostics.map(({ code }) => code), [
        "config.syntax_too_deep",
      ]);
    });
  }
});

Deno.test("parse() takes time in proportion to the length, whatever it reads", async (t) => {
  const pieces = [
    "{",
    "}",
    '"',
    "'",
    "“",
    '"${x\n',
    "<<A\n",
    "<<A \n",
    "a {\n",
    "a = [1 2\n",
    '"\\x',
    "%{if a}",
    "1.",
    "\ud800",
    "a = (\n",
    "{\n  a = [\n",
  ];
  for (const piece of pieces) {
    await t.step(JSON.stringify(piece), () => {
      for (const begin of ["", "a = ", "a {\n", 'a = "', "a = <<A\n"]) {
        const text = begin + piece.repeat(100_000 / piece.length);
        assert(isQuick(() => parseText(text)));
      }
    });
  }
});

/** Takes up to 50 ms alone; what is quadratic takes many seconds every time. */
function isQuick(action: () => void): boolean {
  for (let chance = 0; chance < 5; chance++) {
    const startedMs = performance.now();
    action();
    if (performance.now() - startedMs < 3_000) return true;
  }
  return false;
}
