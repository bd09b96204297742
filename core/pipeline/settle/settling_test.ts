import { FakeClock } from "../../../tests/support/fake_clock.ts";
import { assert } from "../../../tests/support/assert.ts";
import { createScanner } from "../relay/scanner/scanner.ts";
import { ReplayWindow } from "../relay/window.ts";
import { Settling } from "./settling.ts";

function settlingOf(lines: number): Settling {
  const settling = new Settling({
    window: new ReplayWindow(createScanner(1024), 1024, 100),
    clock: new FakeClock(),
    onSettled: () => {},
  });
  for (let n = 1; n <= lines; n++) {
    const line = new TextEncoder().encode(`{${n}}\n`);
    settling.window.stage(line);
    const origin = { input: 0, inputStart: n - 1, runs: [1] };
    settling.hand(line.length, 1, origin);
    settling.ledger.send(1);
  }
  return settling;
}

const REASON = { reason: "no" };

Deno.test("a refused line is settled once it has its place, and never delivered", () => {
  const settling = settlingOf(3);
  settling.reject({ seq: 2, ...REASON });
  settling.acknowledge(2);
  assert.equal(settling.delivered, 1);
  settling.placed(2);
  assert.equal(settling.ledger.settled, 2);
  assert.equal(settling.delivered, 1);
  // A repeat of the first line says nothing about the second.
  settling.restart(-1);
  settling.ledger.send(1);
  settling.acknowledge(1);
  assert.equal(settling.delivered, 1);
});

Deno.test("an input is told of its own envelopes, and of what was taken out at its turn", () => {
  const settling = settlingOf(2);
  settling.tookOut({ input: 0, inputStart: 2, runs: [0, 3] });
  assert.equal(settling.settledOf(0), 0);
  settling.acknowledge(1);
  assert.equal(settling.settledOf(0), 1);
  settling.acknowledge(2);
  assert.equal(settling.settledOf(0), 5);
});
