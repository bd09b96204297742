import { assert, assertFails } from "../../../tests/support/assert.ts";
import {
  allFunctions,
  evaluateText,
  parseExpressionText,
  testWorld,
} from "../../../tests/hcl/expressions/evaluate_text.ts";
import { toJson } from "../value_json.ts";
import { calledFunctions } from "./called_functions.ts";
import { systemWorld } from "../../config/world.ts";
import { createFunctions } from "./mod.ts";
import type { World } from "./world.ts";

const ENV: Record<string, string> = { SET: "value", EMPTY: "" };

async function run(text: string, changes: Partial<World> = {}) {
  const world = testWorld({ env: (name) => ENV[name], ...changes });
  return evaluateText(text, [], await allFunctions(world));
}

Deno.test("env() gives the variable, the default, or an error", async (t) => {
  const cases: [string, Partial<World>, string][] = [
    ['env("SET")', {}, '"value"'],
    ['env("SET", "default")', {}, '"value"'],
    ['env("EMPTY", "default")', {}, '""'],
    ['env("UNSET", "default")', {}, '"default"'],
    ['env("UNSET", null)', {}, "null"],
    ['env("UNSET", 5)', {}, '"5"'],
    ['env("UNSET")', { allowMissingEnv: true }, '""'],
    ['env("UNSET", "default")', { allowMissingEnv: true }, '"default"'],
    ['try(env("UNSET"), "tried")', {}, '"tried"'],
    ['coalesce(env("EMPTY"), "x")', {}, '"x"'],
  ];
  for (const [text, changes, expected] of cases) {
    await t.step(text, async () => {
      assert.equal(toJson(await run(text, changes)), expected);
    });
  }
  await t.step("unset", async () => {
    const functions = await allFunctions(testWorld());
    const error = assertFails(
      () => evaluateText('env("UNSET")', [], functions),
      "config.env_missing",
    );
    assert.equal(error.hint, 'set it, or give a default: env("UNSET", "…")');
  });
});

Deno.test("the environment is only what was given", () => {
  const world = systemWorld({ folder: "/", env: { A: "1" }, wallMs: () => 0 });
  assert.equal(world.env("A"), "1");
  assert.equal(world.env("PATH"), undefined);
  assert.equal(world.env("toString"), undefined);
  assert.deepEqual([...world.envNames()], ["A"]);
});

Deno.test("time and chance come from the world", async () => {
  const wallMs = () => Date.UTC(2026, 2, 1, 9, 30, 15, 999);
  assert.equal(
    toJson(await run("timestamp()", { wallMs })),
    '"2026-03-01T09:30:15Z"',
  );
  assert.equal(
    toJson(await run('formatdate("YYYY", timestamp())', { wallMs })),
    '"2026"',
  );
  assert.equal(toJson(await run("uuid()", { uuid: () => "u" })), '"u"');
  const real = systemWorld({ folder: "/", env: {}, wallMs });
  assert.match(real.uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
});

Deno.test("the functions a text calls are found wherever they hide", () => {
  const text = `{
    a = upper("x\${lower("y")}"), (trim("k", "")) = [for x in keys({}) : abs(x) if can(x)]
    b = "%{ if alltrue([]) }\${sha256("")}%{ endif }\${[1][*][min(0)]}"
    c = -ceil(1) + floor(1) > 0 ? md5("") : max([1]...)
  }`;
  const names = calledFunctions(parseExpressionText(text).expression);
  assert.equal(
    [...names].sort().join(" "),
    "abs alltrue can ceil floor keys lower max md5 min sha256 trim upper",
  );
});

Deno.test("a library is loaded only when something needs it", async () => {
  const functions = await createFunctions(testWorld(), new Set());
  const kept = new Set(functions.keys());
  assert.ok(kept.has("regex") && kept.has("yamldecode") && kept.has("sha256"));
  // Plain replace needs no expressions, so no library either.
  const value = evaluateText('replace("a-b", "-", "+")', [], functions);
  assert.equal(toJson(value), '"a+b"');
});
