import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { readLogLines } from "./stderr.ts";

async function linesOf(...chunks: string[]): Promise<string[]> {
  const lines: string[] = [];
  const encoded = chunks.map((chunk) => new TextEncoder().encode(chunk));
  await readLogLines(ReadableStream.from(encoded), (line) => lines.push(line));
  return lines;
}

Deno.test("lines are put together from chunks, blank ones left out", async () => {
  assertEquals(await linesOf("a", "b\r\n\n", "c\nd"), ["ab", "c", "d"]);
});

Deno.test("a line over 64 KiB is cut and says so", async () => {
  const [line, next] = await linesOf("x".repeat(70_000), "y\nnext\n");
  assert.equal(line, `${"x".repeat(65_536)} … (4465 bytes cut)`);
  assert.equal(next, "next");
});
