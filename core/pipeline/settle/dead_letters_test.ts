import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { FakeClock } from "../../../tests/support/fake_clock.ts";
import type { OutputLane } from "../lanes/output_lane.ts";
import { DeadLetters } from "./dead_letters.ts";

Deno.test("a thousand letters of one moment are handed over and awaited in batches", async () => {
  let waits = 0;
  let batches = 0;
  const ledger = { handed: 0 };
  const lane = {
    window: {
      capacityBytes: 32 << 20,
      maxEnvelopes: 100_000,
      room: () => Promise.resolve(),
    },
    ledger,
    hand: (_bytes: Uint8Array, lines: number) => {
      batches++;
      ledger.handed += lines;
      return Promise.resolve();
    },
    settledUpTo: () => {
      waits++;
      return Promise.resolve();
    },
  } as unknown as OutputLane;
  const letters = new DeadLetters({
    lane,
    provider: "file",
    task: "t",
    runId: "r",
    clock: new FakeClock(),
    over: new AbortController().signal,
  });
  const line = new TextEncoder().encode('{"data":{"id":1}}');
  await Promise.all(
    Array.from(
      { length: 1000 },
      (_, i) => letters.store({ line, position: i + 1, reason: "bad" }, "out"),
    ),
  );
  assertEquals(ledger.handed, 1000);
  assert(batches < 5, `${batches} batches`);
  assertEquals(waits, batches);
});
