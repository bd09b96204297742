import {
  assert,
  assertEquals,
  assertRejects,
} from "../../../tests/support/assert.ts";
import { Api, type Asked } from "../../../tests/support/rest/api.ts";
import { batchOfText } from "../../../tests/support/servicebus_output.ts";
import { type Json, parseConfig } from "@dstream/sdk";
import { TestContext } from "@dstream/sdk/testing";
import { check, config } from "./config.ts";
import { HttpOutput } from "./output.ts";

interface Sent {
  readonly path: string;
  readonly method: string;
  readonly body: string;
  readonly headers: Headers;
}

function read(values: Record<string, Json>) {
  const { values: parsed, problems } = parseConfig(config, values);
  if (parsed === undefined) throw new Error(JSON.stringify(problems));
  return parsed;
}

/** What the API was sent, and what was rejected. */
async function send(
  values: Record<string, Json>,
  lines: readonly { data: Json; metadata?: Json }[],
  answer: (asked: Asked) => Response | Promise<Response> = () => new Response(),
) {
  const sent: Sent[] = [];
  await using api = new Api((asked) => {
    const { request, body, url } = asked;
    sent.push({
      path: url.pathname + url.search,
      method: request.method,
      body,
      headers: request.headers,
    });
    return answer(asked);
  });
  const url = api.endpoint.replace("/v1/orders", "") +
    (values.url ?? "/orders");
  const parsed = read({ ...values, url });
  assertEquals([...check(parsed)], []);
  const context = new TestContext();
  const output = HttpOutput.open(parsed, context);
  const text = lines.map(({ data, metadata = {} }) =>
    `${JSON.stringify({ data, metadata })}\n`
  ).join("");
  const rejected: [number, string, string | undefined][] = [];
  const batch = batchOfText(text);
  Object.assign(batch, {
    reject: (index: number, reason: string, code?: string) =>
      rejected.push([index, reason, code]),
  });
  try {
    await output.write(batch, context);
  } finally {
    await output.close();
  }
  return { sent, rejected, context };
}

const rows = (count: number) =>
  Array.from({ length: count }, (_, id) => ({ data: { id } }));

Deno.test("a request carries what body says, to where url says", async (t) => {
  const line = {
    data: { id: "a/b?", n: 1.5, deep: { x: null } },
    metadata: { table: "orders", position: "7" },
  };
  const cases: [string, Record<string, Json>, Partial<Sent>][] = [
    ["data", {}, {
      path: "/orders",
      method: "POST",
      body: JSON.stringify(line.data),
    }],
    ["an address with a value, encoded", {
      url: "/orders/{data.id}?t={metadata.table}",
      method: "PUT",
    }, { path: "/orders/a%2Fb%3F?t=orders", method: "PUT" }],
    ["the envelope", { body: "envelope" }, { body: JSON.stringify(line) }],
    ["a template", {
      body: "template",
      template: '{"id":{data.id},"all":{data},"no":{data.none},"{x}":1}',
    }, {
      body: `{"id":"a/b?","all":${
        JSON.stringify(line.data)
      },"no":null,"{x}":1}`,
    }],
    ["nothing", { body: "none", method: "DELETE", url: "/x/{data.n}" }, {
      body: "",
      method: "DELETE",
      path: "/x/1.5",
    }],
  ];
  for (const [name, values, expected] of cases) {
    await t.step(name, async () => {
      const { sent, rejected } = await send(values, [line]);
      assertEquals(rejected, []);
      for (const [key, value] of Object.entries(expected)) {
        assertEquals(sent[0][key as keyof Sent] as unknown, value);
      }
    });
  }
});

Deno.test("numbers keep their digits", async () => {
  const sent: string[] = [];
  await using api = new Api(({ body }) => (sent.push(body), new Response()));
  const context = new TestContext();
  const output = HttpOutput.open(read({ url: api.endpoint }), context);
  const data = '{"id":12345678901234567890,"n":1.50}';
  await output.write(batchOfText(`{"data":${data},"metadata":{}}\n`), context);
  await output.close();
  assertEquals(sent, [data]);
});

Deno.test("a batch is a JSON array or JSON Lines, within its bounds", async (t) => {
  await t.step("json_array", async () => {
    const { sent } = await send(
      { batch: "json_array", batch_size: 3 },
      rows(7),
    );
    assertEquals(sent.map(({ body }) => JSON.parse(body).length), [3, 3, 1]);
  });
  await t.step("json_lines", async () => {
    const { sent } = await send({ batch: "json_lines" }, rows(2));
    assertEquals(sent[0].body, '{"id":0}\n{"id":1}\n');
    assertEquals(sent[0].headers.get("content-type"), "application/x-ndjson");
  });
  await t.step("bytes", async () => {
    const long = rows(4).map(({ data }) => ({
      data: { ...data, x: "y".repeat(600) },
    }));
    const { sent } = await send(
      { batch: "json_array", batch_bytes: 1500 },
      long,
    );
    assertEquals(sent.length, 2);
  });
  await t.step("one address each", async () => {
    const { sent } = await send(
      { batch: "json_array", url: "/t/{data.t}" },
      [1, 1, 2, 1].map((t) => ({ data: { t } })),
    );
    assertEquals(sent.map(({ path }) => path), ["/t/1", "/t/2", "/t/1"]);
  });
});

Deno.test("what is refused is rejected with what the API said", async (t) => {
  const refuse = (status: number) => ({ body }: Asked) =>
    body.includes('"id":3')
      ? new Response(`id 3 is bad ${"x".repeat(5000)}`, { status })
      : new Response();
  for (const status of [400, 409, 413, 422]) {
    await t.step(`${status}`, async () => {
      const { sent, rejected } = await send({}, rows(6), refuse(status));
      assertEquals(sent.length, 6);
      const [[index, reason, code]] = rejected;
      assertEquals([rejected.length, index, code], [1, 3, `http_${status}`]);
      assert.match(reason, new RegExp(`answered ${status}: id 3 is bad`));
      assert.ok(reason.length < 1200);
    });
  }
  await t.step("alone, of a batch", async () => {
    const { rejected } = await send(
      { batch: "json_array" },
      rows(9),
      refuse(422),
    );
    assertEquals(rejected.map(([index]) => index), [3]);
  });
  await t.step("an address that one envelope has no value for", async () => {
    const { sent, rejected } = await send(
      { url: "/x/{data.id}" },
      [{ data: { id: 1 } }, { data: {} }],
    );
    assertEquals(sent.length, 1);
    assertEquals(rejected[0][0], 1);
  });
});

Deno.test("what is no envelope's fault ends the task or the process", async (t) => {
  for (const status of [401, 403, 404, 405]) {
    await t.step(`${status} is final`, async () => {
      const error = await assertRejects(
        () => send({}, rows(1), () => new Response("", { status })),
        "http.refused",
      );
      assertEquals(error.name, "FinalError");
    });
  }
  await t.step("503 is tried again, then the process ends", async () => {
    const error = await assertRejects(
      () =>
        send(
          { retry_timeout: "3s" },
          rows(1),
          () => new Response("", { status: 503 }),
        ),
      "http.failed",
    );
    assertEquals(error.name, "FailedRequest");
  });
  await t.step("404 of an envelope's own address is its fault", async () => {
    const { rejected } = await send(
      { url: "/x/{data.id}" },
      rows(1),
      () => new Response("", { status: 404 }),
    );
    assertEquals(rejected.length, 1);
  });
});

Deno.test("requests go at once, those of one key in order", async () => {
  let atOnce = 0;
  let most = 0;
  const seen = new Map<number, number[]>();
  const lines = Array.from({ length: 40 }, (_, n) => ({
    data: { k: n % 5, n },
  }));
  await send(
    { concurrency: 4, order_key: "{data.k}" },
    lines,
    async ({ body }) => {
      most = Math.max(most, ++atOnce);
      const { k, n } = JSON.parse(body);
      seen.set(k, [...seen.get(k) ?? [], n]);
      await new Promise((resolve) => setTimeout(resolve, (n * 7) % 5));
      atOnce--;
      return new Response();
    },
  );
  assert.ok(most > 1 && most <= 4, String(most));
  for (const order of seen.values()) {
    assertEquals(order, order.toSorted((a, b) => a - b));
  }
});

Deno.test("a repeat has the same idempotency key", async () => {
  const line = (position: string) => ({
    data: {},
    metadata: { table: "t", position },
  });
  const keys = async (
    values: Record<string, Json>,
    lines: Parameters<typeof send>[1],
  ) =>
    (await send(values, lines)).sent.map(({ headers }) =>
      headers.get("idempotency-key")
    );
  const first = await keys({}, [line("1"), line("2")]);
  assertEquals(await keys({}, [line("1"), line("2")]), first);
  assertEquals(new Set(first).size, 2);
  assertEquals(await keys({}, rows(1)), [null]);
  assertEquals(await keys({ idempotency_key: "{data.id}" }, rows(2)), [
    "0",
    "1",
  ]);
});

Deno.test("what the config says is checked as a whole", async (t) => {
  const cases: [Record<string, Json>, RegExp][] = [
    [{ url: "https://{data.host}/x" }, /must name its host/],
    [{ url: "orders" }, /must be an address/],
    [{ url: "https://a.example/{x}" }, /names nothing/],
    [{ url: "https://a.example", body: "template" }, /need each other/],
    [
      { url: "https://a.example", batch: "json_array", body: "none" },
      /a batch is of/,
    ],
  ];
  for (const [values, expected] of cases) {
    await t.step(
      expected.source,
      () => assert.match([...check(read(values))][0].message, expected),
    );
  }
});
