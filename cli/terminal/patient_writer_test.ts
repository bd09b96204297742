import { assert, assertEquals } from "../../tests/support/assert.ts";
import { PatientWriter } from "./patient_writer.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

Deno.test("what is written comes in order, also in small pieces", async () => {
  let text = "";
  const writer = new PatientWriter({
    write(bytes) {
      const piece = bytes.subarray(0, 3);
      text += new TextDecoder().decode(piece);
      return Promise.resolve(piece.length);
    },
  });
  for (let i = 0; i < 100; i++) writer.write(bytesOf(`line ${i}\n`));
  await writer.flush();
  assertEquals(text.split("\n").length, 101);
  assert(text.endsWith("line 99\n"));
});

Deno.test("who is not read waits for nobody, and tells what was left out", async () => {
  const gate = Promise.withResolvers<void>();
  let text = "";
  const writer = new PatientWriter({
    async write(bytes) {
      await gate.promise;
      text += new TextDecoder().decode(bytes);
      return bytes.length;
    },
  });
  const line = bytesOf("x".repeat(999) + "\n");
  for (let i = 0; i < 2_000; i++) writer.write(line);
  await writer.flush(30);
  assertEquals(text, "");
  gate.resolve();
  await writer.flush();
  const kept = text.split("\n").filter((one) => one.startsWith("x")).length;
  assert(text.includes(`${2_000 - kept} lines were left out here`), text);
});

Deno.test("a file is only slow: nothing is left out for its silence", async () => {
  let go = () => {};
  const held = new Promise<void>((resolve) => go = resolve);
  let gotBytes = 0;
  const writer = new PatientWriter({
    async write(bytes) {
      await held;
      gotBytes += bytes.length;
      return bytes.length;
    },
  }, true);
  const lines = new Uint8Array(64 * 1024).fill(10);
  for (let i = 0; i < 100; i++) writer.write(lines);
  go();
  await writer.flush();
  assertEquals(gotBytes, 100 * lines.length);
});
