import { assertEquals } from "../../../tests/support/assert.ts";
import { FakeHost, settle, until } from "../../../tests/support/fake_host.ts";
import { boolean, defineInput, type OpenContext } from "../mod.ts";
import { OFFER, recordOf, version2Line } from "../testing/start_lines.ts";

function featuresOf(host: FakeHost): unknown {
  const ready = host.lines.find((line) => line.includes('"status"'))!;
  return JSON.parse(ready).protocol.features;
}

Deno.test("what an input uses may depend on its config", async (t) => {
  const provider = defineInput({
    name: "either",
    summary: "Keeps its checkpoint here or there",
    config: { group: boolean({ default: false, doc: "There" }) },
    features: ["ack", "state"],
    uses: ({ group }) => [group ? "ack" : "state"],
    open: () => ({ async *read() {} }),
  });
  for (const [group, feature] of [[true, "ack"], [false, "state"]]) {
    await t.step(String(feature), async () => {
      const host = new FakeHost();
      const ended = provider.serve([], host);
      await host.send(version2Line({ group } as never));
      await ended;
      assertEquals(featuresOf(host), [feature]);
    });
  }
  assertEquals(provider.spec().features, ["ack", "state"]);
});

Deno.test("open gets a clock, a pause and what was agreed on", async () => {
  const host = new FakeHost();
  let context: OpenContext | undefined;
  let sleptMs: number | undefined;
  const provider = defineInput({
    name: "slow",
    summary: "Waits before it is ready",
    config: {},
    features: ["ack", "state", "schema"],
    open: async (_, given) => {
      context = given;
      const startMs = given.now();
      await given.sleep(500);
      sleptMs = given.now() - startMs;
      return { async *read() {} };
    },
  });
  const protocol = { ...OFFER, features: ["ack", "schema"] };
  const ended = provider.serve([], host);
  await host.send(version2Line({}, { protocol }));
  await until(() => context !== undefined);
  assertEquals([...context!.features], ["ack", "schema"]);
  assertEquals(sleptMs, undefined);
  await host.clock.advance(500);
  await ended;
  assertEquals(sleptMs, 500);
});

Deno.test("an input may have states and acknowledgements at once", async () => {
  const host = new FakeHost();
  const calls: number[] = [];
  const provider = defineInput({
    name: "both",
    summary: "A slot at the source, and the snapshot's progress here",
    config: {},
    features: ["ack", "state"],
    open: () => ({
      async *read(resume) {
        const n = Number(resume) + 1;
        yield {
          envelopes: [{ data: n, metadata: {} }],
          state: n,
          delivered: () => void calls.push(n),
        };
      },
    }),
  });
  const ended = provider.serve([], host);
  await host.send(version2Line({}, { resume: 6 }));
  await until(() => host.stdout.includes('"end"'));
  await settle();
  const written = host.lines.map((line) => recordOf(line) ?? JSON.parse(line));
  assertEquals(written.slice(2), [
    { data: 7, metadata: {} },
    { state: 7 },
    { end: true },
  ]);
  assertEquals(calls, []);
  await host.send('\x1e{"ack":1}\n');
  assertEquals(await ended, 0);
  assertEquals(calls, [7]);
});

Deno.test("a bug in a provider shows its stack at the level debug, and only there", async (t) => {
  const provider = defineInput({
    name: "buggy",
    summary: "Has a bug",
    config: { early: boolean({ default: false, doc: "Before ready" }) },
    open: ({ early }) => {
      if (early) throw new TypeError("no such thing");
      return {
        // deno-lint-ignore require-yield
        async *read() {
          throw new TypeError("no such thing");
        },
      };
    },
  });
  for (const early of [true, false]) {
    for (const level of ["debug", "info"]) {
      await t.step(
        `${early ? "before" : "after"} ready, ${level}`,
        async () => {
          const host = new FakeHost({ DSTREAM_LOG_LEVEL: level });
          const ended = provider.serve([], host);
          await host.send(version2Line({ early }));
          assertEquals(await ended, 1);
          const hasStack = host.logs.some((line) =>
            line.includes("features_test.ts")
          );
          assertEquals(hasStack, level === "debug");
        },
      );
    }
  }
});
