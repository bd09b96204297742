import { assertEquals } from "../../../tests/support/assert.ts";
import { Deliveries } from "./deliveries.ts";

Deno.test("a lower acknowledgement takes nothing back", async () => {
  const calls: number[] = [];
  const deliveries = new Deliveries(() => {});
  deliveries.settle(5);
  deliveries.settle(2);
  deliveries.add(4, () => void calls.push(4));
  deliveries.add(6, () => void calls.push(6));
  await deliveries.idle();
  assertEquals(calls, [4]);
  assertEquals(deliveries.settled, 5);
});

Deno.test("nothing is called after a callback has failed", async () => {
  const calls: string[] = [];
  const deliveries = new Deliveries((error) => calls.push(String(error)));
  deliveries.add(1, () => {
    throw new Error("full");
  });
  deliveries.add(2, () => void calls.push("2"));
  deliveries.settle(2);
  await deliveries.idle();
  assertEquals(calls, ["Error: full"]);
});
