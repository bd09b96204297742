import { assertEquals } from "../../../../tests/support/assert.ts";
import { SlotProgress } from "./slot_progress.ts";

Deno.test("a slot is confirmed to the end of a commit that is acknowledged whole", () => {
  const progress = new SlotProgress(100n);
  progress.hasLines = true;
  const half = progress.handOver(); // in the middle of a transaction
  progress.commit(200n);
  const rest = progress.handOver();
  progress.hasLines = false;
  assertEquals(progress.confirmed, 100n);
  half();
  assertEquals(progress.confirmed, 100n);
  rest();
  assertEquals(progress.confirmed, 200n);
});

Deno.test("a slot follows keepalives only when nothing is under way", () => {
  const progress = new SlotProgress(100n);
  progress.keepalive(150n);
  assertEquals(progress.confirmed, 150n);
  progress.commit(200n);
  const delivered = progress.handOver();
  progress.keepalive(900n);
  assertEquals(progress.confirmed, 150n);
  delivered();
  assertEquals(progress.confirmed, 900n);
});

Deno.test("a slot does not follow a keepalive while lines wait or a transaction is open", () => {
  const progress = new SlotProgress(100n);
  progress.hasLines = true;
  progress.keepalive(900n);
  assertEquals(progress.confirmed, 100n);
});

Deno.test("a slot never goes back", () => {
  const progress = new SlotProgress(100n);
  progress.keepalive(50n);
  progress.commit(60n);
  progress.handOver()();
  assertEquals(progress.confirmed, 100n);
});

Deno.test("a slot stays before a message until the state that has it is stored", () => {
  const progress = new SlotProgress(100n);
  progress.commit(200n);
  const before = progress.handOver();
  progress.hold(); // at a message in the transaction that ends at 300
  progress.commit(300n);
  const rows = progress.stored();
  before();
  progress.keepalive(900n);
  assertEquals(progress.confirmed, 200n);
  progress.hold(); // another one, before the state of the first is known to be there
  const both = progress.stored();
  rows();
  assertEquals(progress.confirmed, 200n);
  both();
  assertEquals(progress.confirmed, 900n);
});
