import { assertEquals } from "../../../../tests/support/assert.ts";
import { RecentTransactions } from "./recent_transactions.ts";

Deno.test("a snapshot shows what was told when none of it runs or is to come", () => {
  const recent = new RecentTransactions();
  assertEquals(recent.isShownBy("100:100:"), true);
  recent.add(90);
  recent.add(95);
  for (
    const [snapshot, isShown] of [
      ["96:96:", true],
      ["90:96:92,93", true],
      ["90:96:90,93", false],
      ["95:95:", false],
      // The server counts to 64 bits, the stream tells the lower half.
      ["4294967392:4294967392:", true],
      ["4294967386:4294967392:4294967391", false],
    ] as const
  ) {
    assertEquals(recent.isShownBy(snapshot), isShown, snapshot);
  }
});

Deno.test("transactions are told apart where their numbers begin again", () => {
  const recent = new RecentTransactions();
  recent.add(4_294_967_290);
  assertEquals(recent.isShownBy("4294967300:4294967300:"), true);
  recent.add(20);
  assertEquals(recent.isShownBy("4294967300:4294967300:"), false);
});

Deno.test("transactions that ran when a process began must have ended", () => {
  const recent = new RecentTransactions();
  recent.addRunning([90, 95, 100]);
  for (
    const [snapshot, isShown] of [
      ["90:100:90,95", false],
      ["100:100:", false],
      ["101:103:101", true], // begun later: no process has told of it
    ] as const
  ) {
    assertEquals(recent.isShownBy(snapshot), isShown, snapshot);
  }
});
