import { createHmac } from "node:crypto";
import {
  assert,
  assertEquals,
  assertRejects,
} from "../../../tests/support/assert.ts";
import { type Json, parseConfig } from "@dstream/sdk";
import { driveInput, TestContext } from "@dstream/sdk/testing";
import { sign as signAsGithub } from "@octokit/webhooks-methods";
import { Stripe } from "stripe";
import { check, config } from "./config.ts";
import { HttpInput } from "./input.ts";

function read(values: Record<string, Json>) {
  const { values: parsed, problems } = parseConfig(config, values);
  if (parsed === undefined) throw new Error(JSON.stringify(problems));
  return parsed;
}

interface Opened {
  readonly url: string;
  readonly data: Json[];
  readonly metadata: Json[];
  post(body: string, headers?: Record<string, string>): Promise<Response>;
}

/** A listening input whose destination takes all, or nothing. */
async function listening(
  values: Record<string, Json>,
  run: (opened: Opened) => Promise<void>,
  { delivers = true } = {},
): Promise<void> {
  const context = new TestContext();
  const parsed = read({ listen: "127.0.0.1:0", ...values });
  assertEquals([...check(parsed)], []);
  const input = new HttpInput(parsed, context);
  const data: Json[] = [];
  const metadata: Json[] = [];
  const reading = (async () => {
    for await (const batch of driveInput(input, undefined, context)) {
      for (const envelope of batch.envelopes) {
        data.push(envelope.data);
        metadata.push(envelope.metadata);
      }
      if (delivers) await batch.deliver();
    }
  })();
  const url = `http://127.0.0.1:${input.port}/`;
  const post = (body: string, headers = {}) =>
    fetch(url, { method: "POST", body, headers });
  try {
    await run({ url, data, metadata, post });
  } finally {
    context.stop.abort();
    await reading;
    await input.close();
  }
}

async function statusOf(answer: Promise<Response>): Promise<number> {
  const response = await answer;
  await response.text();
  return response.status;
}

Deno.test("a request is answered with success when its envelope is delivered", async (t) => {
  await t.step(
    "delivered",
    () =>
      listening(
        { table: "events", key: ["id"], headers: ["X-Kind"] },
        async ({ post, data, metadata }) => {
          const body = '{"id":12345678901234567890}';
          assertEquals(await statusOf(post(body, { "X-Kind": "new" })), 200);
          assertEquals(JSON.stringify(data[0]), body);
          const { timestamp, ...rest } = metadata[0] as Record<string, Json>;
          assert.match(String(timestamp), /^2026-01-01T/);
          assertEquals(rest, {
            table: "events",
            key: ["id"],
            source: "http",
            headers: { "x-kind": "new" },
          });
        },
      ),
  );
  await t.step(
    "not delivered in time",
    () =>
      listening({ answer_timeout: 50 }, async ({ post, data }) => {
        const response = await post("{}");
        assertEquals(await response.text(), "not delivered yet\n");
        assertEquals([response.status, response.headers.get("retry-after")], [
          503,
          "5",
        ]);
        assertEquals(data, [{}]);
      }, { delivers: false }),
  );
  await t.step(
    "received, where that is wanted",
    () =>
      listening({ ack: "received" }, async ({ post }) => {
        assertEquals(await statusOf(post("{}")), 202);
      }, { delivers: false }),
  );
});

Deno.test("what isn't for it is refused, each with its status", () =>
  listening({ token: "s3cret", max_body: 100 }, async ({ url, post, data }) => {
    const good = { Authorization: "Bearer s3cret" };
    const cases: [string, Promise<Response>, number][] = [
      [
        "another path",
        fetch(`${url}x`, { method: "POST", headers: good }),
        404,
      ],
      ["another method", fetch(url, { headers: good }), 405],
      ["no token", post("{}"), 401],
      ["a wrong token", post("{}", { Authorization: "Bearer x" }), 401],
      ["too long", post("x".repeat(101), good), 413],
      ["no JSON", post("{", good), 400],
      ["right", post("{}", good), 200],
    ];
    for (const [name, answer, status] of cases) {
      assertEquals([name, await statusOf(answer)], [name, status]);
    }
    assertEquals(data, [{}]);
  }));

Deno.test("too many that wait are told to come later", () =>
  listening({ max_waiting: 2, answer_timeout: "1m" }, async ({ url, data }) => {
    const leave = new AbortController();
    const post = () =>
      fetch(url, { method: "POST", body: "{}", signal: leave.signal });
    const waiting = [post(), post()].map((each) => each.catch(() => undefined));
    while (data.length < 2) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const response = await post();
    assertEquals(await response.text(), "too many requests wait\n");
    assertEquals([response.status, response.headers.get("retry-after")], [
      429,
      "5",
    ]);
    leave.abort();
    await Promise.all(waiting);
  }, { delivers: false }));

Deno.test("records of a body become envelopes of their own", async (t) => {
  const cases: [string, Record<string, Json>, string, Json[]][] = [
    ["a list at a path", { records: "events" }, '{"events":[1,2]}', [1, 2]],
    ["JSON Lines", { format: "json_lines" }, '{"a":1}\n{"a":2}\n', [
      { a: 1 },
      { a: 2 },
    ]],
    ["text", { format: "text" }, "hello", ["hello"]],
  ];
  for (const [name, values, body, expected] of cases) {
    await t.step(name, () =>
      listening(values, async ({ post, data }) => {
        assertEquals(await statusOf(post(body)), 200);
        assertEquals(data, expected);
      }));
  }
  await t.step(
    "a body without it is refused",
    () =>
      listening({ records: "events" }, async ({ post }) => {
        assertEquals(await statusOf(post("{}")), 400);
      }),
  );
});

Deno.test("only what is signed is taken", async (t) => {
  // GitHub's own example, of "Validating webhook deliveries".
  await t.step("GitHub's example", () =>
    listening({
      format: "text",
      signature: { type: "github", secrets: ["It's a Secret to Everybody"] },
    }, async ({ post, data }) => {
      const right =
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
      const signed = { "X-Hub-Signature-256": right };
      assertEquals(await statusOf(post("Hello, World!", signed)), 200);
      assertEquals(await statusOf(post("Hello, World?", signed)), 401);
      assertEquals(await statusOf(post("Hello, World!")), 401);
      assertEquals(data, ["Hello, World!"]);
    }));
  await t.step("Stripe's way, within its tolerance", () =>
    listening({
      signature: { type: "stripe", secrets: ["old", "whsec_test"] },
    }, async ({ post }) => {
      const sign = (time: number, secret = "whsec_test") => {
        const text = createHmac("sha256", secret).update(`${time}.{}`)
          .digest("hex");
        return { "Stripe-Signature": `t=${time},v1=00,v1=${text},v0=x` };
      };
      const now = Date.UTC(2026, 0, 1) / 1000;
      assertEquals(await statusOf(post("{}", sign(now))), 200);
      assertEquals(await statusOf(post("{}", sign(now, "old"))), 200);
      assertEquals(await statusOf(post("{}", sign(now - 301))), 401);
      assertEquals(await statusOf(post("{}", sign(now, "other"))), 401);
      assertEquals(await statusOf(post("{}")), 401);
    }));
  await t.step("any other way with HMAC", () =>
    listening({
      signature: {
        type: "generic",
        secrets: ["s"],
        header: "X-Sign",
        algorithm: "sha512",
        encoding: "base64",
        prefix: "v1 ",
      },
    }, async ({ post }) => {
      const text = createHmac("sha512", "s").update("{}").digest("base64");
      assertEquals(await statusOf(post("{}", { "X-Sign": `v1 ${text}` })), 200);
      assertEquals(await statusOf(post("{}", { "X-Sign": text })), 401);
    }));
});

Deno.test("GitHub's and Stripe's own libraries sign what is taken", async (t) => {
  const body = '{"text":"Zoë 😀","n":1.50}\n';
  await t.step("GitHub's", () =>
    listening({
      signature: { type: "github", secrets: ["new", "s3cret ü"] },
    }, async ({ post, data }) => {
      for (const [secret, status] of [["s3cret ü", 200], ["x", 401]] as const) {
        const signature = await signAsGithub(secret, body);
        const headers = { "X-Hub-Signature-256": signature };
        assertEquals(await statusOf(post(body, headers)), status);
      }
      assertEquals(data.length, 1);
    }));
  await t.step("Stripe's", () =>
    listening({
      signature: { type: "stripe", secrets: ["whsec_a", "whsec_b"] },
    }, async ({ post, data }) => {
      const { webhooks } = new Stripe("sk_test_none");
      const now = Date.UTC(2026, 0, 1) / 1000;
      const cases: [string, number, number][] = [
        ["whsec_b", now, 200],
        ["whsec_b", now - 299, 200],
        ["whsec_b", now - 301, 401],
        ["whsec_c", now, 401],
      ];
      for (const [secret, timestamp, status] of cases) {
        const signed = { payload: body, secret, timestamp };
        const header = await webhooks.generateTestHeaderStringAsync(signed);
        const headers = { "Stripe-Signature": header };
        assertEquals(await statusOf(post(body, headers)), status);
      }
      assertEquals(data.length, 2);
    }));
});

Deno.test("who listens to the network must know who writes", () => {
  const [problem] = check(read({ listen: "0.0.0.0:8080" }));
  assert.match(
    problem.message,
    /everybody who reaches 0.0.0.0:8080 could write/,
  );
  assertEquals([...check(read({ listen: "0.0.0.0:8080", token: "x" }))], []);
});

Deno.test("an address that is taken is named", async () => {
  using taken = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const error = await assertRejects(
    () =>
      Promise.resolve().then(() =>
        new HttpInput(
          read({ listen: `127.0.0.1:${taken.addr.port}` }),
          new TestContext(),
        )
      ),
    "config.value_invalid",
  );
  assert.match(error.message, /cannot listen on 127.0.0.1/);
});
