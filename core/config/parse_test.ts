import { assert, assertEquals } from "../../tests/support/assert.ts";
import { parse } from "./parse.ts";
import { SourceText } from "./source_text.ts";
import type { Expression } from "./syntax_tree.ts";

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
