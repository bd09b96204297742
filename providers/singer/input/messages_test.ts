import type { Json } from "@dstream/sdk";
import { TestContext } from "@dstream/sdk/testing";
import { assert } from "../../../tests/support/assert.ts";
import { Messages } from "./messages.ts";
import { OddLines } from "./odd_lines.ts";
import { StreamBook } from "./stream_book.ts";

const LIMITS = { maxLineBytes: 4096, readBytes: 1024 };

function create() {
  const { log } = new TestContext();
  return new Messages(
    new StreamBook(log, false),
    new OddLines(log, "null"),
    LIMITS,
  );
}

/** @returns What came, in order, with a state as `state N`. */
function readIn(pieces: readonly Uint8Array[]): string[] {
  const messages = create();
  const said: string[] = [];
  const note = (lines: Uint8Array, count: number, state: Json | undefined) => {
    const text = new TextDecoder().decode(lines);
    const each = text.split("\n").filter(Boolean);
    assert.equal(each.length, count);
    said.push(...each);
    if (state !== undefined) said.push(`state ${JSON.stringify(state)}`);
  };
  for (const piece of pieces) {
    for (const step of messages.take(piece)) {
      if (step.kind === "lines") note(step.lines, step.count, step.state);
      else said.push(step.kind);
    }
  }
  for (const step of messages.end()) {
    if (step.kind === "lines") note(step.lines, step.count, step.state);
  }
  return said;
}

const TEXT = [
  '{"type":"STATE","value":{"old":1}}',
  '{"type":"SCHEMA","stream":"a\\"é","schema":{},"key_properties":["id"]}',
  ...Array.from(
    { length: 40 },
    (_, n) =>
      `{"type": "RECORD", "stream": "a\\"é", "record": {"id": ${n}, "t": "${
        "é".repeat(n)
      }"}}`,
  ),
  '{"type":"STATE","value":40}',
  '{"type":"RECORD","stream":"b","record":{"x":NaN}}\r',
  "stray",
  `{"type":"RECORD","stream":"b","record":{"x":"${"y".repeat(3000)}"}}`,
  '{"type":"STATE","value":42}',
].join("\n") + "\n";
const BYTES = new TextEncoder().encode(TEXT);

/** Only the newest state of a piece is told. */
const withoutStates = (said: readonly string[]) =>
  said.filter((each) => !each.startsWith("state"));

Deno.test("singer messages: however the bytes are cut, the same comes out", () => {
  const whole = readIn([BYTES]);
  assert.equal(withoutStates(whole).length, 43);
  assert.equal(whole.at(-1), "state 42");
  for (const size of [1, 7, 100, 1000]) {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < BYTES.length; at += size) {
      pieces.push(BYTES.slice(at, at + size));
    }
    const said = readIn(pieces);
    assert.deepEqual(
      withoutStates(said),
      withoutStates(whole),
      `pieces of ${size}`,
    );
    assert.equal(said.at(-1), "state 42");
  }
});

Deno.test("singer messages: a state stands behind what it was said after", () => {
  const said = readIn(
    TEXT.split(/(?<=\n)/).map((line) => new TextEncoder().encode(line)),
  );
  const at = said.indexOf("state 40");
  assert.equal(withoutStates(said.slice(0, at)).length, 41);
});

Deno.test("singer messages: one that is too long is an error", () => {
  assert.throws(
    () =>
      readIn([
        new TextEncoder().encode(`{"type":"RECORD","x":"${"y".repeat(6000)}"`),
      ]),
    /more than/,
  );
});

Deno.test("singer messages: bytes that are no UTF-8 are replaced", () => {
  const text = '{"type":"RECORD","stream":"a","record":{"x":"?"}}\n';
  const bytes = new TextEncoder().encode(text);
  bytes[text.indexOf("?")] = 0xff;
  const [line] = readIn([bytes]);
  assert.equal(JSON.parse(line).data.x, "\ufffd");
});
