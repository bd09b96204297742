import { assert, assertEquals } from "../../tests/support/assert.ts";
import type { Diagnostic } from "../../core/base/errors.ts";
import { renderDiagnostic } from "./diagnostics.ts";

function at(text: string, column: number, width: number, line = 4) {
  return { file: "dstream.hcl", line, column, width, text };
}

function problem(more: Partial<Diagnostic>): Diagnostic {
  return {
    severity: "error",
    code: "config.provider_unknown",
    message: 'there is no built-in provider "countr"',
    ...more,
  };
}

Deno.test("a problem is drawn as the documentation shows it", () => {
  const text = renderDiagnostic(problem({
    at: at('    provider = "countr"', 16, 8),
    hint: 'did you mean "counter"? `dstream provider list` shows all',
  }));
  assertEquals(
    text,
    `error[config.provider_unknown]: there is no built-in provider "countr"
  dstream.hcl:4:16
   4 │     provider = "countr"
     │                ^^^^^^^^
  hint: did you mean "counter"? \`dstream provider list\` shows all`,
  );
});

Deno.test("the caret stands under the text, however wide that is", async (t) => {
  const cases = [
    ["after a tab", "\ta = x", 6, 1, "    a = x", 8, 1],
    ["after a tab in mid-line", "a\t= x", 3, 1, "a   = x", 4, 1],
    ["after wide characters", 'a = "日本" b', 10, 1, 'a = "日本" b', 11, 1],
    ["under wide characters", 'a = "日本"', 5, 4, 'a = "日本"', 4, 6],
    ["after an emoji", "🚀 x", 3, 1, "🚀 x", 3, 1],
    ["after a combining mark", "e\u0301 x", 4, 1, "e\u0301 x", 2, 1],
    ["after a control character", "\x07 x", 3, 1, "␇ x", 2, 1],
    ["at the end of the line", "a =", 4, 1, "a =", 3, 1],
    ["on an empty line", "", 1, 1, "", 0, 1],
  ] as const;
  for (const [name, line, column, width, drawn, before, under] of cases) {
    await t.step(name, () => {
      const lines = renderDiagnostic(problem({ at: at(line, column, width) }))
        .split("\n");
      assertEquals(lines[2], `   4 │ ${drawn}`.trimEnd());
      assertEquals(
        lines[3],
        `     │ ${" ".repeat(before)}${"^".repeat(under)}`,
      );
    });
  }
});

Deno.test("a long line is cut around the caret", () => {
  const line = `${"a".repeat(500)}HERE${"b".repeat(500)}`;
  const [, , text, caret] = renderDiagnostic(problem({ at: at(line, 501, 4) }))
    .split("\n");
  assert(text.length < 180, `${text.length}`);
  assertEquals(text.slice(caret.indexOf("^"), caret.length), "HERE");
  assert(text.includes("…a") && text.endsWith("b…"));
});

Deno.test("large line numbers keep the bar straight", () => {
  const lines = renderDiagnostic(problem({ at: at("x", 1, 1, 123456) }))
    .split("\n");
  assertEquals(lines.slice(2), ["123456 │ x", "       │ ^"]);
});

Deno.test("colours come only when asked for", () => {
  const one = problem({ at: at("x", 1, 1), hint: "h" });
  assert(!renderDiagnostic(one).includes("\x1b"));
  assert(renderDiagnostic(one, { colours: true }).includes("\x1b[31m"));
});

Deno.test("a user's text can't steer the terminal", () => {
  const text = renderDiagnostic(problem({
    message: "a\x1b[2Jb\x07",
    at: at("\x1b[31mx\u202e", 1, 1),
  }));
  for (const c of ["\x1b", "\x07", "\u202e"]) assert(!text.includes(c));
});
