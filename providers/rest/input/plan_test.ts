import type { Json } from "@dstream/sdk";
import { TestContext } from "@dstream/sdk/testing";
import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { Api, json, numbered } from "../../../tests/support/rest/api.ts";
import { readConfig } from "../../../tests/support/rest/rest_input.ts";
import { plan } from "./lifecycle.ts";

/** What `dstream plan` says of an API. */
async function planOf(
  values: Record<string, Json>,
  answer: () => Response,
): Promise<{ resources: unknown; warnings: string[]; asked: number }> {
  await using api = new Api(answer);
  const context = new TestContext();
  const config = readConfig({ endpoint: api.endpoint, ...values });
  const { resources } = await plan(config, context);
  return {
    resources,
    warnings: context.warnings,
    asked: api.asked.length,
  };
}

Deno.test("plan asks for one page of each stream and says what it found", async () => {
  const found = await planOf({
    streams: {
      orders: { path: "orders", key: ["id"] },
      items: { path: "orders/{id}/items", parent: "orders" },
    },
  }, () => json([{ id: 1, total: 2 }, { id: 2, total: 3 }]));
  assertEquals(found.resources, [
    { stream: "orders", records: 2, fields: "id, total" },
    { stream: "items", parent: "orders" },
  ]);
  assertEquals(found.asked, 1);
});

Deno.test("plan warns of what would be missed", async (t) => {
  const offset = {
    pagination: { type: "offset", param: "skip", size: 2, size_param: "n" },
  };
  const page = () => json(numbered(1, 2));
  const cases: [string, Record<string, Json>, () => Response, RegExp][] = [
    ["3.3.7 offsets without a cursor", offset, page, /records that shift/],
    ["pages that nobody asks for", {}, () =>
      json(numbered(1, 2), {
        headers: { Link: '</v1/orders?page=2>; rel="next"' },
      }), /has a Link header: pagination/],
    ["everything again in each turn", {}, page, /reads all records again/],
    ["a key that isn't there", { key: ["no"] }, page, /without the key "no"/],
  ];
  for (const [name, values, answer, says] of cases) {
    await t.step(name, async () => {
      const { warnings } = await planOf(values, answer);
      assert.ok(warnings.some((text) => says.test(text)), String(warnings));
    });
  }
  await t.step("nothing, where a cursor lets offsets overlap", async () => {
    const { warnings } = await planOf({
      ...offset,
      cursor: { field: "id", type: "number", param: "since" },
    }, page);
    assertEquals(warnings, []);
  });
});
