import { FIELD_TYPES, readChange, valueOf } from "@dstream/sdk/changes";
import { declaredFields } from "../../formats/mod.ts";
import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { FakeHost, until } from "../../../tests/support/fake_host.ts";
import generate from "./mod.ts";

async function generated(config: Record<string, unknown>): Promise<string[]> {
  const host = new FakeHost();
  await host.send(`${JSON.stringify(config)}\n`);
  assertEquals(await generate.serve([], host), 0);
  return host.lines;
}

Deno.test("every line has the length that was asked for", async (t) => {
  for (const size of [120, 500, "2KiB", 100_000]) {
    await t.step(String(size), async () => {
      const lines = await generated({ size, count: 1100, seed: 123 });
      const bytes = size === "2KiB" ? 2048 : size;
      const lengths = new Set(lines.map((line) => line.length + 1));
      assertEquals([...lengths], [bytes]);
    });
  }
});

Deno.test("envelopes differ, and are the same for the same seed", async () => {
  const [first, again, other] = await Promise.all([
    generated({ count: 300, seed: 1 }),
    generated({ count: 300, seed: 1 }),
    generated({ count: 300, seed: 2 }),
  ]);
  assertEquals(first, again);
  const texts = first.map((line) => JSON.parse(line).data.text);
  assert.ok(new Set(texts).size > 250);
  assert.notDeepEqual(first, other);
  assertEquals(
    first.map((line) => JSON.parse(line).metadata.seq),
    Array.from({ length: 300 }, (_, i) => i + 1),
  );
});

Deno.test("a rate is kept over any time, from the first envelope on", async (t) => {
  for (const rate of [0.5, 10, 1000, 33_333]) {
    await t.step(`${rate} per second`, async () => {
      const host = new FakeHost();
      generate.serve([], host);
      await host.send(`${JSON.stringify({ rate })}\n`);
      await until(() => host.clock.sleeping > 0);
      for (let second = 1; second <= 4; second++) {
        for (let step = 0; step < 20; step++) await host.clock.advance(50);
        const expected = rate * second;
        const slack = 1 + rate * 0.02;
        const count = host.lines.length;
        assert.ok(Math.abs(count - expected) <= slack, `${count} envelopes`);
      }
      await host.signal("SIGTERM");
    });
  }
});

Deno.test("a rate is kept when the wall clock is set", async (t) => {
  for (const shiftMs of [-3_600_000, 3_600_000]) {
    await t.step(`by ${shiftMs} ms`, async () => {
      const host = new FakeHost();
      generate.serve([], host);
      await host.send(`${JSON.stringify({ rate: 10 })}\n`);
      await until(() => host.clock.sleeping > 0);
      host.clock.wallShiftMs = shiftMs;
      for (let step = 0; step < 40; step++) await host.clock.advance(50);
      assert.ok(Math.abs(host.lines.length - 20) <= 2, `${host.lines.length}`);
      await host.signal("SIGTERM");
    });
  }
});

Deno.test("lines are rows of a table, whose schema comes first", async () => {
  const host = new FakeHost();
  const config = { table: "orders", max_count: 3 };
  const window = { bytes: 1 << 20, envelopes: 1000 };
  const protocol = { version: 2, features: ["schema"], window };
  await host.send(`${JSON.stringify({ command: "run", config, protocol })}\n`);
  const ended = generate.serve([], host);
  await until(() => host.stdout.includes('{"end":true}'));
  await host.endStdin();
  await ended;
  const at = host.lines.findIndex((line) => line.startsWith('\x1e{"schema"'));
  const [schema, first] = host.lines.slice(at);
  assertEquals(JSON.parse(schema.slice(1)), {
    schema: {
      table: "orders",
      fields: [{ name: "id", type: "int64" }, { name: "text", type: "string" }],
    },
  });
  assertEquals(readChange(JSON.parse(first)).table, "orders");
  const rows = host.lines.filter((line) => line.startsWith('{"data"'));
  assertEquals(rows.length, 3);
  assertEquals(host.lines.indexOf(rows[0]), at + 1);
});

Deno.test("count is an older name of max_count", async () => {
  assertEquals((await generated({ count: 2 })).length, 2);
  assertEquals((await generated({ max_count: 2 })).length, 2);
});

Deno.test("declared columns have values of their types, the same for the same seed", async () => {
  const columns = Object.fromEntries(
    FIELD_TYPES.filter((type) => type !== "list" && type !== "struct")
      .map((type) => [type, type === "decimal" ? "decimal(6,2)" : type]),
  );
  const config = { count: 250, columns, seed: 5 };
  const [lines, again] = [await generated(config), await generated(config)];
  assertEquals(lines, again);
  assertEquals(lines.length, 250);
  for (const line of lines) {
    const { data } = JSON.parse(line);
    for (const field of declaredFields(columns)) {
      const value = data[field.name];
      assert(value !== undefined, field.name);
      valueOf(value, field); // throws where it is none
    }
  }
  assertEquals(JSON.parse(lines[249]).data.int64, 250);
  assertEquals(JSON.parse(lines[249]).metadata, {
    table: "generate",
    source: "generate",
    seq: 250,
    seed: 5,
  });
});
