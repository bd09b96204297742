/**
 * Stopping: asked, then made to, at every stage; nothing of ours is left behind.
 *
 * @module
 */

import { FileStateStore, type StopRequest } from "../../core/pipeline/mod.ts";
import type { Step } from "../support/toy_provider.ts";
import { assert } from "../support/assert.ts";
import { runToys, type ToyOutcome, toyTask } from "../support/toys.ts";

const V2: Step[] = [{ read: "start" }, { ready: 2 }];
const END: Step[] = [{ write: '\x1e{"end":true}\n' }];
const SINK: Step[] = [{ sink: { ack: "always" } }];

/** What never goes by itself would take a minute, on any machine. */
const LONG: Step = { sleepMs: 60_000 };
const AT_ONCE_MS = 30_000;
const PATIENT = toyTask({}, {}, { shutdownGraceMs: 60_000 });
const IMPATIENT = toyTask({}, {}, { shutdownGraceMs: 400 });
/** A provider says this when it is time to stop. */
const STOP = { log: "stop now" };
const STOP_AT_TEN: Step[] = [
  { sink: { ack: "always", stopAfter: 10 } },
  STOP,
  ...SINK,
];

/** Runs, and asks to stop when a provider says so. */
async function runAndStop(
  inputSteps: Step[],
  outputSteps: Step[],
  task = PATIENT,
  isUrgentNext = false,
): Promise<ToyOutcome> {
  let stop: (request: StopRequest) => void = () => {};
  return await runToys({
    inputSteps,
    outputSteps,
    task,
    onStarted: (ask) => stop = ask,
    onEvent: (event) => {
      if (event.kind !== "provider_log" || event.message !== STOP.log) return;
      stop({ signal: "SIGINT", isUrgent: false });
      if (isUrgentNext) {
        setTimeout(() => stop({ signal: "SIGINT", isUrgent: true }));
      }
    },
  });
}

Deno.test("a version 2 input is told, and everything it wrote is settled", async () => {
  const outcome = await runAndStop(
    [
      ...V2,
      { emit: 10 },
      { awaitStop: true },
      { emit: 5, from: 11 },
      ...END,
    ],
    [...V2, ...STOP_AT_TEN],
  );
  assert.equal(outcome.status, "stopped", outcome.error?.message);
  assert.equal(outcome.stoppedBy, "SIGINT");
  assert.equal(outcome.counters.settledEnvelopes, 15);
  assert.equal(outcome.counters.handedEnvelopes, 15);
});

Deno.test("a version 1 input gets SIGTERM; its status is no failure", async () => {
  const outcome = await runAndStop(
    [{ read: "start" }, { ready: 1 }, { emit: 10 }, LONG],
    [...V2, ...STOP_AT_TEN],
  );
  assert.equal(outcome.status, "stopped", outcome.error?.message);
  assert.equal(outcome.counters.settledEnvelopes, 10);
});

Deno.test("what does not go is made to, grace after grace", async () => {
  const outcome = await runAndStop(
    [...V2, { emit: 1 }, STOP, LONG],
    [...V2, ...SINK],
    IMPATIENT,
  );
  assert.equal(outcome.status, "stopped", outcome.error?.message);
  assert.ok(outcome.durationMs < AT_ONCE_MS, `${outcome.durationMs} ms`);
});

Deno.test("a stop while a provider is getting ready ends at once", async () => {
  const outcome = await runAndStop(
    [...V2],
    [{ read: "start" }, { write: "\x1e" }, STOP, LONG],
    IMPATIENT,
  );
  assert.equal(outcome.status, "stopped", outcome.error?.message);
  assert.ok(outcome.durationMs < AT_ONCE_MS, `${outcome.durationMs} ms`);
});

Deno.test("an urgent stop kills without waiting", async () => {
  const outcome = await runAndStop(
    [...V2, { emit: 1 }, STOP, LONG],
    [...V2, { sink: { ack: "always" } }, LONG],
    PATIENT,
    true,
  );
  assert.equal(outcome.status, "stopped", outcome.error?.message);
  assert.ok(outcome.durationMs < AT_ONCE_MS, `${outcome.durationMs} ms`);
});

Deno.test("a stop with a full window settles what was handed over", async () => {
  const outcome = await runAndStop(
    [...V2, { emit: 3000 }, { awaitStop: true }, ...END],
    [
      ...V2,
      { sink: { ack: "always", delayMs: 20, stopAfter: 200 } },
      STOP,
      { sink: { ack: "always", delayMs: 20 } },
    ],
    toyTask({}, {}, {
      delivery: { windowBytes: 128 * 1024, windowEnvelopes: 100 },
      maxLineBytes: 64 * 1024,
      shutdownGraceMs: 20_000,
    }),
  );
  assert.equal(outcome.status, "stopped", outcome.error?.message);
  const { handedEnvelopes, settledEnvelopes } = outcome.counters;
  assert.equal(settledEnvelopes, handedEnvelopes);
  assert.ok(settledEnvelopes >= 200);
});

Deno.test("--max hands over exactly so many and ends as completed", async () => {
  for (const version of [1, 2] as const) {
    const outcome = await runToys({
      inputSteps: [
        { read: "start" },
        { ready: version },
        { emit: 100_000 },
        { awaitStop: true },
        { sleepMs: version === 1 ? 60_000 : 0 },
      ],
      outputSteps: [...V2, ...SINK],
      maxEnvelopes: 7,
      task: toyTask({}, {}, { shutdownGraceMs: 500 }),
    });
    assert.equal(outcome.status, "completed", outcome.error?.message);
    assert.equal(outcome.counters.settledEnvelopes, 7);
  }
});

Deno.test("a dry run shakes hands and streams nothing", async () => {
  const outcome = await runToys({
    inputSteps: [...V2, { emit: 10 }, { awaitStop: true }, ...END],
    outputSteps: [...V2, ...SINK],
    isDryRun: true,
  });
  assert.equal(outcome.status, "completed", outcome.error?.message);
  assert.equal(outcome.counters.handedEnvelopes, 0);
  const ready = outcome.events.filter((e) => e.kind === "ready");
  assert.equal(ready.length, 2);
});

Deno.test("a user's stdout that breaks ends the run, and moves no place", async () => {
  const folder = await Deno.makeTempDir();
  const store = new FileStateStore(`${folder}/state.json`, "toys");
  const outcome = await runToys({
    inputSteps: [
      ...V2,
      { emit: 3 },
      { write: '\x1e{"state":3}\n' },
      { awaitStop: true },
      ...END,
    ],
    outputSteps: [
      ...V2,
      { sink: { ack: "always", delayMs: 50, say: "text\n" } },
    ],
    userOutput: new WritableStream({
      write: () => Promise.reject(new Error("broken pipe")),
    }),
    stateStore: store,
  });
  assert.equal(outcome.status, "stopped", outcome.error?.message);
  assert.equal(outcome.stoppedBy, "SIGPIPE");
  assert.deepEqual(await store.load(), {});
  await Deno.remove(folder, { recursive: true });
});
