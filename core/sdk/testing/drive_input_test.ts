import { assertEquals } from "../../../tests/support/assert.ts";
import type { Input } from "../input.ts";
import { driveInput, readAll } from "./drive_input.ts";
import { TestContext } from "./test_context.ts";

const calls: number[] = [];
const input: Input = {
  async *read(resume, { signal, sleep, now, log, progress }) {
    const startMs = now();
    for (let n = Number(resume ?? 1); n <= 4 && !signal.aborted; n++) {
      log.warn(`at ${n}`);
      progress("reading", n, 4);
      const lines = new TextEncoder().encode(`{"data":${n},"metadata":{}}\n`);
      const isOdd = n % 2 === 1;
      yield {
        ...(isOdd ? { lines, lineCount: 1 } : {
          envelopes: [{ data: n, metadata: { ms: now() - startMs } }],
        }),
        schema: { table: "t", fields: [] },
        state: n + 1,
        delivered: () => void calls.push(n),
      };
      await sleep(1000);
    }
  },
};

Deno.test("an input is driven in one process: batches, states, deliveries", async () => {
  const context = new TestContext();
  const batches = await Array.fromAsync(driveInput(input, undefined, context));
  assertEquals(batches.map(({ state }) => state), [2, 3, 4, 5]);
  assertEquals(batches[1].envelopes, [{ data: 2, metadata: { ms: 1000 } }]);
  assertEquals(batches[1].schemas, [{ table: "t", fields: [] }]);
  await batches[1].deliver();
  await batches[3].deliver();
  assertEquals(calls, [1, 2, 3, 4]);
  assertEquals(context.warnings.length, 4);
  assertEquals(context.progressed, ["reading", 4, 4]);
});

Deno.test("it goes on from a state, and stops when told", async () => {
  assertEquals((await readAll(input, 4)).map(({ data }) => data), [4]);
  const context: TestContext = new TestContext({
    onSleep: () => context.stop.abort(),
  });
  assertEquals((await readAll(input, 1, context)).length, 1);
});
