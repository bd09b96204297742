import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { FakeHost, settle, until } from "../../../tests/support/fake_host.ts";
import { defineInput, FinalError, type InputBatch } from "../mod.ts";
import { OFFER, version1Line, version2Line } from "../testing/start_lines.ts";

/** An input whose batches the test sends in, one by one. */
function driven(features: readonly ("ack" | "state")[] = []) {
  const queue: (InputBatch | undefined)[] = [];
  let wake = Promise.withResolvers<void>();
  const seen = { resume: undefined as unknown, isClosed: false };
  const provider = defineInput({
    name: "driven",
    summary: "Yields what the test says",
    config: {},
    features,
    open: () => ({
      async *read(resume, { signal }) {
        seen.resume = resume;
        signal.addEventListener("abort", () => wake.resolve());
        for (;;) {
          while (queue.length === 0 && !signal.aborted) await wake.promise;
          wake = Promise.withResolvers();
          const batch = queue.shift();
          if (batch === undefined) return;
          yield batch;
        }
      },
      close: () => {
        seen.isClosed = true;
        return Promise.resolve();
      },
    }),
  });
  return {
    seen,
    provider,
    send: async (...batches: (InputBatch | undefined)[]) => {
      queue.push(...batches);
      wake.resolve();
      await settle();
    },
  };
}

function batch(n: number, more: Partial<InputBatch> = {}): InputBatch {
  return { envelopes: [{ data: n, metadata: {} }], ...more };
}

Deno.test("delivered() is called in order, one at a time, as acks come", async () => {
  const host = new FakeHost();
  const input = driven(["ack"]);
  const calls: string[] = [];
  const gates = [1, 2, 3].map(() => Promise.withResolvers<void>());
  const delivered = (n: number) => ({
    delivered: async () => {
      calls.push(`begin ${n}`);
      await gates[n - 1].promise;
      calls.push(`end ${n}`);
    },
  });
  const ended = input.provider.serve([], host);
  await host.send(version2Line({}));
  await until(() => host.stdout.includes("status"));
  await input.send(batch(1, delivered(1)), batch(2, delivered(2)));
  await input.send(batch(3, delivered(3)), undefined);
  await host.clock.advance(10);
  assertEquals(calls, []);

  await host.send('\x1e{"ack":2}\n');
  assertEquals(calls, ["begin 1"]);
  gates[0].resolve();
  await settle();
  assertEquals(calls, ["begin 1", "end 1", "begin 2"]);
  gates[1].resolve();
  await host.send('\x1e{"ack":1}\n\x1e{"unknown":9}\nstray\n');
  assertEquals(calls.at(-1), "end 2");

  await host.send('\x1e{"longer":2}\n\x1e{"ac');
  await host.send('k":3}\n');
  assertEquals(calls.at(-1), "begin 3");
  assert.equal(input.seen.isClosed, false, "closed before the last commit");
  gates[2].resolve();
  assertEquals(await ended, 0);
  assert.ok(input.seen.isClosed);
});

Deno.test("without acknowledgements, written counts as delivered", async (t) => {
  const cases = [
    ["version 1", version1Line({})],
    [
      "an offer without ack",
      version2Line({}, {
        protocol: { ...OFFER, features: [] },
      }),
    ],
  ] as const;
  for (const [name, line] of cases) {
    await t.step(name, async () => {
      const host = new FakeHost();
      const input = driven(["ack"]);
      const calls: number[] = [];
      const ended = input.provider.serve([], host);
      await host.send(line);
      await until(() => host.stdout.includes("status"));
      host.holdStdout();
      await input.send(batch(1, { delivered: () => void calls.push(1) }));
      await host.clock.advance(10);
      assertEquals(calls, []);
      await host.releaseStdout();
      assertEquals(calls, [1]);
      await input.send(undefined);
      assertEquals(await ended, 0);
    });
  }
});

Deno.test("a commit that fails ends the run with status 1 and says why", async () => {
  const host = new FakeHost();
  const input = driven(["ack"]);
  const ended = input.provider.serve([], host);
  await host.send(version2Line({}));
  await until(() => host.stdout.includes("status"));
  const calls: number[] = [];
  await input.send(
    batch(1, { delivered: () => Promise.reject(new Error("no such table")) }),
    batch(2, { delivered: () => void calls.push(2) }),
  );
  await host.send('\x1e{"ack":2}\n');
  assertEquals(await ended, 1);
  assertEquals(calls, []);
  assert.ok(input.seen.isClosed);
  assertEquals(JSON.parse(host.logs.at(-1) ?? ""), {
    level: "error",
    msg: "no such table",
  });
  assert.ok(!host.stdout.includes("end"));
});

Deno.test("states are written only where they are wanted", async (t) => {
  const cases = [
    ["offered", ["state"], version2Line({}), true],
    ["not offered", ["state"], version1Line({}), false],
    ["not named by the input", [], version2Line({}), false],
  ] as const;
  for (const [name, features, line, isWritten] of cases) {
    await t.step(name, async () => {
      const host = new FakeHost();
      const input = driven(features);
      const ended = input.provider.serve([], host);
      await host.send(line);
      await until(() => host.stdout.includes("status"));
      await input.send(batch(1, { state: { at: 1 } }), undefined);
      assertEquals(await ended, 0);
      assertEquals(host.stdout.includes('{"state":{"at":1}}'), isWritten);
    });
  }
});

Deno.test("the stored state is handed to read()", async () => {
  const host = new FakeHost();
  const input = driven(["state"]);
  const ended = input.provider.serve([], host);
  await host.send(version2Line({}, { resume: { at: 5 } }));
  await until(() => host.stdout.includes("status"));
  await input.send(undefined);
  assertEquals(await ended, 0);
  assertEquals(input.seen.resume, { at: 5 });
});

Deno.test("an input refuses to start without what it needs, but not by hand", async (t) => {
  const provider = defineInput({
    name: "needy",
    summary: "Needs a state",
    config: {},
    features: ["state"],
    needs: () => ["state"],
    open: () => ({ async *read() {} }),
  });
  const cases = [
    ["version 2 with state", version2Line({}), "ready"],
    [
      "version 2 without",
      version2Line({}, {
        protocol: { ...OFFER, features: ["ack"] },
      }),
      "error",
    ],
    ["version 1", version1Line({}), "error"],
    ["by hand", "{}\n", undefined],
    ["a lifecycle command", version1Line({}, "plan"), "ready"],
  ] as const;
  for (const [name, line, status] of cases) {
    await t.step(name, async () => {
      const host = new FakeHost();
      await host.send(line);
      const code = await provider.serve([], host);
      const answer = host.lines.find((text) => text.startsWith('{"status"'));
      assertEquals(answer && JSON.parse(answer).status, status);
      assertEquals(code, status === "error" ? 1 : 0);
    });
  }
});

const deaf = defineInput({
  name: "deaf",
  summary: "Never hears its signal",
  config: {},
  open: () => ({
    async *read() {
      yield {};
      await new Promise(() => {});
    },
  }),
});

Deno.test("a source that doesn't end is given up when nobody is left", async () => {
  const host = new FakeHost();
  deaf.serve([], host);
  await host.send(version2Line({}));
  await until(() => host.stdout.includes("ready"));
  await host.endStdin();
  await host.clock.advance(4999);
  assertEquals(host.exitStatus, undefined);
  await host.clock.advance(1);
  assertEquals(host.exitStatus, 1);
});

Deno.test("a second signal doesn't wait for the source", async () => {
  const host = new FakeHost();
  deaf.serve([], host);
  await host.send(version1Line({}));
  await until(() => host.stdout.includes("ready"));
  await host.signal("SIGINT");
  assertEquals(host.exitStatus, undefined);
  await host.signal("SIGINT");
  assertEquals(host.exitStatus, 130);
});

Deno.test("nothing is read when the CLI has gone before it began", async () => {
  const host = new FakeHost();
  const input = driven();
  await host.send(version2Line({}));
  await host.endStdin();
  await input.send(batch(1), undefined);
  assertEquals(await input.provider.serve([], host), 1);
  assert.ok(!host.stdout.includes("data"));
  assert.ok(input.seen.isClosed);
});

Deno.test("progress is shown, ten times a second at most", async () => {
  const host = new FakeHost();
  const provider = defineInput({
    name: "busy",
    summary: "Reports progress",
    config: {},
    open: () => ({
      async *read(_resume, { progress, sleep }) {
        yield {};
        for (let done = 1; done <= 100; done++) {
          progress("rows", done, 100);
          await sleep(10);
        }
      },
    }),
  });
  const ended = provider.serve([], host);
  await host.send(version2Line({}));
  await until(() => host.stdout.includes("ready"));
  await settle();
  for (let step = 0; step < 100; step++) await host.clock.advance(10);
  assertEquals(await ended, 0);
  const shown = host.lines.filter((line) => line.includes("progress"));
  assertEquals(shown.length, 11);
  assert.ok(shown.at(-1)?.includes('"done":100,"total":100'));
});

const broken = defineInput({
  name: "broken",
  summary: "Can't go on after two envelopes",
  config: {},
  features: ["state"],
  open: () => ({
    async *read() {
      yield batch(1, { state: { at: 1 } });
      yield { state: { at: 2 } };
      throw new FinalError("broken.record_invalid", "line 2 is bad", {
        key: "path",
        hint: "mend it",
      });
    },
  }),
});

Deno.test("an input that can't go on says so behind its last state, once", async (t) => {
  const envelope = '{"data":1,"metadata":{}}';
  const cases = [
    ["version 2", version2Line({}), [
      envelope,
      '\x1e{"state":{"at":1}}',
      '\x1e{"state":{"at":2}}',
      '\x1e{"error":{"message":"line 2 is bad (mend it)","path":"config.path"}}',
    ]],
    ["version 1", version1Line({}), [envelope]],
  ] as [string, string, string[]][];
  for (const [name, line, expected] of cases) {
    await t.step(name, async () => {
      const host = new FakeHost();
      const ended = broken.serve([], host);
      await host.send(line);
      assertEquals(await ended, 1);
      const from = host.lines.indexOf(envelope);
      assertEquals(host.lines.slice(from), expected);
      assertEquals(host.logs.length, 1);
      assert.match(host.logs[0], /line 2 is bad \(mend it\)/);
    });
  }
});

Deno.test("an input that can't go on commits what is delivered before it goes", async () => {
  const host = new FakeHost();
  const calls: number[] = [];
  const provider = defineInput({
    name: "broken",
    summary: "Commits, then can't go on",
    config: {},
    features: ["ack"],
    open: () => ({
      async *read() {
        yield batch(1, { delivered: () => void calls.push(1) });
        throw new FinalError("broken.record_invalid", "line 2 is bad");
      },
    }),
  });
  const ended = provider.serve([], host);
  await host.send(version2Line({}));
  await until(() => host.stdout.includes('"error"'));
  assertEquals(calls, []);
  await host.send('\x1e{"ack":1}\n');
  assertEquals(await ended, 1);
  assertEquals(calls, [1]);
});

Deno.test("lines stay as they are until the batch after the next is asked for", async () => {
  const host = new FakeHost();
  const asked: number[] = [];
  const buffer = new TextEncoder().encode(
    `{"data":"${"x".repeat(20_000)}","metadata":{}}\n`,
  );
  const provider = defineInput({
    name: "lender",
    summary: "Overwrites its buffer as soon as it may",
    config: {},
    open: () => ({
      async *read() {
        yield { lines: buffer, lineCount: 1 };
        asked.push(2);
        yield { envelopes: [{ data: 2, metadata: {} }] };
        asked.push(3);
        buffer.fill(0x21);
      },
    }),
  });
  const ended = provider.serve([], host);
  host.holdStdout();
  await host.send("{}\n");
  await until(() => asked.length === 1);
  await settle();
  assertEquals(asked, [2]);
  await host.releaseStdout();
  assertEquals(await ended, 0);
  assertEquals(host.lines.length, 2);
  assert.doesNotMatch(host.stdout, /!/);
});
