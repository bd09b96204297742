import { assertEquals } from "../../../tests/support/assert.ts";
import { OutputReader } from "./output_reader.ts";

function readerOf(told: string[]): OutputReader {
  return new OutputReader({
    judge: () => ({ kind: "ready", agreement: { version: 2, features: [] } }),
    isV2: true,
    onRecord: (text) => told.push(text),
    onNoise: () => {},
    onOwnOutput: (bytes) => {
      told.push(`own: ${new TextDecoder().decode(bytes)}`);
      return Promise.resolve();
    },
  }, 100);
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

Deno.test("records of one chunk are told in one go, so that what follows goes together", async () => {
  const told: string[] = [];
  const reader = readerOf(told);
  await reader.push(bytesOf('{"status":"ready"}\n'));
  const pushed = reader.push(bytesOf('\x1e{"a":1}\n\x1e{"b":2}\n\x1e{"c":'));
  assertEquals(told, ['{"a":1}', '{"b":2}']);
  await pushed;
  await reader.push(bytesOf("3}\n"));
  assertEquals(told.at(-1), '{"c":3}');
});

Deno.test("own output between records is passed on, in its place", async () => {
  const told: string[] = [];
  const reader = readerOf(told);
  await reader.push(bytesOf('{"status":"ready"}\n'));
  await reader.push(bytesOf('\x1e{"a":1}\nhello\n\x1e{"b":2}\n'));
  assertEquals(told, ['{"a":1}', "own: hello\n", '{"b":2}']);
});
