/**
 * States: taken out at their place, stored once settled, handed back as `resume`.
 *
 * @module
 */

import { join } from "node:path";
import { FileStateStore } from "../../core/pipeline/mod.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import type { Step } from "../support/toy_provider.ts";
import {
  runToys,
  toyLaunch,
  type ToyOutcome,
  toyTask,
} from "../support/toys.ts";

const V2: Step[] = [{ read: "start" }, { ready: 2 }];
const END: Step[] = [{ write: '\x1e{"end":true}\n' }];
const BAD: Step = { write: '\x1e{"error":{"message":"it is bad"}}\n' };
const SINK: Step[] = [{ sink: { ack: "always" } }];

class Folder implements AsyncDisposable {
  readonly path = Deno.makeTempDirSync();
  readonly stateFile = join(this.path, ".dstream", "state", "toys.json");
  readonly store = new FileStateStore(this.stateFile, "toys");

  async stored(): Promise<unknown> {
    return (await this.store.load()).input?.state;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

function state(value: unknown): Step {
  return { write: `\x1e{"state":${JSON.stringify(value)}}\n` };
}

function run(
  folder: Folder,
  inputSteps: Step[],
  outputSteps: Step[] = [...V2, ...SINK],
): Promise<ToyOutcome> {
  return runToys({ inputSteps, outputSteps, stateStore: folder.store });
}

Deno.test("the last state is stored and handed back, with all its digits", async () => {
  await using folder = new Folder();
  const startFile = join(folder.path, "start");
  const first = await run(folder, [
    ...V2,
    { emit: 2 },
    state({ at: 2 }),
    { emit: 1, from: 3 },
    { write: '\x1e{"state":{"at":12345678901234567890}}\n' },
    ...END,
  ]);
  assert.equal(first.status, "completed", first.error?.message);
  assert.equal(
    JSON.stringify(await folder.stored()),
    '{"at":12345678901234567890}',
  );
  const second = await run(
    folder,
    [{ read: "start", file: startFile }, { ready: 2 }, ...END],
  );
  assert.equal(second.status, "completed", second.error?.message);
  const start = await Deno.readTextFile(startFile);
  assert.match(start, /"resume":\{"at":12345678901234567890\}/);
  assert.match(start, /"features":\["ack","state","schema"\]/);
});

Deno.test("a state is stored only when everything above it is settled", async () => {
  await using folder = new Folder();
  const outcome = await run(
    folder,
    [
      ...V2,
      { emit: 2 },
      state({ at: 2 }),
      { emit: 2, from: 3 },
      state({ at: 4 }),
      { awaitStop: true },
    ],
    [
      ...V2,
      { sink: { ack: "never", stopAfter: 4 } },
      { write: '\x1e{"ack":3}\n' },
      { sleepMs: 100 },
      { exit: 1 },
    ],
  );
  assert.equal(outcome.status, "failed");
  assertEquals(await folder.stored(), { at: 2 });
});

Deno.test("without a store no state is offered", async () => {
  await using folder = new Folder();
  const startFile = join(folder.path, "start");
  await runToys({
    inputSteps: [{ read: "start", file: startFile }, { ready: 2 }, ...END],
    outputSteps: [...V2, ...SINK],
  });
  assert.match(
    await Deno.readTextFile(startFile),
    /"features":\["ack","schema"\]/,
  );
});

Deno.test("another provider's state is refused, not used", async () => {
  await using folder = new Folder();
  await folder.store.save({
    input: { provider: "kafka", savedAt: "", state: 1 },
  });
  const outcome = await run(folder, [...V2, ...END]);
  assert.equal(outcome.error?.code, "state.other_provider");
});

Deno.test("a damaged file is an error, never a start from the beginning", async () => {
  await using folder = new Folder();
  await folder.store.save({});
  for (const text of ["", "{", "[]", '{"inputs":{"input":3}}']) {
    await Deno.writeTextFile(folder.stateFile, text);
    const outcome = await run(folder, [...V2, ...END]);
    assert.equal(outcome.error?.code, "state.damaged", text);
  }
});

Deno.test("two runs that would write the same state: the second is refused", async () => {
  await using folder = new Folder();
  const lock = await folder.store.lock();
  const steps: Step[] = [...V2, { emit: 1 }, state(1), ...END];
  const refused = await assertRejects(
    () => folder.store.lock(),
    "state.in_use",
  );
  assert.match(refused.message, new RegExp(`process ${Deno.pid}, started 20`));
  const outcome = await run(folder, steps);
  assert.equal(outcome.error?.code, "state.in_use");
  lock[Symbol.dispose]();
  assert.equal((await run(folder, steps)).status, "completed");
});

Deno.test("an input without states takes no lock", async () => {
  await using folder = new Folder();
  const steps: Step[] = [
    { read: "start" },
    { ready: 2, features: ["ack"] },
    { emit: 1 },
    ...END,
  ];
  assert.equal((await run(folder, steps)).status, "completed");
  await assert.rejects(() => Deno.stat(`${folder.stateFile}.lock`));
});

Deno.test("a second run hears of the first before a provider starts", async () => {
  await using folder = new Folder();
  using _lock = await folder.store.lock();
  const outcome = await run(folder, [{ exit: 9 } as never]);
  assert.equal(
    outcome.error?.code,
    "state.in_use",
  );
});

Deno.test("a stop ends a run whose state's folder hangs", async () => {
  const never = new Promise<never>(() => {});
  const outcome = await runToys({
    inputSteps: [...V2, ...END],
    outputSteps: [],
    stateStore: { load: () => never, save: () => never, lock: () => never },
    onStarted: (stop) =>
      queueMicrotask(() => stop({ signal: "SIGTERM", isUrgent: false })),
  });
  assert.equal(outcome.status, "stopped");
});

Deno.test({
  name: "states are the user's own, whatever the umask",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using folder = new Folder();
    const before = Deno.umask(0);
    try {
      await run(folder, [...V2, { emit: 1 }, state(1), ...END]);
    } finally {
      Deno.umask(before);
    }
    for (const path of [folder.stateFile, `${folder.stateFile}.lock`]) {
      assert.equal((await Deno.stat(path)).mode! & 0o077, 0, path);
    }
    const state_ = join(folder.path, ".dstream", "state");
    assert.equal((await Deno.stat(state_)).mode! & 0o077, 0);
  },
});

Deno.test("a failed save fails the task", async () => {
  await using folder = new Folder();
  await Deno.mkdir(join(folder.path, ".dstream", "state"), { recursive: true });
  // A folder where the file should be written beside.
  await Deno.mkdir(folder.stateFile + ".tmp");
  const outcome = await run(folder, [...V2, { emit: 1 }, state(1), ...END]);
  assert.equal(outcome.status, "failed");
  assert.equal(outcome.error?.code, "state.not_saved");
});

Deno.test("an input that can't go on: all before it is delivered, then the task fails once", async () => {
  await using folder = new Folder();
  const sink = join(folder.path, "sink");
  const error = { message: "line 4 is bad", path: "config.path" };
  const outcome = await runToys({
    task: toyTask({}, {}, { restart: { policy: "always" } }),
    inputSteps: [
      ...V2,
      { emit: 3 },
      state({ at: 3 }),
      { write: `\x1e{"error":${JSON.stringify(error)}}\n` },
      { exit: 1 },
    ],
    outputSteps: [...V2, { sink: { ack: "end", file: sink } }],
    stateStore: folder.store,
  });
  assert.equal(outcome.status, "failed");
  assert.equal(outcome.error?.code, "provider.failed");
  assert.equal(outcome.error?.message, "line 4 is bad");
  assert.equal(outcome.error?.at?.text, "config.path");
  assert.deepEqual(outcome.notices, []);
  assert.equal(outcome.counters.restarts, 0);
  const delivered = await Deno.readTextFile(sink);
  assert.equal(delivered.trimEnd().split("\n").length, 3);
  assertEquals(await folder.stored(), { at: 3 });
});

Deno.test("an input that can't go on ends the others of its task", async () => {
  const endless: Step[] = [...V2, { emit: 1 }, { awaitStop: true }, ...END];
  const task = toyTask();
  const block = task.inputs[0];
  const outcome = await runToys({
    task: {
      ...task,
      inputs: [{ ...block, label: "bad" }, { ...block, label: "good" }],
    },
    inputSteps: [],
    outputSteps: [...V2, ...SINK],
    inputs: [[...V2, BAD, { exit: 1 } as Step], endless].map((steps) => ({
      name: "in-toy",
      launch: toyLaunch(steps),
    })),
  });
  assert.equal(outcome.error?.message, "it is bad");
});
