import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { FakeHost, settle, until } from "../../../tests/support/fake_host.ts";
import { defineOutput, FinalError, type HoldLimits } from "../mod.ts";
import {
  OFFER,
  rawLine,
  recordOf,
  version2Line,
} from "../testing/start_lines.ts";

const HOLD = { bytes: 1000, envelopes: 50, delayMs: 60_000 };
const LINE = '{"data":1,"metadata":{}}\n';

async function start(hold: HoldLimits | undefined, line = version2Line({})) {
  const host = new FakeHost();
  const flushed: number[] = [];
  let taken = 0;
  const provider = defineOutput({
    name: "holder",
    summary: "Holds back",
    config: {},
    hold: () => hold,
    open: () => ({
      write: (batch) => Promise.resolve(void (taken += batch.count)),
      flush: () => Promise.resolve(void flushed.push(taken)),
    }),
  });
  const ended = provider.serve([], host);
  await host.send(line);
  await until(() => line === rawLine({}) || host.stdout.includes("ready"));
  await settle();
  return { host, ended, flushed };
}

function acksOf(host: FakeHost): number[] {
  return host.lines.flatMap((line) => (recordOf(line)?.ack as number) ?? []);
}

Deno.test("an output that holds back says so, and isn't flushed before", async (t) => {
  await t.step("it says so in its handshake", async () => {
    const { host } = await start(HOLD);
    const ready = JSON.parse(host.lines.at(-1)!);
    assertEquals(ready.hold, { bytes: 1000, envelopes: 50, delay_ms: 60_000 });
  });
  await t.step("enough envelopes", async () => {
    const { host, flushed } = await start({ ...HOLD, bytes: 1e9 });
    await host.send(LINE.repeat(49));
    await host.clock.advance(1000);
    assertEquals([flushed, acksOf(host)], [[], []]);
    await host.send(LINE);
    assertEquals([flushed, acksOf(host)], [[50], [50]]);
  });
  await t.step("enough bytes", async () => {
    const { host, flushed } = await start(HOLD);
    await host.send(LINE.repeat(40));
    assertEquals([flushed, acksOf(host)], [[40], [40]]);
  });
  await t.step("a wish to know, which counts as no envelope", async () => {
    const { host, flushed } = await start(HOLD);
    await host.send(`${LINE.repeat(3)}\x1e{"flush":true}\n${LINE}`);
    await host.clock.advance(100);
    assertEquals([flushed, acksOf(host)], [[3], [3]]);
    await host.send('\x1e{"flush":true}\n\x1e{"flush":true}\n');
    await host.clock.advance(100);
    assertEquals([flushed, acksOf(host)], [[3, 4], [3, 4]]);
  });
  await t.step("the first line's age, with no new envelopes", async () => {
    const { host, flushed } = await start(HOLD);
    await host.send(LINE);
    await host.clock.advance(59_999);
    assertEquals(flushed, []);
    await host.clock.advance(1);
    assertEquals([flushed, acksOf(host)], [[1], [1]]);
    await host.clock.advance(600_000);
    assertEquals(flushed, [1]);
  });
  await t.step("its age, while others come", async () => {
    const { host, flushed } = await start(HOLD);
    for (let second = 0; second < 60; second += 20) {
      await host.send(LINE);
      await host.clock.advance(20_000);
    }
    assertEquals(flushed, [3]);
  });
  await t.step(
    "the end of the data, and so a stop, flushes at once",
    async () => {
      const { host, flushed, ended } = await start(HOLD);
      await host.send(LINE.repeat(3));
      await host.endStdin();
      assertEquals(await ended, 0);
      assertEquals([flushed, acksOf(host)], [[3], [3]]);
    },
  );
});

Deno.test("what an output says is settled is acknowledged before the rest", async (t) => {
  const host = new FakeHost();
  let settled: (position: number) => void = () => {};
  const flushed: number[] = [];
  const provider = defineOutput({
    name: "files",
    summary: "Fills one file after the other",
    config: {},
    hold: () => HOLD,
    open: () => ({
      write: (batch, context) => {
        settled = context.settled;
        for (let index = 0; index < batch.count; index++) {
          const position = batch.first + index;
          if (position === 7) batch.reject(index, "seven");
          // Said before the rejection was told.
          if (position % 4 === 0) settled(position);
        }
        return Promise.resolve();
      },
      flush: () => Promise.resolve(void flushed.push(1)),
    }),
  });
  const ended = provider.serve([], host);
  await host.send(version2Line({}));
  await until(() => host.stdout.includes("ready"));
  await settle();
  await t.step("while it writes", async () => {
    await host.send(LINE.repeat(10));
    await host.clock.advance(100);
    const records = host.lines.map(recordOf).filter((one) => one !== undefined);
    const told = records.findIndex((one) => "reject" in one);
    assertEquals(records[told].reject, { seq: 7, reason: "seven" });
    assertEquals(records.slice(told + 1), [{ ack: 8 }]);
  });
  await t.step("later, and never more than it took", async () => {
    settled(9);
    await host.clock.advance(100);
    assertEquals(acksOf(host), [8, 9]);
    settled(500);
    await host.clock.advance(100);
    assertEquals(acksOf(host), [8, 9, 10]);
  });
  await t.step("the age is that of what is still held", async () => {
    await host.send(LINE.repeat(3));
    await host.clock.advance(50_000);
    await host.send(LINE.repeat(5));
    settled(13);
    await host.clock.advance(50_000);
    assertEquals(flushed, []);
    await host.clock.advance(10_000);
    assertEquals([flushed, acksOf(host).at(-1)], [[1], 18]);
  });
  await host.endStdin();
  assertEquals(await ended, 0);
});

Deno.test("what can't be delivered after all is told before it is settled", async () => {
  const host = new FakeHost();
  let refuse = () => {};
  const provider = defineOutput({
    name: "late",
    summary: "Learns late what it can't deliver",
    config: {},
    hold: () => HOLD,
    open: () => ({
      write: (_, context) => {
        refuse = () => {
          context.reject(2, "two", "late.two");
          context.reject(3, "three");
        };
        return Promise.resolve();
      },
      flush: () => Promise.resolve(refuse()),
    }),
  });
  const ended = provider.serve([], host);
  await host.send(version2Line({}));
  await until(() => host.stdout.includes("ready"));
  await settle();
  await host.send(LINE.repeat(4));
  await host.endStdin();
  assertEquals(await ended, 0);
  const records = host.lines.map(recordOf).filter((one) => one !== undefined);
  assertEquals(records.slice(1), [
    { reject: { seq: 2, reason: "two", code: "late.two" } },
    { reject: { seq: 3, reason: "three" } },
    { ack: 4 },
  ]);
});

Deno.test("where nobody makes room for it nothing is held back", async (t) => {
  const cases = [
    ["a CLI from before", { ...OFFER, features: ["ack", "state"] }],
    ["a config without it", OFFER],
  ] as const;
  for (const [name, protocol] of cases) {
    await t.step(name, async () => {
      const hold = protocol === OFFER ? undefined : HOLD;
      const { host, flushed } = await start(
        hold,
        version2Line({}, { protocol }),
      );
      assertEquals(JSON.parse(host.lines.at(-1)!).hold, undefined);
      await host.send(LINE);
      await host.clock.advance(5);
      assertEquals([flushed, acksOf(host)], [[1], [1]]);
    });
  }
});

Deno.test("a hold of a delay alone keeps to half the window", async () => {
  const window = { bytes: 1e6, envelopes: 20 };
  const line = version2Line({}, { protocol: { ...OFFER, window } });
  const { host, flushed } = await start({ delayMs: 60_000 }, line);
  await host.send(LINE.repeat(12));
  assertEquals(flushed, [10]);
});

Deno.test("an output that can't go on says why, after its last acknowledgement", async (t) => {
  const full = new FinalError("disk.full", "/data: the disk is full", {
    key: "path",
  });
  const provider = defineOutput({
    name: "full",
    summary: "Has no room after the second line",
    config: {},
    batch: () => ({ maxEnvelopes: 1 }),
    open: () => {
      let written = 0;
      return {
        write: () => {
          if (++written > 2) throw full;
          return Promise.resolve();
        },
      };
    },
  });
  await t.step("in version 2", async () => {
    const host = new FakeHost();
    const ended = provider.serve([], host);
    await host.send(version2Line({}));
    await until(() => host.stdout.includes("ready"));
    await host.send(LINE.repeat(3));
    assertEquals(await ended, 1);
    const records = host.lines.map(recordOf).filter((record) => record);
    assertEquals(records.slice(-2), [{ ack: 2 }, {
      error: { message: "/data: the disk is full", path: "config.path" },
    }]);
  });
  await t.step("by hand on stderr", async () => {
    const host = new FakeHost();
    const ended = provider.serve([], host);
    await host.send(rawLine({}));
    await host.send(LINE.repeat(3));
    assertEquals(await ended, 1);
    assert.match(host.logs.join(), /\/data: the disk is full/);
    assertEquals(host.stdout, "");
  });
});
