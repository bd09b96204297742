import { assertEquals, assertFails } from "../../tests/support/assert.ts";
import { formatControl, parseCliRecord } from "./control.ts";

const encoder = new TextEncoder();

Deno.test("an input understands what the CLI writes", () => {
  for (const record of [{ ack: 0 }, { ack: 12 }, { stop: true }] as const) {
    assertEquals(parseCliRecord(formatControl(record)), { ...record });
  }
});

Deno.test("records of a newer CLI are ignored", async (t) => {
  for (const json of ["{}", '{"pause":true}', '{"ack":-1}', '{"ack":"5"}']) {
    await t.step(json, () => {
      assertEquals(parseCliRecord(encoder.encode(`\x1e${json}\n`)), undefined);
    });
  }
});

Deno.test("a record that is no JSON object is an error", async (t) => {
  for (const text of ["\x1e\n", "\x1e[1]\n", "\x1enull\n", '{"ack":1}\n']) {
    await t.step(JSON.stringify(text), () => {
      assertFails(
        () => parseCliRecord(encoder.encode(text)),
        "protocol.record_invalid",
      );
    });
  }
});
