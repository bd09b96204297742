import { assert, assertEquals } from "../../tests/support/assert.ts";
import { withRetries } from "./retry.ts";

/** Time that passes only by pauses. */
function world(timeoutMs: number) {
  const slept: number[] = [];
  const stop = new AbortController();
  let nowMs = 0;
  const deps = {
    timeoutMs,
    signal: stop.signal,
    now: () => nowMs,
    sleep: (delayMs: number) => {
      slept.push(delayMs);
      nowMs += delayMs;
      return Promise.resolve();
    },
  };
  const middle = () => 0.5; // no jitter
  return {
    slept,
    stop,
    run: (f: () => Promise<unknown>) => withRetries(f, deps, middle),
  };
}

function failing(code: string, times = Infinity) {
  let calls = 0;
  return () =>
    ++calls <= times
      ? Promise.reject(Object.assign(new Error(code), { code }))
      : Promise.resolve(calls);
}

Deno.test("pauses double, longer where the service asks for it", async () => {
  const network = world(60_000);
  assertEquals(await network.run(failing("ECONNRESET", 4)), 5);
  assertEquals(network.slept, [100, 200, 400, 800]);
  const busy = world(60_000);
  assertEquals(await busy.run(failing("ServiceBusy", 3)), 4);
  assertEquals(busy.slept, [2000, 4000, 8000]);
});

Deno.test("the time for all attempts is bounded", async () => {
  const { run, slept } = world(10_000);
  await assert.rejects(() => run(failing("ServiceBusy")), /ServiceBusy/);
  assertEquals(slept, [2000, 4000]);
});

Deno.test("what won't pass is not tried again, nor after the end", async () => {
  const { run, slept, stop } = world(60_000);
  const missing = failing("MessagingEntityNotFound");
  await assert.rejects(() => run(missing), /NotFound/);
  stop.abort();
  await assert.rejects(() => run(failing("ServiceBusy")), /ServiceBusy/);
  assertEquals(slept, []);
});
