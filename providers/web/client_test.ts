import {
  assert,
  assertEquals,
  assertRejects,
} from "../../tests/support/assert.ts";
import { Api, type Asked, json } from "../../tests/support/rest/api.ts";
import { type Json, parseConfig } from "@dstream/sdk";
import { TestContext } from "@dstream/sdk/testing";
import { WebClient } from "./client.ts";
import { checkWeb, webFields } from "./fields.ts";

const NOW_MS = Date.UTC(2026, 0, 1);

/** A client whose clock moves by sleeping, and the pauses it made. */
function clientOf(endpoint: string, values: Record<string, Json> = {}) {
  const delaysMs: number[] = [];
  const context = new TestContext({
    nowMs: NOW_MS,
    onSleep: (delayMs) => void delaysMs.push(delayMs),
  });
  const { values: config, problems } = parseConfig(webFields, values);
  if (config === undefined) throw new Error(JSON.stringify(problems));
  assertEquals([...checkWeb(config)], []);
  // Not spread: `signal` is a getter.
  const { log, now, monotonicMs, sleep, signal } = context;
  const deps = { log, now, monotonicMs, sleep, signal, random: () => 1 };
  const client = new WebClient(new URL(endpoint), config, deps);
  return { client, delaysMs, context };
}

/** Answers with these, then with 200. */
function answers(...first: (() => Response)[]) {
  return ({ count }: Asked) => first[count - 1]?.() ?? json({ ok: true });
}

const status = (status: number, headers: HeadersInit = {}) => () =>
  new Response("no", { status, headers });

Deno.test("3.3.14 Retry-After is obeyed in seconds and as a date, up to a limit", async (t) => {
  const date = new Date(NOW_MS + 90_000).toUTCString();
  for (
    const [after, limit, expected] of [
      ["7", "15m", 7000],
      [date, "15m", 90_000],
      ["86400", "10s", 10_000],
      ["0", "15m", 0],
    ] as const
  ) {
    await t.step(`${after}, at most ${limit}`, async () => {
      await using api = new Api(answers(status(429, { "Retry-After": after })));
      const { client, delaysMs } = clientOf(api.endpoint, {
        max_retry_after: limit,
      });
      using _ = client;
      await client.fetch({ url: new URL(api.endpoint) });
      assertEquals(delaysMs, [expected]);
    });
  }
});

Deno.test("3.3.15 requests stay below the limit, by config and by what answers say", async (t) => {
  await t.step("rate_limit", async () => {
    await using api = new Api(answers());
    const { client, delaysMs } = clientOf(api.endpoint, { rate_limit: 4 });
    using _ = client;
    for (let n = 0; n < 3; n++) {
      await client.fetch({ url: new URL(api.endpoint) });
    }
    assertEquals(delaysMs, [250, 250]);
  });
  const resets: [string, Record<string, string>, number][] = [
    [
      "seconds",
      { "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "30" },
      30_000,
    ],
    ["a time since 1970", {
      "X-RateLimit-Remaining": "0",
      "X-RateLimit-Reset": String(NOW_MS / 1000 + 45),
    }, 45_000],
    ["the draft's names", {
      "RateLimit-Remaining": "0",
      "RateLimit-Reset": "5",
    }, 5000],
  ];
  for (const [name, headers, expected] of resets) {
    await t.step(`nothing left, reset as ${name}`, async () => {
      await using api = new Api(answers(() => json({}, { headers })));
      const { client, delaysMs } = clientOf(api.endpoint);
      using _ = client;
      await client.fetch({ url: new URL(api.endpoint) });
      await client.fetch({ url: new URL(api.endpoint) });
      assertEquals(delaysMs, [expected]);
    });
  }
});

Deno.test("3.3.16 an answer that doesn't begin, or stands still, is given up", async (t) => {
  const cases: [string, (signal: AbortSignal) => Promise<Response>][] = [
    [
      "no headers",
      (signal) =>
        new Promise((resolve) =>
          signal.addEventListener("abort", () => resolve(new Response()))
        ),
    ],
    ["half a body", () =>
      Promise.resolve(
        new Response(
          new ReadableStream({
            start: (controller) =>
              controller.enqueue(new TextEncoder().encode("[1,")),
          }),
        ),
      )],
  ];
  for (const [name, answer] of cases) {
    await t.step(name, async () => {
      const closing = new AbortController();
      await using api = new Api(() => answer(closing.signal));
      const { client } = clientOf(api.endpoint, {
        request_timeout: 50,
        retry_timeout: 0,
      });
      using _ = client;
      const error = await assertRejects(
        () => client.fetch({ url: new URL(api.endpoint) }),
        "http.failed",
      );
      assert.match(error.message, /said nothing for 0.05 s/);
      closing.abort();
    });
  }
});

Deno.test("3.3.16 attempts have a budget together", async () => {
  await using api = new Api(() => new Response("busy", { status: 503 }));
  const { client, delaysMs } = clientOf(api.endpoint, { retry_timeout: "10s" });
  using _ = client;
  const error = await assertRejects(
    () => client.fetch({ url: new URL(api.endpoint) }),
    "http.failed",
  );
  assert.match(error.message, /answered 503: busy/);
  assertEquals(delaysMs, [250, 500, 1000, 2000, 4000]);
});

Deno.test("3.3.17 what may get better is tried again, all else is final with what it said", async (t) => {
  for (const code of [408, 429, 500, 502, 503, 504]) {
    await t.step(`${code} is tried again`, async () => {
      await using api = new Api(answers(status(code)));
      const { client } = clientOf(api.endpoint);
      using _ = client;
      await client.fetch({ url: new URL(api.endpoint) });
      assertEquals(api.asked.length, 2);
    });
  }
  for (const code of [400, 403, 404, 410, 422, 501]) {
    await t.step(`${code} is final`, async () => {
      const body = `token s3cret-token is bad ${"x".repeat(5000)}`;
      await using api = new Api(() => new Response(body, { status: code }));
      const { client } = clientOf(api.endpoint, { auth_token: "s3cret-token" });
      using _ = client;
      const error = await assertRejects(
        () => client.fetch({ url: new URL(api.endpoint) }),
        "http.failed",
      );
      assertEquals(api.asked.length, 1);
      assert.match(
        error.message,
        new RegExp(`answered ${code}: token \\*\\*\\* is bad`),
      );
      assert.ok(error.message.length < 1200);
    });
  }
  await t.step("a broken connection is tried again", async () => {
    const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
    const served = (async () => {
      (await listener.accept()).close();
      const second = await listener.accept();
      await second.read(new Uint8Array(4096));
      await second.write(new TextEncoder().encode(
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n[]",
      ));
      second.close();
    })();
    const url = new URL(`http://127.0.0.1:${listener.addr.port}/`);
    const { client } = clientOf(url.href);
    using _ = client;
    const { bytes } = await client.fetch({ url });
    assertEquals(new TextDecoder().decode(bytes), "[]");
    await served;
    listener.close();
  });
});

Deno.test("3.3.21 credentials go to the configured origin alone", async (t) => {
  await using other = new Api(() => json({ from: "other" }));
  const auth: [string, Record<string, Json>][] = [
    ["auth_token", { auth_token: "s3cret" }],
    ["basic", { auth: { type: "basic", username: "me", password: "s3cret" } }],
    ["api_key", { auth: { type: "api_key", key: "s3cret" } }],
    ["api_key in the query", {
      auth: { type: "api_key", name: "key", in: "query", key: "s3cret" },
    }],
    ["headers", { headers: { "X-Secret": "s3cret" } }],
  ];
  for (const [name, values] of auth) {
    await t.step(`${name}, over a redirect`, async () => {
      await using api = new Api(({ url }) =>
        url.pathname === "/v1/orders"
          ? new Response(null, {
            status: 307,
            headers: { Location: `${other.endpoint}/moved` },
          })
          : json({})
      );
      const { client, context } = clientOf(api.endpoint, values);
      using _ = client;
      await client.fetch({ url: new URL(api.endpoint) });
      const sent = JSON.stringify([...api.asked[0].headers, api.asked[0].url]);
      assert.match(sent, /s3cret|bWU6czNjcmV0/);
      const { url, headers } = other.asked.at(-1)!;
      assert.doesNotMatch(
        JSON.stringify([...headers, url]),
        /s3cret|bWU6czNjcmV0|authorization/,
      );
      assert.match(context.warnings[0], /asked without token/);
    });
  }
});

const OAUTH = (endpoint: string, more: Record<string, Json> = {}) => ({
  auth: {
    type: "oauth2",
    token_url: endpoint.replace("/orders", "/token"),
    client_id: "me",
    client_secret: "s3cret",
    ...more,
  },
});

/** An API whose tokens end, and where they come from. */
function tokens(answer: (count: number, form: URLSearchParams) => Response) {
  let count = 0;
  return new Api(({ url, body }) => {
    if (!url.pathname.endsWith("/token")) return json([]);
    return answer(++count, new URLSearchParams(body));
  });
}

Deno.test("3.3.18 an OAuth2 token is renewed before it ends, and once after a 401", async (t) => {
  await t.step("before its end, with a margin", async () => {
    await using api = tokens((count) =>
      json({ access_token: `t${count}`, expires_in: 600 })
    );
    const { client, context } = clientOf(api.endpoint, OAUTH(api.endpoint));
    using _ = client;
    const url = new URL(api.endpoint);
    await client.fetch({ url });
    await context.sleep(530_000);
    await client.fetch({ url });
    await context.sleep(20_000);
    await client.fetch({ url });
    const sent = api.asked.filter((each) =>
      each.url.pathname.endsWith("orders")
    )
      .map(({ headers }) => headers.get("authorization"));
    assertEquals(sent, ["Bearer t1", "Bearer t1", "Bearer t2"]);
  });
  await t.step("once after a 401", async () => {
    let issued = 0;
    await using api = new Api(({ url, request }) => {
      if (url.pathname.endsWith("/token")) {
        return json({ access_token: `t${++issued}` });
      }
      const isGood = request.headers.get("authorization") === "Bearer t2";
      return isGood ? json([]) : new Response("", { status: 401 });
    });
    const { client } = clientOf(api.endpoint, OAUTH(api.endpoint));
    using _ = client;
    await client.fetch({ url: new URL(api.endpoint) });
    assertEquals(issued, 2);
  });
  await t.step("no more than once", async () => {
    await using api = new Api(({ url }) =>
      url.pathname.endsWith("/token")
        ? json({ access_token: "t" })
        : new Response("", { status: 401 })
    );
    const { client } = clientOf(api.endpoint, OAUTH(api.endpoint));
    using _ = client;
    await assertRejects(
      () => client.fetch({ url: new URL(api.endpoint) }),
      "http.failed",
    );
    assertEquals(api.asked.length, 4);
  });
});

Deno.test("3.3.19 a refresh token that changes is stored before the new token is used", async () => {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, "");
    const used: (string | null)[] = [];
    let kept = "";
    await using api = new Api(({ url, body }) => {
      if (!url.pathname.endsWith("/token")) {
        kept = Deno.readTextFileSync(file).trim();
        return json([]);
      }
      used.push(new URLSearchParams(body).get("refresh_token"));
      return json({ access_token: "a", refresh_token: `r${used.length}` });
    });
    const values = OAUTH(api.endpoint, {
      refresh_token: "r0",
      token_file: file,
    });
    for (let run = 0; run < 2; run++) {
      const { client } = clientOf(api.endpoint, values);
      using _ = client;
      await client.fetch({ url: new URL(api.endpoint) });
      assertEquals(kept, `r${run + 1}`);
    }
    assertEquals(used, ["r0", "r1"]);
    if (Deno.build.os !== "windows") {
      assertEquals((await Deno.stat(file)).mode! & 0o777, 0o600);
    }
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("3.3.20 invalid_grant is final and says to log in again", async () => {
  await using api = tokens(() =>
    json({ error: "invalid_grant" }, { status: 400 })
  );
  const { client } = clientOf(
    api.endpoint,
    OAUTH(api.endpoint, { refresh_token: "old-token" }),
  );
  using _ = client;
  const error = await assertRejects(
    () => client.fetch({ url: new URL(api.endpoint) }),
    "http.login_needed",
  );
  assert.match(error.hint!, /log in again/);
  assertEquals(error.name, "FinalError");
});

Deno.test("a token is never sent on to where its address leads", async () => {
  await using other = new Api(() => json({ access_token: "x" }));
  await using api = new Api(() =>
    new Response(null, { status: 307, headers: { Location: other.endpoint } })
  );
  const { client } = clientOf(api.endpoint, OAUTH(api.endpoint));
  using _ = client;
  await assertRejects(
    () => client.fetch({ url: new URL(api.endpoint) }),
    "http.refused",
  );
  assertEquals(other.asked.length, 0);
});

Deno.test("what the config says of credentials is complete", async (t) => {
  const cases: [Record<string, Json>, RegExp][] = [
    [{ auth: { type: "bearer" } }, /auth.token is required/],
    [
      { auth: { type: "oauth2", client_id: "x" } },
      /auth.token_url is required/,
    ],
    [{ auth: { type: "none" }, auth_token: "x" }, /exclude each other/],
    [{ tls: { cert_file: "x" } }, /both cert_file and key_file/],
    [{ proxy: "proxy:3128" }, /proxy must be an address/],
  ];
  for (const [values, expected] of cases) {
    await t.step(expected.source, () => {
      const { values: config } = parseConfig(webFields, values);
      assert.match([...checkWeb(config!)][0].message, expected);
    });
  }
});
