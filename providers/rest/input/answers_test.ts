import {
  assert,
  assertEquals,
  assertRejects,
} from "../../../tests/support/assert.ts";
import { Api, json, numbered } from "../../../tests/support/rest/api.ts";
import { TestContext } from "@dstream/sdk/testing";
import { runRest } from "../../../tests/support/rest/rest_input.ts";

class StandingTime extends TestContext {
  override monotonicMs = () => 0;
}

Deno.test("3.3.22 numbers keep all digits", async () => {
  const text =
    '{"id":12345678901234567890,"n":1.50,"deep":{"x":[0.1000000000000000055]}}';
  await using api = new Api(() => json(`[${text}]`));
  const { data } = await runRest({ endpoint: api.endpoint, key: ["id"] });
  assertEquals(data.map((each) => JSON.stringify(each)), [text]);
});

Deno.test("3.3.23 records are found by a path", async (t) => {
  const cases: [string, string, unknown, unknown[]][] = [
    ["a list at the root", "", [{ a: 1 }, { a: 2 }], [{ a: 1 }, { a: 2 }]],
    ["a nested list", "data.items", { data: { items: [{ a: 1 }] } }, [{
      a: 1,
    }]],
    ["lists in a list", "groups.*.items", {
      groups: [{ items: [1, 2] }, { items: [] }, { items: [3] }],
    }, [1, 2, 3]],
    ["values of an object", "by_id.*", { by_id: { x: { a: 1 } } }, [{ a: 1 }]],
    ["one object", "", { a: 1 }, [{ a: 1 }]],
    ["an empty list", "items", { items: [] }, []],
    ["null for an empty list", "items", { items: null }, []],
  ];
  for (const [name, records, answer, expected] of cases) {
    await t.step(name, async () => {
      await using api = new Api(() => json(answer));
      const { data } = await runRest({
        endpoint: api.endpoint,
        ...(records === "" ? {} : { records }),
      });
      assertEquals(data as unknown[], expected);
    });
  }
  await t.step("JSON Lines", async () => {
    await using api = new Api(() =>
      new Response('{"a":1}\n{"a":2}\n', {
        headers: { "Content-Type": "application/x-ndjson" },
      })
    );
    const { data } = await runRest({ endpoint: api.endpoint });
    assertEquals(data, [{ a: 1 }, { a: 2 }]);
  });
  await t.step("a path that leads nowhere is an error", async () => {
    await using api = new Api(() => json({ data: { rows: [] } }));
    const error = await assertRejects(
      () => runRest({ endpoint: api.endpoint, records: "data.items" }),
      "rest.no_records",
    );
    assert.match(error.message, /"data" of .* has no "items"; it has rows/);
  });
});

Deno.test("3.3.24 an answer that is too long, or no JSON, is an error", async (t) => {
  await t.step("too long, unpacked", async () => {
    const long = new TextEncoder().encode(JSON.stringify("x".repeat(100_000)));
    const packed = await new Response(
      new Blob([long]).stream().pipeThrough(new CompressionStream("gzip")),
    ).bytes();
    await using api = new Api(() =>
      new Response(packed, {
        headers: {
          "Content-Type": "application/json",
          "Content-Encoding": "gzip",
        },
      })
    );
    const error = await assertRejects(
      () => runRest({ endpoint: api.endpoint, max_response: 50_000 }),
      "http.failed",
    );
    assert.match(error.message, /longer than 50000 bytes/);
  });
  await t.step("200 with HTML", async () => {
    await using api = new Api(() => new Response("<html>Log in</html>"));
    const error = await assertRejects(
      () => runRest({ endpoint: api.endpoint }),
      "rest.answer_invalid",
    );
    assert.match(error.message, /is HTML or XML, not JSON: <html>Log in/);
  });
});

Deno.test("3.3.25 streams can be children of others, each with its place", async () => {
  let items = [{ n: 1, at: 1 }];
  await using api = new Api(({ url }) => {
    if (url.pathname.endsWith("/orders")) return json([{ id: 1 }, { id: 2 }]);
    const since = Number(url.searchParams.get("since") ?? 0);
    return json(items.filter(({ at }) => at >= since));
  });
  const values = {
    endpoint: api.endpoint.replace("/orders", ""),
    streams: {
      items: {
        path: "orders/{id}/items",
        parent: "orders",
        include: ["id"],
        key: ["orders_id", "n"],
        cursor: { field: "at", param: "since", type: "number" },
      },
      orders: { path: "/orders", key: ["id"] },
    },
  };
  const first = await runRest(values);
  assertEquals(first.data, [
    { n: 1, at: 1, orders_id: 1 },
    { n: 1, at: 1, orders_id: 2 },
    { id: 1 },
    { id: 2 },
  ]);
  assertEquals(first.tables, ["items", "items", "orders", "orders"]);
  assertEquals(new Set(first.positions.slice(0, 2)).size, 2);
  items = [...items, { n: 2, at: 2 }];
  const second = await runRest({ ...values, select: ["items"] }, first.state);
  assertEquals(second.data, [
    { n: 2, at: 2, orders_id: 1 },
    { n: 2, at: 2, orders_id: 2 },
  ]);
});

Deno.test("the places of many parents are told from time to time, not at each page", async () => {
  const orders = numbered(1, 400);
  await using api = new Api(({ url }) =>
    json(url.pathname.endsWith("/orders") ? orders : [{ n: 1 }])
  );
  const values = {
    endpoint: api.endpoint.replace("/orders", ""),
    streams: {
      orders: { path: "/orders", key: ["id"] },
      items: {
        path: "orders/{id}/items",
        parent: "orders",
        include: ["id"],
        cursor: { field: "n", param: "since", type: "number" },
      },
    },
  };
  const first = await runRest(values, undefined, new StandingTime());
  assertEquals(first.data.length, 800);
  assert(first.states < 110, `${first.states} states`);
  const again = await runRest({ ...values, select: ["items"] }, first.state);
  assertEquals(again.data, []);
});

Deno.test("a schema is declared by a file or inferred from a page", async (t) => {
  await using api = new Api(() =>
    json([{ id: 1, name: "a", n: 1.5 }, { id: 2, more: [] }])
  );
  await t.step("inferred", async () => {
    const { schemas } = await runRest({
      endpoint: api.endpoint,
      key: ["id"],
    });
    assertEquals(schemas[0], {
      table: "orders",
      key: ["id"],
      fields: [
        { name: "id", type: "int64" },
        { name: "name", type: "string", nullable: true },
        { name: "n", type: "float64", nullable: true },
        { name: "more", type: "json", nullable: true },
      ],
    });
  });
  await t.step("inferred, and wider as it must be", async () => {
    const pages = [
      [{ a: 1, b: null, c: "x" }],
      [{ a: 1.5, b: true, c: 2 }],
      [],
    ];
    await using paged = new Api(({ count }) => json(pages[count - 1]));
    const { schemas } = await runRest({
      endpoint: paged.endpoint,
      pagination: { type: "page", param: "page" },
    });
    const types = schemas.map((schema) =>
      (schema as unknown as { fields: { type: string }[] }).fields
        .map(({ type }) => type)
    );
    assertEquals(types, [["int64", "any", "string"], [
      "float64",
      "boolean",
      "json",
    ]]);
  });
  await t.step("of an OpenAPI file in YAML", async () => {
    const file = await Deno.makeTempFile({ suffix: ".yaml" });
    try {
      await Deno.writeTextFile(
        file,
        "openapi: 3.0.0\ncomponents:\n  schemas:\n    Order:\n      type: object\n" +
          "      properties:\n        id: {type: integer, format: int64}\n" +
          "        at: {$ref: '#/components/schemas/Time'}\n" +
          "    Time: {type: string, format: date-time, nullable: true}\n",
      );
      const { schemas } = await runRest({
        endpoint: api.endpoint,
        schema: { file, pointer: "#/components/schemas/Order" },
      });
      const { fields } = schemas[0] as unknown as { fields: unknown[] };
      assertEquals(fields, [
        { name: "id", type: "int64" },
        { name: "at", type: "timestamptz", nullable: true },
      ]);
    } finally {
      await Deno.remove(file);
    }
  });
});
