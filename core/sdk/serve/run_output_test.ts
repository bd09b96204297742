import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { FakeHost, settle, until } from "../../../tests/support/fake_host.ts";
import { defineOutput, type Output, type Provider } from "../mod.ts";
import {
  OFFER,
  rawLine,
  recordOf,
  version2Line,
} from "../testing/start_lines.ts";

function outputOf(output: Output): Provider {
  return defineOutput({
    name: "test",
    summary: "Does what the test says",
    config: {},
    open: () => output,
  });
}

async function startOn(
  host: FakeHost,
  output: Output,
  line = version2Line({}),
): Promise<{ ended: Promise<number> }> {
  const ended = outputOf(output).serve([], host);
  await host.send(line);
  const isRaw = !line.includes("command");
  await until(() => isRaw || host.stdout.includes("ready"));
  await settle();
  return { ended };
}

function acksOf(host: FakeHost): number[] {
  return host.lines.flatMap((line) => (recordOf(line)?.ack as number) ?? []);
}

function lines(count: number, first = 1): string {
  return Array.from({ length: count }, (_, i) => `{"data":${first + i}}\n`)
    .join("");
}

Deno.test("what came while a batch was written is the next batch", async () => {
  const host = new FakeHost();
  const counts: number[] = [];
  const gates = [0, 1, 2].map(() => Promise.withResolvers<void>());
  const { ended } = await startOn(host, {
    write: async (batch) => {
      counts.push(batch.count);
      await gates[counts.length - 1]?.promise;
    },
  });
  await host.send(lines(1));
  for (let n = 0; n < 5; n++) await host.send(lines(3));
  assertEquals(counts, [1]);
  assertEquals(acksOf(host), []);
  gates[0].resolve();
  await settle();
  assertEquals(counts, [1, 15]);
  assertEquals(acksOf(host), [1]);
  gates[1].resolve();
  await host.endStdin();
  assertEquals(await ended, 0);
  assertEquals(acksOf(host), [1, 16]);
});

Deno.test("acks keep 5 ms apart, but for 1,000 envelopes", async () => {
  const host = new FakeHost();
  await startOn(host, { write: () => Promise.resolve() });
  await host.send(lines(1));
  assertEquals(acksOf(host), [1]);
  await host.send(lines(1));
  await host.send(lines(1));
  assertEquals(acksOf(host), [1]);
  await host.clock.advance(5);
  assertEquals(acksOf(host), [1, 3]);
  await host.send(lines(1500));
  assertEquals(acksOf(host), [1, 3, 1503]);
});

Deno.test("acks that pile up while one is written become one", async () => {
  const host = new FakeHost();
  await startOn(host, { write: () => Promise.resolve() });
  host.holdStdout();
  await host.send(lines(1));
  await host.send(lines(1000));
  await host.send(lines(1000));
  await host.releaseStdout();
  assertEquals(acksOf(host), [1, 2001]);
});

Deno.test("an output with flush() is flushed when nothing comes, and then acknowledges", async () => {
  const host = new FakeHost();
  let flushes = 0;
  await startOn(host, {
    write: () => Promise.resolve(),
    flush: () => Promise.resolve(void flushes++),
  });
  await host.send(lines(10));
  assertEquals([flushes, acksOf(host)], [0, []]);
  await host.clock.advance(5);
  assertEquals([flushes, acksOf(host)], [1, [10]]);
  await host.clock.advance(1000);
  assertEquals(flushes, 1);
});

Deno.test("a steady stream is flushed 50 ms after the first line", async () => {
  const host = new FakeHost();
  let flushes = 0;
  await startOn(host, {
    write: () => Promise.resolve(),
    flush: () => Promise.resolve(void flushes++),
  });
  for (let ms = 0; ms < 48; ms += 4) {
    await host.send(lines(1));
    await host.clock.advance(4);
    assertEquals(flushes, 0, `after ${ms} ms`);
  }
  await host.send(lines(1));
  await host.clock.advance(1);
  assertEquals(flushes, 0);
  await host.clock.advance(1);
  assertEquals([flushes, acksOf(host).at(-1)], [1, 13]);
});

Deno.test("half the window is flushed at once", async () => {
  const host = new FakeHost();
  const window = { bytes: 1e6, envelopes: 20 };
  const line = version2Line({}, { protocol: { ...OFFER, window } });
  const counts: number[] = [];
  const flushedAt: number[] = [];
  let taken = 0;
  await startOn(host, {
    write: (batch) => {
      counts.push(batch.count);
      taken += batch.count;
      return Promise.resolve();
    },
    flush: () => Promise.resolve(void flushedAt.push(taken)),
  }, line);
  await host.send(lines(25));
  assertEquals(counts, [10, 10, 5]);
  assertEquals(flushedAt, [10, 20]);
});

Deno.test("the end flushes, finishes, acknowledges, closes, in that order", async () => {
  const host = new FakeHost();
  const calls: string[] = [];
  const note = (call: string) => Promise.resolve(void calls.push(call));
  const { ended } = await startOn(host, {
    write: (batch) => note(`write ${batch.count}`),
    flush: () => note("flush"),
    end: () => note("end"),
    close: () => note(`close, acknowledged ${acksOf(host).at(-1)}`),
  });
  await host.send(lines(3));
  await host.endStdin();
  assertEquals(await ended, 0);
  assertEquals(calls, ["write 3", "flush", "end", "close, acknowledged 3"]);
});

Deno.test("a write that fails ends the process with one clear line", async () => {
  const host = new FakeHost();
  let isClosed = false;
  const { ended } = await startOn(host, {
    write: () => Promise.reject(new Error("disk is full")),
    close: () => Promise.resolve(void (isClosed = true)),
  });
  await host.send(lines(3));
  assertEquals(await ended, 1);
  assertEquals(host.logs.map((line) => JSON.parse(line)), [
    { level: "error", msg: "disk is full" },
  ]);
  assertEquals(acksOf(host), []);
  assert.ok(isClosed);
});

Deno.test("rejections come before the ack that covers them", async () => {
  const host = new FakeHost();
  const { ended } = await startOn(host, {
    write: (batch) => {
      batch.reject(1, "too old", "expired");
      return Promise.resolve();
    },
  });
  await host.send(lines(3));
  await host.endStdin();
  await ended;
  assertEquals(host.lines.slice(2).map(recordOf), [
    { reject: { seq: 2, reason: "too old", code: "expired" } },
    { ack: 3 },
  ]);
});

Deno.test("by hand, rejections are logged, ten of them in full", async () => {
  const host = new FakeHost();
  const { ended } = await startOn(
    host,
    { write: () => Promise.resolve() },
    rawLine({}),
  );
  await host.send("no\n".repeat(15));
  await host.endStdin();
  assertEquals(await ended, 0);
  assertEquals(host.stdout, "");
  assertEquals(host.logs.length, 11);
  assert.match(host.logs[0], /line 1 was rejected: .*it is not JSON/);
  assert.match(host.logs[10], /5 more lines were rejected/);
});

Deno.test("print() can't be taken for a control record", async () => {
  const host = new FakeHost();
  const { ended } = await startOn(host, {
    write: async (_batch, { print }) => {
      await print("no line feed");
      await print('\x1e{"ack":99}\n');
      await print(new TextEncoder().encode('\x1e{"ack":98}'));
      await print("");
    },
  });
  await host.send(lines(1));
  await host.endStdin();
  await ended;
  assertEquals(host.lines.slice(2), [
    "no line feed",
    '\u241e{"ack":99}',
    '\u241e{"ack":98}',
    '\x1e{"ack":1}',
  ]);
});

Deno.test("colours follow what the CLI says, NO_COLOR wins", async (t) => {
  const cases = [
    ["nothing said", {}, false],
    ["DSTREAM_COLOUR", { DSTREAM_COLOUR: "1" }, true],
    ["NO_COLOR too", { DSTREAM_COLOUR: "1", NO_COLOR: "1" }, false],
    ["an empty NO_COLOR", { DSTREAM_COLOUR: "1", NO_COLOR: "" }, true],
  ] as const;
  for (const [name, environment, expected] of cases) {
    await t.step(name, async () => {
      const host = new FakeHost(environment);
      let hasColours: boolean | undefined;
      await startOn(host, {
        write: (_batch, context) => {
          hasColours = context.hasColours;
          return Promise.resolve();
        },
      });
      await host.send(lines(1));
      assertEquals(hasColours, expected);
    });
  }
});

Deno.test("a long write makes sure that the CLI is still there", async () => {
  const host = new FakeHost();
  let signal: AbortSignal | undefined;
  const { ended } = await startOn(
    host,
    {
      write: async (batch, context) => {
        if (batch.dataText(0) === "1") return;
        signal = context.signal;
        await context.sleep(1e9);
      },
    },
  );
  await host.send(lines(1));
  await host.clock.advance(10);
  await host.send(lines(1, 2));
  await host.clock.advance(2500);
  assert.deepEqual(acksOf(host), [1, 1, 1]);
  assert.equal(signal?.aborted, false);
  host.breakStdout();
  await host.clock.advance(1000);
  assert.ok(signal?.aborted);
  await ended;
});

Deno.test("a write that never returns is given up when nobody is left", async () => {
  const host = new FakeHost();
  await startOn(host, { write: () => new Promise(() => {}) });
  await host.send(lines(1));
  host.breakStdout();
  await host.clock.advance(1000);
  await settle();
  assertEquals(host.exitStatus, undefined);
  await host.clock.advance(5000);
  assertEquals(host.exitStatus, 1);
});

Deno.test("a signal gives stdin 3 s to end, then ends the run", async (t) => {
  await t.step("it ends in time: nothing has happened", async () => {
    const host = new FakeHost();
    const { ended } = await startOn(host, { write: () => Promise.resolve() });
    await host.signal("SIGTERM");
    await host.clock.advance(2900);
    await host.send(lines(2));
    await host.endStdin();
    assertEquals(await ended, 0);
    assertEquals(acksOf(host).at(-1), 2);
  });
  await t.step("it doesn't: what was taken is settled, no end()", async () => {
    const host = new FakeHost();
    let hasEnded = false;
    const { ended } = await startOn(host, {
      write: () => Promise.resolve(),
      end: () => Promise.resolve(void (hasEnded = true)),
    });
    await host.signal("SIGTERM");
    await host.send(lines(2));
    await host.clock.advance(3000);
    assertEquals(await ended, 143);
    assertEquals(acksOf(host).at(-1), 2);
    assert.equal(hasEnded, false);
  });
  await t.step("a second one ends it at once", async () => {
    const host = new FakeHost();
    await startOn(host, { write: () => new Promise(() => {}) });
    await host.signal("SIGINT");
    await host.signal("SIGINT");
    assertEquals(host.exitStatus, 130);
  });
});

Deno.test("a destination that can't be opened is refused, with its path", async () => {
  const { ConfigError } = await import("../mod.ts");
  const host = new FakeHost();
  const provider = defineOutput({
    name: "closed",
    summary: "Can't be opened",
    config: {},
    open: () => {
      throw new ConfigError("tls.ca_file", "no such file: ca.pem", "make one");
    },
  });
  await host.send(version2Line({}));
  assertEquals(await provider.serve([], host), 1);
  assertEquals(JSON.parse(host.lines[1]), {
    status: "error",
    message: "no such file: ca.pem (make one)",
    path: "config.tls.ca_file",
  });
  assertEquals(host.logs, []);
});
