import { assert, assertEquals } from "../tests/support/assert.ts";
import { findForbidden, readLayers } from "./check_layers.ts";

const layers = readLayers(`
Some prose.

\`\`\`layers
main          -> cli, providers
cli           -> core
core/config   -> core/base
core/pipeline -> core/base, core/config (types)
core/base     ->
providers/mod -> providers
providers/*   -> core/sdk/mod
\`\`\`
`);

function check(from: string, to: string, isTypeOnly = false): string[] {
  return findForbidden(layers, [{ from, to, line: 7, isTypeOnly }]);
}

Deno.test("an import along an arrow, or within its layer, is fine", async (t) => {
  const cases = [
    ["main.ts", "cli/mod.ts"],
    ["cli/mod.ts", "core/pipeline/deep/run.ts"],
    ["core/config/load.ts", "core/config/parse/number.ts"],
    ["core/config/load.ts", "core/base/errors.ts"],
    ["providers/counter/input/main.ts", "providers/counter/input/mod.ts"],
    ["providers/counter/input/mod.ts", "core/sdk/mod.ts"],
    ["providers/mod.ts", "providers/counter/input/mod.ts"],
  ] as const;
  for (const [from, to] of cases) {
    await t.step(`${from} → ${to}`, () => assertEquals(check(from, to), []));
  }
});

Deno.test("an import against the arrows is named with file and line", async (t) => {
  const cases = [
    ["cli/mod.ts", "providers/mod.ts", "cli must not import"],
    ["core/config/load.ts", "core/pipeline/run.ts", "core/config must not"],
    [
      "providers/a/input/mod.ts",
      "providers/b/input/mod.ts",
      "providers/* must not",
    ],
    ["providers/a/input/mod.ts", "core/sdk/serve.ts", "providers/* must not"],
    [
      "core/new/mod.ts",
      "core/base/errors.ts",
      "core/new/mod.ts is in no layer",
    ],
    [
      "core/base/errors.ts",
      "core/config/load.ts",
      "core/base must not import",
    ],
  ] as const;
  for (const [from, to, message] of cases) {
    await t.step(`${from} → ${to}`, () => {
      const [problem] = check(from, to);
      assert.ok(problem?.startsWith(`${from}:7: ${message}`), problem);
    });
  }
});

Deno.test("(types) allows `import type` and nothing else", () => {
  const [from, to] = ["core/pipeline/run.ts", "core/config/task.ts"];
  assertEquals(check(from, to, true), []);
  assertEquals(check(from, to), [
    `${from}:7: core/pipeline may import types alone of ${to}`,
  ]);
});

Deno.test("a drawing that can't be read is an error", () => {
  assert.throws(() => readLayers("no block"), /no block fenced/);
  assert.throws(() => readLayers("```layers\ncli core\n```"), /no arrow/);
});
