import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { cutMessages, GrpcError } from "./grpc.ts";

function frame(message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(5 + message.length);
  new DataView(bytes.buffer).setUint32(1, message.length);
  bytes.set(message, 5);
  return bytes;
}

Deno.test("a plugin's messages are the same however they are cut", () => {
  const messages = [0, 1, 5, 300, 0, 7].map((length, i) =>
    new Uint8Array(length).fill(i)
  );
  const parts = messages.map((one) => [...frame(one)]).flat();
  for (const cutBytes of [1, 2, 4, 5, 6, 100, parts.length]) {
    const got: number[][] = [];
    const cut = cutMessages((message) => got.push([...message]));
    for (let at = 0; at < parts.length; at += cutBytes) {
      cut(Uint8Array.from(parts.slice(at, at + cutBytes)));
    }
    assertEquals(got, messages.map((one) => [...one]));
  }
});

Deno.test("a plugin's message takes time by its length, however small its chunks", () => {
  // Joined at every chunk, this would copy 500 GB.
  const whole = frame(new Uint8Array(32 * 1024 * 1024));
  let gotBytes = 0;
  const cut = cutMessages((message) => gotBytes += message.length);
  for (let at = 0; at < whole.length; at += 1024) {
    cut(whole.subarray(at, at + 1024));
  }
  assertEquals(gotBytes, 32 * 1024 * 1024);
});

Deno.test("a message that is too long is the plugin's mistake, told before it comes", () => {
  const head = new Uint8Array([0, 0x7f, 0, 0, 0]);
  const cut = cutMessages(() => {});
  assert.throws(() => cut(head), (error) => {
    assert.ok(error instanceof GrpcError);
    assert.match(error.message, /more than 64 MiB/);
    return true;
  });
});
