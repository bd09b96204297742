import fc from "fast-check";
import { assertEquals } from "../../../../tests/support/assert.ts";
import { bytesOf, MAX_BYTES_PER_UNIT, putText } from "./utf16_json.ts";

function written(text: string): string {
  const source = new Uint8Array(text.length * 2);
  const view = new DataView(source.buffer);
  for (let i = 0; i < text.length; i++) {
    view.setUint16(i * 2, text.charCodeAt(i), true);
  }
  const out = new Uint8Array(text.length * MAX_BYTES_PER_UNIT + 2);
  const end = putText(bytesOf(source), 0, source.length, bytesOf(out), 0);
  return new TextDecoder("utf-8", { fatal: true }).decode(out.subarray(0, end));
}

Deno.test("putText() writes what JSON.stringify() does", async (t) => {
  const cases = [
    ["nothing", ""],
    ["ASCII", "orders of today"],
    ["quotes and backslashes", 'say "so" \\ no'],
    ["short escapes", "\b\t\n\f\r"],
    ["other control characters", "\u0000\u0001\u001f\u007f"],
    ["two bytes", "Grüße"],
    ["three bytes", "日本語\uffff\u2028"],
    ["four bytes", "😀👩‍👩‍👧"],
    ["half a pair", "\ud83d a \ude00"],
    ["half a pair at the end", "a\ud83d"],
    ["halves the wrong way round", "\ude00\ud83d"],
  ];
  for (const [name, text] of cases) {
    await t.step(name, () => assertEquals(written(text), JSON.stringify(text)));
  }
});

Deno.test("putText() writes any text as JSON.stringify() does", () => {
  const unit = fc.integer({ min: 0, max: 0xffff });
  const units = fc.array(unit, { maxLength: 50 });
  fc.assert(fc.property(units, (each) => {
    const text = String.fromCharCode(...each);
    assertEquals(written(text), JSON.stringify(text));
  }));
});
