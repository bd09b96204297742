import type { StopRequest } from "../../core/pipeline/run.ts";
import { assertEquals } from "../../tests/support/assert.ts";
import { FakeClock, settle } from "../../tests/support/fake_clock.ts";
import { StopSwitch } from "./stop.ts";

function listen(stop: StopSwitch) {
  const heard: StopRequest[] = [];
  const unsubscribe = stop.onStop((request) => heard.push(request));
  return { heard, unsubscribe };
}

Deno.test("the first signal asks, one later than a second after it kills", async () => {
  const clock = new FakeClock();
  const stop = new StopSwitch(clock);
  const { heard } = listen(stop);
  stop.request("SIGINT");
  await clock.advance(1000);
  stop.request("SIGINT");
  assertEquals(heard, [{ signal: "SIGINT", isUrgent: false }]);
  await clock.advance(1);
  stop.request("SIGINT");
  assertEquals(heard.at(-1), { signal: "SIGINT", isUrgent: true });
});

Deno.test("requestOnce() is never the second, urgent request", async () => {
  const clock = new FakeClock();
  const stop = new StopSwitch(clock);
  const { heard } = listen(stop);
  stop.requestOnce("fail-fast");
  await clock.advance(5000);
  stop.requestOnce("fail-fast");
  assertEquals(heard, [{ signal: "fail-fast", isUrgent: false }]);
});

Deno.test("every task hears of it, also one that starts to listen later", async () => {
  const stop = new StopSwitch(new FakeClock());
  const early = listen(stop);
  stop.request("SIGTERM");
  const late = listen(stop);
  await settle();
  assertEquals(early.heard, [{ signal: "SIGTERM", isUrgent: false }]);
  assertEquals(late.heard, early.heard);
});

Deno.test("who has unsubscribed hears nothing", async () => {
  const stop = new StopSwitch(new FakeClock());
  const gone = listen(stop);
  gone.unsubscribe();
  stop.request("SIGINT");
  const goneAtOnce = listen(stop);
  goneAtOnce.unsubscribe();
  await settle();
  assertEquals([...gone.heard, ...goneAtOnce.heard], []);
});
