import { FakeClock } from "../../tests/support/fake_clock.ts";
import { FastClock } from "../../tests/support/fast_clock.ts";
import { assert, assertEquals } from "../../tests/support/assert.ts";
import { TempFolder } from "../../tests/support/temp_folder.ts";
import { lockFile } from "./process_lock.ts";

/** What a file system without locks says. */
const noLocks = () => Promise.reject(new Error("not supported"));

Deno.test("one after the other, and who waits is told once", async () => {
  await using folder = await TempFolder.make();
  const path = folder.join("locks/x");
  const clock = new FastClock();
  const order: string[] = [];
  let waits = 0;
  const first = await lockFile(path, { clock });
  const second = lockFile(path, { clock, onWait: () => waits++ })
    .then((lock) => {
      order.push("second has it");
      return lock;
    });
  while (waits === 0) await clock.sleep(20);
  order.push("first lets go");
  await first[Symbol.asyncDispose]();
  await (await second)[Symbol.asyncDispose]();
  assertEquals(order, ["first lets go", "second has it"]);
  assertEquals(waits, 1);
});

Deno.test("without the system's locks a heartbeat does it", async () => {
  await using folder = await TempFolder.make();
  const path = folder.join("x");
  const clock = new FastClock();
  const options = { clock, lock: noLocks };
  const first = await lockFile(path, options);
  let isSecond = false;
  const second = lockFile(path, options).then((lock) => {
    isSecond = true;
    return lock;
  });
  await clock.sleep(1000);
  assertEquals(isSecond, false);
  await first[Symbol.asyncDispose]();
  await (await second)[Symbol.asyncDispose]();
  assertEquals([...Deno.readDirSync(folder.path)].map((e) => e.name), ["x"]);
});

Deno.test("a heart that has stopped is nobody's", async () => {
  await using folder = await TempFolder.make();
  const path = folder.join("x");
  await folder.write("x.alive", "");
  const clock = new FakeClock(Date.now());
  const waiting = lockFile(path, { clock, lock: noLocks });
  let isOurs = false;
  void waiting.then(() => isOurs = true);
  await clock.advance(10_000);
  assert.equal(isOurs, false);
  // Its last beat is then more than half a minute ago.
  while (!isOurs) {
    await clock.advance(1000);
    await new Promise((resolve) => setTimeout(resolve, 1));
    assert.ok(clock.monotonicMs() < 120_000);
  }
  assert.ok(clock.monotonicMs() > 20_000);
  await (await waiting)[Symbol.asyncDispose]();
});

Deno.test("waiting ends with its signal", async () => {
  await using folder = await TempFolder.make();
  const path = folder.join("x");
  const clock = new FastClock();
  const first = await lockFile(path, { clock });
  const stop = new AbortController();
  const second = lockFile(path, { clock, signal: stop.signal });
  stop.abort(new Error("stopped"));
  await assert.rejects(second, /stopped/);
  await first[Symbol.asyncDispose]();
});

Deno.test("a clock that is set stops nobody's heart", async () => {
  await using folder = await TempFolder.make();
  const path = folder.join("x");
  const clock = new FakeClock(Date.now());
  await using first = await lockFile(path, { clock, lock: noLocks });
  const stop = new AbortController();
  const { signal } = stop;
  let isSecond = false;
  const second = lockFile(path, { clock, lock: noLocks, signal })
    .then(() => isSecond = true, () => {});
  for (let beat = 0; beat < 5; beat++) {
    clock.wallShiftMs = beat * 3_600_000;
    await clock.advance(1000);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  stop.abort();
  await clock.advance(1000);
  await second;
  assertEquals([isSecond, first === undefined], [false, false]);
});
