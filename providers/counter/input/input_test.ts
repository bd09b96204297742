import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { FakeHost, settle, until } from "../../../tests/support/fake_host.ts";
import counter from "./mod.ts";
import { timestamp } from "./input.ts";

interface Line {
  readonly data: { readonly value: number; readonly timestamp: string };
  readonly metadata: Readonly<Record<string, unknown>>;
}

async function start(host: FakeHost, config: Record<string, unknown>) {
  const ended = counter.serve([], host);
  await host.send(`${JSON.stringify(config)}\n`);
  await until(() => host.logs.length > 0);
  return { ended };
}

function linesOf(host: FakeHost): Line[] {
  return host.lines.map((line) => JSON.parse(line));
}

Deno.test("an envelope has the fields that upstream's has", async () => {
  const host = new FakeHost();
  const { ended } = await start(host, { interval: 10, maxCount: 1 });
  assertEquals(await ended, 0);
  assertEquals(linesOf(host), [{
    data: { value: 1, timestamp: "2026-01-01T00:00:00.000000+00:00" },
    metadata: {
      seq: 1,
      source: "counter-input-provider",
      provider: "counter-input-provider",
      interval_ms: 10,
    },
  }]);
  assertEquals(host.logs, [
    "[CounterInputProvider] Starting counter with interval=10ms, max_count=1",
  ]);
});

Deno.test("numbers come at their interval, the first at once", async () => {
  const host = new FakeHost();
  const { ended } = await start(host, { interval: "1s", max_count: 3 });
  await host.clock.advance(0);
  const seen: number[] = [];
  for (let second = 0; second < 3; second++) {
    seen.push(host.lines.length);
    await host.clock.advance(999);
    assertEquals(host.lines.length, second + 1);
    await host.clock.advance(1);
    await settle();
    await host.clock.advance(0);
  }
  assertEquals(seen, [1, 2, 3]);
  assertEquals(await ended, 0);
});

Deno.test("the interval stays what it is when the wall clock is set back", async () => {
  const host = new FakeHost();
  await start(host, { interval: "1s" });
  await host.clock.advance(0);
  host.clock.wallShiftMs = -3_600_000;
  for (let second = 1; second <= 3; second++) {
    assertEquals(host.lines.length, second);
    await host.clock.advance(1000);
    await settle();
    await host.clock.advance(0);
  }
  await host.signal("SIGTERM");
});

Deno.test("start is the first number, max_count how many", async () => {
  const host = new FakeHost();
  const config = { interval: 0, max_count: 250, start: -3 };
  const { ended } = await start(host, config);
  assertEquals(await ended, 0);
  const values = linesOf(host).map(({ data }) => data.value);
  assertEquals(values, Array.from({ length: 250 }, (_, i) => i - 3));
});

Deno.test("a finished counter starts anew, a broken one goes on", async () => {
  const states = async (resume: unknown) => {
    const host = new FakeHost();
    const line = JSON.stringify({
      command: "run",
      config: { interval: 0, max_count: 3 },
      protocol: { version: 2, features: ["state"] },
      resume,
    });
    await host.send(`${line}\n`);
    assertEquals(await counter.serve([], host), 0);
    const envelopes = host.lines.filter((text) => text.startsWith('{"data"'));
    return {
      values: envelopes.map((text) => JSON.parse(text).data.value),
      last: host.lines.findLast((text) => text.includes("state")),
    };
  };
  const expected = '\x1e{"state":{"sent":0}}';
  assertEquals(await states({ sent: 0 }), {
    values: [1, 2, 3],
    last: expected,
  });
  assertEquals(await states({ sent: 2 }), { values: [3], last: expected });
  assertEquals((await states("nonsense")).values, [1, 2, 3]);
});

Deno.test("timestamp() has six digits and an offset", () => {
  const ms = Date.UTC(2025, 8, 25, 17, 30, 22, 825);
  assertEquals(timestamp(ms + 0.8039), "2025-09-25T17:30:22.825803+00:00");
  assertEquals(timestamp(ms), "2025-09-25T17:30:22.825000+00:00");
  assert.ok(!Number.isNaN(Date.parse(timestamp(Date.now()))));
});
