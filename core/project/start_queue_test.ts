import { assertEquals } from "../../tests/support/assert.ts";
import { StartQueue } from "./start_queue.ts";
import { StopSwitch } from "./stop.ts";

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("only so many start at once, the others in their order", async () => {
  const queue = new StartQueue(new StopSwitch({ monotonicMs: () => 0 }), 2);
  const started: number[] = [];
  const leave: (() => void)[] = [];
  for (let n = 0; n < 5; n++) {
    queue.enter().then((left) => {
      started.push(n);
      leave.push(left);
    });
  }
  await settle();
  assertEquals(started, [0, 1]);
  leave[0]();
  leave[0](); // a place is given back once
  await settle();
  assertEquals(started, [0, 1, 2]);
  leave[1]();
  leave[2]();
  await settle();
  assertEquals(started, [0, 1, 2, 3, 4]);
});

Deno.test("a stop lets all of them in, so that they end", async () => {
  const stop = new StopSwitch({ monotonicMs: () => 0 });
  const queue = new StartQueue(stop, 1);
  let entered = 0;
  for (let n = 0; n < 3; n++) queue.enter().then(() => entered++);
  await settle();
  assertEquals(entered, 1);
  stop.request("SIGINT");
  await settle();
  assertEquals(entered, 3);
});
