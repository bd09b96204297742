import { FakeClock } from "../../../tests/support/fake_clock.ts";
import { assert, assertRejects } from "../../../tests/support/assert.ts";
import { StateKeeper } from "./state_keeper.ts";
import type { StoredStates } from "./state_store.ts";

Deno.test("who keeps a place besides is told of nothing behind a state that is not stored", async () => {
  let saved: StoredStates = {};
  const disk = Promise.withResolvers<void>();
  using keeper = new StateKeeper({
    store: {
      load: () => Promise.resolve({}),
      save: async (states) => {
        await disk.promise;
        saved = states;
      },
      lock: () => Promise.resolve({ [Symbol.dispose]() {} }),
    },
    stored: {},
    label: "input",
    provider: "toy",
    clock: new FakeClock(),
    onFailure: (error) => {
      throw error;
    },
  });
  assert.equal(keeper.storedUpTo(4), 4);
  keeper.note(5, { at: 5 }, 0);
  assert.equal(keeper.storedUpTo(3), 3);
  keeper.settle(8);
  assert.equal(keeper.storedUpTo(8), 4, "settled, and on its way to the disk");
  const flushed = keeper.flush();
  disk.resolve();
  await flushed;
  assert.equal(saved.input.state instanceof Object, true);
  assert.equal(keeper.storedUpTo(8), 8);
});

Deno.test("the last save ends a run also where its folder hangs", async () => {
  const clock = new FakeClock();
  using keeper = new StateKeeper({
    store: {
      load: () => Promise.resolve({}),
      save: () => new Promise(() => {}),
      lock: () => Promise.resolve({ [Symbol.dispose]() {} }),
    },
    stored: {},
    label: "input",
    provider: "toy",
    clock,
    onFailure: () => {},
  });
  keeper.note(1, { at: 1 }, 0);
  keeper.settle(1);
  const flushed = assertRejects(
    () => keeper.flushInTime(),
    "state.not_saved",
  );
  await clock.advance(10_000);
  assert.match((await flushed).message, /did not answer for 10 s/);
});
