import { assert } from "../../../tests/support/assert.ts";
import type { Clock } from "../../ports/mod.ts";
import { LeftoverGuard } from "./leftover.ts";

/** A clock whose timers fire at once, so much later than they were asked to. */
class LateClock implements Clock {
  nowMs = 0;
  sleeps = 0;
  constructor(readonly lateMs: number) {}
  monotonicMs(): number {
    return this.nowMs;
  }
  wallMs(): number {
    return this.nowMs;
  }
  async sleep(delayMs: number): Promise<void> {
    this.sleeps++;
    this.nowMs += delayMs + this.lateMs;
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  }
}

async function gone(clock: Clock): Promise<LeftoverGuard> {
  const guard = new LeftoverGuard(Promise.resolve(), clock);
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
  return guard;
}

Deno.test("a dead process's pipe that stays silent is at its end", async () => {
  using guard = await gone(new LateClock(0));
  assert.equal(await guard.read(new Promise(() => {})), undefined);
});

Deno.test("what a busy machine brings late is no silence", async () => {
  const clock = new LateClock(500);
  using guard = await gone(clock);
  const arrives = Promise.withResolvers<string>();
  const read = guard.read(arrives.promise);
  while (clock.sleeps < 8) await Promise.resolve();
  arrives.resolve("spoken");
  assert.equal(await read, "spoken");
});

Deno.test("who writes on into a dead process's pipe is not read for ever", async () => {
  const clock = new LateClock(0);
  using guard = await gone(clock);
  let count = 0;
  for (; count < 1000; count++) {
    const next = (async () => {
      await clock.sleep(0);
      clock.nowMs += 50;
      return "noise";
    })();
    if (await guard.read(next) === undefined) break;
  }
  assert.ok(count <= 101, `${count}`);
});
