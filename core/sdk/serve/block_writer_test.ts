import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { FakeHost, settle } from "../../../tests/support/fake_host.ts";
import { randomFrom } from "../../../tests/support/random.ts";
import { BlockWriter } from "./block_writer.ts";
import { StatePace } from "./state_pace.ts";
import { Stdout, StdoutClosed } from "./stdout.ts";

const KIB = 1024;

function setUp() {
  const host = new FakeHost();
  const written: number[] = [];
  const broken: unknown[] = [];
  const window = { bytes: 32 * KIB * KIB, envelopes: 100_000 };
  const pace = new StatePace(window, () => host.monotonicMs());
  const writer = new BlockWriter(host, new Stdout(host), pace, {
    onWritten: (position) => written.push(position),
    onBroken: (error) => broken.push(error),
  });
  return { host, writer, written, broken };
}

/** An envelope line of this length, its line feed included. */
function envelope(sizeBytes: number): string {
  return JSON.stringify({ data: "x".repeat(sizeBytes - 26), metadata: {} });
}

Deno.test("a line after a quiet moment goes out at once, the next 5 ms later", async () => {
  const { host, writer } = setUp();
  writer.add('{"n":1}');
  await host.clock.advance(0);
  assertEquals(host.lines, ['{"n":1}']);

  writer.add('{"n":2}');
  writer.add('{"n":3}');
  await host.clock.advance(4);
  assertEquals(host.lines.length, 1);
  await host.clock.advance(1);
  assertEquals(host.lines, ['{"n":1}', '{"n":2}', '{"n":3}']);
  assertEquals(host.writes.length, 2);
});

Deno.test("a full block goes out without waiting for the clock", async () => {
  const { host, writer, written } = setUp();
  while (!writer.isFull) writer.add(envelope(KIB));
  await writer.drain();
  await settle();
  assertEquals(host.writes, [64 * KIB]);
  assertEquals(written, [64]);
});

Deno.test("whoever adds waits when a block is on its way and 256 KiB wait", async () => {
  const { host, writer } = setUp();
  host.holdStdout();
  let added = 0;
  let isWaiting = true;
  const adding = (async () => {
    for (; added < 2000; added++) {
      writer.add(envelope(KIB));
      if (writer.isFull) await writer.drain();
    }
    isWaiting = false;
  })();
  await settle();
  assert.ok(isWaiting);
  assertEquals(added, 64 + 256 - 1);
  await host.releaseStdout();
  await adding;
  await writer.flush();
  assertEquals(host.lines.length, 2000);
});

Deno.test("a block isn't touched before the pipe has it", async () => {
  const { host, writer } = setUp();
  host.holdStdout();
  for (let n = 0; n < 300; n++) {
    writer.add(JSON.stringify({ n, pad: "x".repeat(KIB) }));
    if (writer.isFull) await writer.drain();
  }
  await host.releaseStdout();
  await writer.flush();
  assertEquals(
    host.lines.map((line) => JSON.parse(line).n),
    Array.from({ length: 300 }, (_, n) => n),
  );
});

Deno.test("long lines pass as they are, short ones join the block", async () => {
  const { host, writer, written } = setUp();
  const lines = new TextEncoder().encode(`${envelope(20 * KIB)}\n`);
  writer.beginBatch(false);
  writer.add('{"n":1}');
  await writer.addLines(lines, 1);
  await writer.addLines(new TextEncoder().encode('{"n":3}\n'), 1);
  await writer.flush();
  assertEquals(host.writes, [8, lines.length, 8]);
  assertEquals(written, [1, 2, 3]);
});

Deno.test("a line longer than any buffer passes whole", async () => {
  const { host, writer } = setUp();
  const text = "é🎈".repeat(400_000);
  writer.add(JSON.stringify({ data: text }));
  writer.add('{"data":2}');
  await writer.flush();
  assertEquals(host.lines.map((line) => JSON.parse(line).data), [text, 2]);
});

Deno.test("only the newest of states that follow closely is written", async () => {
  const { host, writer } = setUp();
  for (let n = 1; n <= 3; n++) {
    writer.beginBatch(true);
    writer.add(`{"n":${n}}`);
    writer.setState(n);
  }
  await host.clock.advance(0);
  // The first is written, as no other was before it.
  assertEquals(records(host), ['{"n":1}', "1", '{"n":2}', '{"n":3}', "3"]);
});

Deno.test("a state stands before envelopes that have none", async () => {
  const { host, writer } = setUp();
  for (const [n, state] of [[1, 1], [2, 2], [3, undefined]] as const) {
    writer.beginBatch(state !== undefined);
    writer.add(`{"n":${n}}`);
    if (state !== undefined) writer.setState(state);
  }
  await writer.flush();
  assertEquals(records(host), ['{"n":1}', "1", '{"n":2}', "2", '{"n":3}']);
});

Deno.test("states are never put off for ever", async () => {
  const { host, writer } = setUp();
  for (let n = 1; n <= 1000; n++) {
    writer.beginBatch(true);
    writer.add(envelope(KIB));
    writer.setState(n);
    if (writer.isFull) await writer.drain();
  }
  await writer.flush();
  const states = records(host).filter((text) => !text.startsWith("{"));
  assert.ok(states.length > 55 && states.length < 70, String(states.length));
  assertEquals(states.at(-1), "1000");
});

Deno.test("whatever is added in whatever order, states stand at their place", async () => {
  for (let seed = 1; seed <= 30; seed++) await randomRun(randomFrom(seed));
});

async function randomRun(random: () => number) {
  const { host, writer } = setUp();
  let count = 0;
  let lastState: number | undefined;
  for (let batch = 0; batch < 100; batch++) {
    const hasState = random() < 0.6;
    writer.beginBatch(hasState);
    if (random() < 0.2) {
      const lines = `{"data":"${"y".repeat(random() * 40_000)}"}\n`;
      await writer.addLines(new TextEncoder().encode(lines), 1);
      count++;
    }
    for (let n = random() * 5; n > 0; n--, count++) {
      writer.add(envelope(30 + Math.floor(random() * 30_000)));
      if (writer.isFull) await writer.drain();
    }
    if (hasState) writer.setState(lastState = count);
    if (random() < 0.1) await host.clock.advance(random() * 10);
    if (random() < 0.05) writer.addControl({ progress: { message: "p" } });
    if (random() < 0.1) {
      host.holdStdout();
      setTimeout(() => host.releaseStdout());
    }
    await writer.drain();
  }
  await host.releaseStdout();
  await writer.flush();
  let seen = 0;
  let newest: number | undefined;
  for (const line of host.lines) {
    if (line[0] === "{") seen++;
    else {
      const { state } = JSON.parse(line.slice(1));
      if (state === undefined) continue;
      assertEquals(state, seen);
      newest = state;
    }
  }
  assertEquals(seen, count);
  assertEquals(writer.position, count);
  assertEquals(newest, lastState);
}

Deno.test("a broken stdout is told once, and to whoever adds next", async () => {
  const { host, writer, broken } = setUp();
  host.breakStdout();
  writer.add('{"n":1}');
  await host.clock.advance(0);
  await settle();
  assertEquals(broken.length, 1);
  writer.add('{"n":2}');
  await assert.rejects(() => writer.drain(), StdoutClosed);
  await assert.rejects(() => writer.flush(), StdoutClosed);
});

/** Envelopes as they are, states as their value. */
function records(host: FakeHost): string[] {
  return host.lines.map((line) =>
    line[0] === "\x1e" ? String(JSON.parse(line.slice(1)).state) : line
  );
}
