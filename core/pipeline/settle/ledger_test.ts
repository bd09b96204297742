import { assert, assertFails } from "../../../tests/support/assert.ts";
import { Ledger } from "./ledger.ts";

Deno.test("acknowledgements only move forward", () => {
  const ledger = new Ledger();
  ledger.hand(10);
  ledger.send(10);
  ledger.acknowledge(7);
  ledger.acknowledge(3);
  assert.equal(ledger.settled, 7);
  assert.equal(ledger.inFlight, 3);
});

Deno.test("nothing past a rejection is settled until it has found its place", () => {
  const ledger = new Ledger();
  ledger.hand(10);
  ledger.send(10);
  ledger.acknowledge(2);
  const fifth = ledger.reject(5);
  const fourth = ledger.reject(4);
  ledger.acknowledge(10);
  assert.equal(ledger.settled, 3);
  ledger.resolve(fourth!);
  assert.equal(ledger.settled, 4);
  ledger.resolve(fifth!);
  assert.equal(ledger.settled, 10);
});

Deno.test("what can't be true fails", () => {
  const ledger = new Ledger();
  ledger.hand(3);
  ledger.send(3);
  assertFails(() => ledger.acknowledge(4), "protocol.ack_beyond");
  assertFails(() => ledger.reject(4), "protocol.ack_beyond");
  ledger.acknowledge(2);
  assertFails(() => ledger.reject(2), "protocol.reject_late");
});

Deno.test("a new process counts from 1 and is believed only what it was sent", () => {
  const ledger = new Ledger();
  ledger.hand(10);
  ledger.send(10);
  ledger.acknowledge(6);
  ledger.restart(); // the replay begins with the 7th
  assertFails(() => ledger.acknowledge(1), "protocol.ack_beyond");
  ledger.send(4);
  ledger.acknowledge(4);
  assert.equal(ledger.settled, 10);
});

Deno.test("an acknowledgement that a rejection holds back dies with its process", () => {
  const ledger = new Ledger();
  ledger.hand(10);
  ledger.send(10);
  const third = ledger.reject(3);
  ledger.acknowledge(8);
  ledger.restart();
  ledger.resolve(third!);
  assert.equal(ledger.settled, 2);
});

Deno.test("a settled line that is handed over once more counts and settles nothing", () => {
  const ledger = new Ledger();
  ledger.hand(5);
  ledger.send(5);
  ledger.acknowledge(3);
  ledger.restart(-1);
  ledger.send(1);
  assert.equal(ledger.reject(1), undefined);
  ledger.acknowledge(1);
  assert.equal(ledger.settled, 3);
  ledger.send(2);
  ledger.acknowledge(3);
  assert.equal(ledger.settled, 5);
});

Deno.test("what is behind a line set aside is settled once that is buried", () => {
  const ledger = new Ledger();
  ledger.hand(4);
  ledger.restart(1);
  ledger.setAside();
  ledger.send(1);
  ledger.acknowledge(1);
  assert.equal(ledger.settled, 0);
  ledger.bury(1);
  assert.equal(ledger.settled, 2);
});

Deno.test("a hundred thousand rejections in any order cost no more than their number", () => {
  const ledger = new Ledger();
  const count = 100_000;
  ledger.hand(count);
  ledger.send(count);
  for (let n = 1; n <= count; n += 2) {
    ledger.reject(n + 1);
    ledger.reject(n);
  }
  ledger.acknowledge(count);
  for (let n = count; n > count / 2; n--) ledger.resolve(n);
  assert.equal(ledger.settled, 0);
  for (let n = 1; n <= count / 2; n++) ledger.resolve(n);
  assert.equal(ledger.settled, count);
});
