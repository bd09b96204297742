import {
  providerSample,
  runSample,
  taskSample,
} from "../../tests/observe/samples.ts";
import {
  assert,
  assertEquals,
  assertFails,
} from "../../tests/support/assert.ts";
import { MetricsServer } from "./http_server.ts";
import type { RunSample } from "./sample.ts";

const platform = { os: "linux", arch: "x86_64", runtime: "deno" };
const address = { host: "127.0.0.1", port: 0 };

function serve(sample: () => RunSample): MetricsServer {
  const readUsage = () => Promise.resolve(new Map());
  return new MetricsServer({ address, sample, platform, readUsage });
}

async function get(url: string, init: RequestInit = {}) {
  const response = await fetch(url, init);
  const type = response.headers.get("content-type");
  return { status: response.status, type, body: await response.text() };
}

Deno.test("metrics and health are there to be read", async (t) => {
  let run = runSample(taskSample());
  await using server = serve(() => run);
  await t.step("metrics as of now", async () => {
    run = runSample(taskSample({ inFlight: 77 }));
    const { status, type, body } = await get(`${server.url}/metrics`);
    assertEquals([status, type], [
      200,
      "text/plain; version=0.0.4; charset=utf-8",
    ]);
    assert(body.includes('dstream_in_flight_envelopes{task="orders"} 77\n'));
  });
  await t.step("OpenMetrics when asked", async () => {
    const headers = { accept: "application/openmetrics-text; version=1.0.0" };
    const { type, body } = await get(`${server.url}/metrics`, { headers });
    assertEquals(
      type,
      "application/openmetrics-text; version=1.0.0; charset=utf-8",
    );
    assert(body.endsWith("\n# EOF\n"));
  });
  const failed = runSample(taskSample({ state: "failed" }));
  const cases: [string, RunSample, string, RequestInit, number, string][] = [
    ["ready", run, "/readyz", {}, 200, "ready\n"],
    [
      "not ready, and why",
      failed,
      "/readyz",
      {},
      503,
      'not ready\ntask "orders" has failed\n',
    ],
    ["alive all the same", failed, "/healthz", {}, 200, "ok\n"],
    ["HEAD", run, "/healthz", { method: "HEAD" }, 200, ""],
    [
      "nothing can be changed",
      run,
      "/metrics",
      { method: "POST" },
      405,
      "only GET and HEAD\n",
    ],
    [
      "a page that is not there",
      run,
      "/metric",
      {},
      404,
      "not found; there are /metrics, /healthz, /readyz\n",
    ],
  ];
  for (const [name, sample, path, init, status, body] of cases) {
    await t.step(name, async () => {
      run = sample;
      const found = await get(server.url + path, init);
      assertEquals([found.status, found.body], [status, body]);
    });
  }
});

Deno.test("requests at the same time ask the system once", async () => {
  const asked: (readonly number[])[] = [];
  const answer = Promise.withResolvers<void>();
  const dead = providerSample({ pid: 99, isAlive: false });
  const { providers } = taskSample();
  await using server = new MetricsServer({
    address,
    platform,
    sample: () => runSample(taskSample({ providers: [...providers, dead] })),
    readUsage: async (pids) => {
      asked.push(pids);
      await answer.promise;
      return new Map([[42, { cpuSeconds: 1, memoryBytes: 2 }]]);
    },
  });
  const both = [1, 2].map(() => get(`${server.url}/metrics`));
  await fetch(`${server.url}/healthz`).then((r) => r.text());
  answer.resolve();
  for (const { body } of await Promise.all(both)) {
    assert(/^dstream_provider_memory_bytes{.*"ticker"} 2$/m.test(body), body);
  }
  assertEquals(asked, [[41, 42, 43]]);
});

Deno.test("a busy port is refused with what to do", async () => {
  await using first = serve(() => runSample());
  const { port } = new URL(first.url);
  const failure = assertFails(
    () =>
      new MetricsServer({
        address: { host: "127.0.0.1", port: Number(port) },
        sample: () => runSample(),
        platform,
      }),
    "observe.address_in_use",
  );
  assertEquals(
    failure.message,
    `cannot serve metrics on 127.0.0.1:${port}: somebody listens there already`,
  );
});

Deno.test("an address that is not this machine's is refused", () => {
  assertFails(
    () =>
      new MetricsServer({
        address: { host: "192.0.2.1", port: 0 },
        sample: () => runSample(),
        platform,
      }),
    "observe.address_unavailable",
  );
});

Deno.test("a reader that keeps its connection does not hold up the end", async () => {
  const server = serve(() => runSample());
  const { port } = new URL(server.url);
  using idle = await Deno.connect({
    hostname: "127.0.0.1",
    port: Number(port),
  });
  await idle.write(new TextEncoder().encode("GET /metrics HTTP/1.1\r\n"));
  const startedMs = performance.now();
  await server[Symbol.asyncDispose]();
  assert(performance.now() - startedMs < 30_000);
});

Deno.test("a Host header that is no host is the reader's mistake, not ours", async () => {
  await using server = serve(() => runSample());
  const { port } = new URL(server.url);
  using reader = await Deno.connect({
    hostname: "127.0.0.1",
    port: Number(port),
  });
  const request =
    "GET /healthz HTTP/1.1\r\nHost: a b[\r\nConnection: close\r\n\r\n";
  await reader.write(new TextEncoder().encode(request));
  const answer = await new Response(reader.readable).text();
  assert(answer.startsWith("HTTP/1.1 400"), answer.split("\r\n")[0]);
});

Deno.test("a thousand connections that never ask neither end the server nor shut readers out", async () => {
  await using server = serve(() => runSample());
  const port = Number(new URL(server.url).port);
  using idle = new DisposableStack();
  const waiting: Deno.TcpConn[] = [];
  for (let i = 0; i < 1_000; i++) {
    const one = await Deno.connect({ hostname: "127.0.0.1", port });
    idle.use(one);
    waiting.push(one);
    await one.write(new TextEncoder().encode("GET /metrics HTTP/1.1\r\nHo"))
      .catch(() => {});
  }
  const { status, body } = await get(`${server.url}/healthz`);
  assertEquals([status, body], [200, "ok\n"]);
  // The oldest made room; the newest has its seconds, and is ended then.
  const ends = waiting.map((one) =>
    one.read(new Uint8Array(1)).catch(() => null)
  );
  assertEquals(new Set(await Promise.all(ends)), new Set([null]));
});
