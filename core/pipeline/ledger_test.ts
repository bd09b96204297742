import { assert, assertFails } from "../../tests/support/assert.ts";
import { Ledger } from "./ledger.ts";

Deno.test("acknowledgements only move forward", () => {
  const ledger = new Ledger();
  ledger.hand(10);
  ledger.acknowledge(7);
  ledger.acknowledge(3);
  assert.equal(ledger.settled, 7);
  assert.equal(ledger.inFlight, 3);
});

Deno.test("nothing past a rejection is settled until it has found its place", () => {
  const ledger = new Ledger();
  ledger.hand(10);
  ledger.acknowledge(2);
  ledger.reject(5);
  ledger.reject(4);
  ledger.acknowledge(10);
  assert.equal(ledger.settled, 3);
});

Deno.test("what can't be true fails", () => {
  const ledger = new Ledger();
  ledger.hand(3);
  assertFails(() => ledger.acknowledge(4), "protocol.ack_beyond");
  assertFails(() => ledger.reject(4), "protocol.ack_beyond");
  ledger.acknowledge(2);
  assertFails(() => ledger.reject(2), "protocol.reject_late");
});

Deno.test("every process counts from 1 in its own life", () => {
  const ledger = new Ledger();
  ledger.hand(10);
  ledger.acknowledge(6);
  ledger.outputStarted(); // the replay begins with the 7th
  ledger.acknowledge(4);
  assert.equal(ledger.settled, 10);
  ledger.inputStarted();
  ledger.hand(5);
  ledger.acknowledge(7);
  assert.equal(ledger.settled, 13);
  assert.equal(ledger.settledOfInput, 3);
});
