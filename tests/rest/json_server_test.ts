/**
 * The `rest` input against json-server, which nobody here wrote.
 *
 * @module
 */

import type { Json } from "@dstream/sdk";
import { assertEquals } from "../support/assert.ts";
import { runRest } from "../support/rest/rest_input.ts";
import { JsonServer } from "../support/servers/json_server.ts";

const ORDERS = Array.from({ length: 57 }, (_, index) => ({
  id: index + 1,
  customer: index % 5,
  updated: new Date(Date.UTC(2026, 0, 1, 0, index)).toISOString(),
}));

Deno.test("json-server is read whole by each way it has pages", async (t) => {
  await using server = await JsonServer.start({ orders: ORDERS });
  const endpoint = `${server.url}/orders`;
  const params = { _sort: "id", _limit: "10" };
  const ways: [string, Record<string, Json>][] = [
    ["none", {}],
    ["Link header", {
      params: { ...params, _page: "1" },
      pagination: { type: "link_header" },
    }],
    ["page number", {
      params,
      pagination: { type: "page", param: "_page" },
    }],
    ["offset", {
      params: { _sort: "id" },
      pagination: {
        type: "offset",
        param: "_start",
        size: 10,
        size_param: "_limit",
      },
    }],
    ["last key", {
      params,
      pagination: { type: "last_key", param: "id_gte", key: "id" },
      key: ["id"],
      cursor: { field: "id", type: "number", order: "ascending" },
    }],
    ["children of customers", {
      endpoint: server.url,
      streams: {
        orders: { path: "orders", key: ["id"] },
        again: { path: "orders/{id}", parent: "orders" },
      },
      select: ["again"],
    }],
  ];
  for (const [name, values] of ways) {
    await t.step(name, async () => {
      const { data } = await runRest({ endpoint, ...values });
      assertEquals(data as unknown, ORDERS);
    });
  }
});

Deno.test("json-server is asked for what is new, and nothing comes twice", async () => {
  await using server = await JsonServer.start({ orders: ORDERS });
  const endpoint = `${server.url}/orders`;
  const values = {
    endpoint,
    key: ["id"],
    params: { _sort: "updated,id" },
    pagination: {
      type: "page",
      param: "_page",
      size: 10,
      size_param: "_limit",
    },
    cursor: { field: "updated", param: "updated_gte", order: "ascending" },
  };
  const first = await runRest(values);
  assertEquals(first.data as unknown, ORDERS);
  const changed = { ...ORDERS[3], updated: ORDERS.at(-1)!.updated };
  await send("PUT", `${endpoint}/4`, changed);
  const added = { id: 58, customer: 1, updated: "2026-02-01T00:00:00.000Z" };
  await send("POST", endpoint, added);
  const second = await runRest(values, first.state);
  assertEquals(second.data as unknown, [changed, added]);
});

async function send(method: string, url: string, body: object): Promise<void> {
  const response = await fetch(url, {
    method,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  await response.body?.cancel();
}
