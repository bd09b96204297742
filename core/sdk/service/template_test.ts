import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { batchOfText } from "../../../tests/support/servicebus_output.ts";
import { Scope } from "./scope.ts";
import { checkTemplates, Template } from "./template.ts";

const DATA = '{"id":12345678901234567890,"n":1.50,"a":{"b":true},"x":null}';
const scope = new Scope(
  batchOfText(`{"data":${DATA},"metadata":{"to":"q-1","list":[1]}}\n`),
  0,
);

Deno.test("an expression becomes the value it names", async (t) => {
  const cases: [string, string | undefined][] = [
    ["fixed", "fixed"],
    ["{metadata.to}", "q-1"],
    ["x-{metadata.to}-{data.a.b}", "x-q-1-true"],
    ["{data.id}", "12345678901234567890"],
    ["{data.n}", "1.50"],
    ["{ metadata.to }", "q-1"],
    ["{metadata.list.0}", "1"],
    ["{data.x}", undefined],
    ["{data.a}", undefined],
    ["a {data.missing.deep}", undefined],
    ["{data.toString}", undefined],
  ];
  for (const [text, expected] of cases) {
    await t.step(text, () => {
      assertEquals([...checkTemplates({ key: text })], []);
      assertEquals(new Template(text).render(scope), expected);
    });
  }
});

Deno.test("an expression that names nothing is a mistake", async (t) => {
  for (const text of ["{}", "{Destination}", "a{metadata.}", "{data.a b}"]) {
    await t.step(text, () => {
      const [problem] = checkTemplates({ queue: text });
      assertEquals(problem.path, "config.queue");
      assert.match(problem.message, /names nothing/);
    });
  }
});
