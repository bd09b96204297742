import {
  assert,
  assertEquals,
  assertRejects,
} from "../../../tests/support/assert.ts";
import { FakeHost } from "../../../tests/support/fake_host.ts";
import { randomFrom } from "../../../tests/support/random.ts";
import { LinePump } from "./line_pump.ts";

const NOTHING_YET = { text: "", rest: new Uint8Array(0), isEnd: false };
const decoder = new TextDecoder();
const encoder = new TextEncoder();

function pumpOf(host: FakeHost, bufferBytes = 1024, maxLineBytes = 100_000) {
  return new LinePump(host, NOTHING_YET, { bufferBytes, maxLineBytes });
}

async function allText(pump: LinePump): Promise<string> {
  let text = "";
  for (let region; (region = await pump.next()) !== undefined;) {
    text += decoder.decode(region);
  }
  return text;
}

Deno.test("lines come out as they went in, however they were cut", async () => {
  for (let seed = 1; seed <= 40; seed++) await randomRun(seed);
});

/** Lines of all lengths, reads of all lengths, a reader of all speeds. */
async function randomRun(seed: number): Promise<void> {
  const random = randomFrom(seed);
  const host = new FakeHost();
  const pump = pumpOf(host, 64 + Math.floor(random() * 400));
  const lines = Array.from({ length: 200 }, (_, n) => {
    const isLong = random() < 0.05;
    return `{"n":${n}${" ".repeat(random() * (isLong ? 3000 : 60))}}\n`;
  });
  const sending = (async () => {
    const bytes = encoder.encode(lines.join(""));
    for (let at = 0; at < bytes.length;) {
      const end = at + 1 + Math.floor(random() * 500);
      host.put(bytes.slice(at, end));
      at = end;
      await turns(random() * 5);
    }
    await host.endStdin();
  })();
  let text = "";
  for (let region; (region = await pump.next()) !== undefined;) {
    assert.equal(region.at(-1), 0x0a);
    const before = decoder.decode(region);
    await turns(random() * 60);
    assert.equal(decoder.decode(region), before, "changed while it was lent");
    text += before;
  }
  await sending;
  assertEquals(text, lines.join(""), `seed ${seed}`);
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
}

Deno.test("no more is read than two buffers hold while nobody takes", async () => {
  const host = new FakeHost();
  const pump = pumpOf(host, 1024);
  const line = `{"text":"${"x".repeat(88)}"}\n`;
  let sent = 0;
  for (let n = 0; n < 100; n++, sent += line.length) await host.send(line);
  const waiting = host.unreadBytes;
  assert.ok(sent - waiting <= 2048, `${sent - waiting} bytes were read`);
  await host.endStdin();
  assertEquals((await allText(pump)).length, sent);
});

Deno.test("the last line counts only if it is a whole object", async (t) => {
  const cases = [
    ["whole", '{"a":1}\n{"b":2}', '{"a":1}\n{"b":2}\n', 0],
    ["cut", '{"a":1}\n{"b":', '{"a":1}\n', 5],
    ["a number, which may have been cut", '{"a":1}\n12', '{"a":1}\n', 2],
    ["nothing", '{"a":1}\n', '{"a":1}\n', 0],
    ["not UTF-8", "{}\n", "{}\n", 0],
  ] as const;
  for (const [name, sent, taken, cutBytes] of cases) {
    await t.step(name, async () => {
      const host = new FakeHost();
      const pump = pumpOf(host);
      await host.send(sent);
      await host.endStdin();
      assertEquals(await allText(pump), taken);
      assertEquals(pump.unterminatedBytes, cutBytes);
    });
  }
});

Deno.test("the last line fits even where the buffer is full to the brim", async () => {
  const host = new FakeHost();
  const pump = pumpOf(host, 64);
  const text = `{"text":"${"x".repeat(64 - 11)}"}`;
  assertEquals(text.length, 64);
  await host.send(text);
  await host.endStdin();
  assertEquals(await allText(pump), `${text}\n`);
});

Deno.test("what came with the start line comes first", async () => {
  const host = new FakeHost();
  const rest = encoder.encode('{"a":1}\n{"b"');
  const limits = { bufferBytes: 1024, maxLineBytes: 1024 };
  const pump = new LinePump(host, { text: "", rest, isEnd: false }, limits);
  await host.send(":2}\n");
  await host.endStdin();
  assertEquals(await allText(pump), '{"a":1}\n{"b":2}\n');
});

Deno.test("a line beyond the limit is an error, after the lines before it", async () => {
  const host = new FakeHost();
  const pump = pumpOf(host, 64, 200);
  await host.send('{"a":1}\n');
  assertEquals(decoder.decode(await pump.next()), '{"a":1}\n');
  const next = assertRejects(() => pump.next(), "protocol.line_too_long");
  for (let n = 0; n < 10; n++) await host.send("z".repeat(50));
  await next;
});

Deno.test("wait() resolves with lines, or when the time is over", async () => {
  const host = new FakeHost();
  const pump = pumpOf(host);
  const waiting = pump.wait(5);
  await host.clock.advance(5);
  await waiting;
  assert.equal(pump.hasLines, false);
  const again = pump.wait(1000);
  await host.send("{}\n");
  await again;
  assert.equal(pump.hasLines, true);
});

Deno.test("stop() makes what is whole by now the rest", async () => {
  const host = new FakeHost();
  const pump = pumpOf(host);
  await host.send('{"a":1}\n{"b"');
  pump.stop();
  assertEquals(await allText(pump), '{"a":1}\n');
});
