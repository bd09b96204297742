import {
  assert,
  assertEquals,
  assertRejects,
} from "../../../tests/support/assert.ts";
import { TempFolder } from "../../../tests/support/temp_folder.ts";
import { SharedStateStore } from "./shared_state_store.ts";
import { FileStateStore } from "./state_store.ts";

const state = (value: number) => ({ provider: "p", savedAt: "", state: value });

Deno.test("inputs of one task save side by side, other runs are kept away", async () => {
  await using folder = await TempFolder.make();
  const path = folder.join("t.json");
  const file = new FileStateStore(path, "t");
  await file.save({ gone: state(9) });
  const shared = new SharedStateStore(new FileStateStore(path, "t"));
  const [east, west] = [shared.of("east"), shared.of("west")];
  {
    using _east = await east.lock();
    using _west = await west.lock();
    await assertRejects(() => file.lock(), "state.in_use");
    await Promise.all([
      east.save({ east: state(1) }),
      west.save({ west: state(2), east: state(0) }),
      east.save({ east: state(3) }),
    ]);
  }
  const { gone, east: last, west: other } = await file.load();
  assertEquals([gone.state, last.state, other.state], [9, 3, 2]);
  using _free = await file.lock();
});

Deno.test("the lock is held until the last input lets it go", async () => {
  await using folder = await TempFolder.make();
  const file = new FileStateStore(folder.join("t.json"), "t");
  const shared = new SharedStateStore(file);
  const first = await shared.of("a").lock();
  const second = await shared.of("b").lock();
  first[Symbol.dispose]();
  await assertRejects(() => file.lock(), "state.in_use");
  const third = await shared.of("a").lock();
  second[Symbol.dispose]();
  await assertRejects(() => file.lock(), "state.in_use");
  third[Symbol.dispose]();
  using free = await file.lock();
  assert(free);
});

Deno.test("a lock that another run has is refused to all, and a later attempt is made", async () => {
  await using folder = await TempFolder.make();
  const file = new FileStateStore(folder.join("t.json"), "t");
  const shared = new SharedStateStore(file);
  {
    using _other = await file.lock();
    await assertRejects(() => shared.of("a").lock(), "state.in_use");
  }
  using lock = await shared.of("b").lock();
  assert(lock);
});

Deno.test("a state nested 200,000 deep is told as that", async () => {
  await using folder = await TempFolder.make();
  const path = folder.join("t.json");
  const deep = "[".repeat(200_000) + "]".repeat(200_000);
  await Deno.writeTextFile(path, `{"inputs":{"input":{"state":${deep}}}}`);
  const error = await assertRejects(
    () => new FileStateStore(path, "t").load(),
    "state.damaged",
  );
  assertEquals(error.message.endsWith(": it is nested too deep"), true);
});
