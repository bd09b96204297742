/**
 * Every wait of a run has an end, and ends on time. No real clock moves here.
 *
 * @module
 */

import type { ProviderBlock, Task } from "../../core/config/task.ts";
import {
  type LifecycleReport,
  type PipelineEvent,
  runLifecycle,
  type RunOutcome,
  runTask,
  type StopRequest,
} from "../../core/pipeline/mod.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { type FakeChild, FakeSpawner } from "../support/fake_spawn.ts";
import { toyTask } from "../support/toys.ts";

/** A run in memory: the test moves time and plays both providers. */
class FakeRun {
  readonly clock = new FakeClock();
  readonly spawner = new FakeSpawner();
  readonly events: PipelineEvent[] = [];
  outcome: RunOutcome | undefined;
  stop: (request: StopRequest) => void = () => {};

  constructor(task: Task = defaultTask()) {
    void runTask({
      task,
      runId: "01TEST",
      inputs: [{ name: "in", launch: { argv: ["in"] } }],
      outputs: [{ name: "out", launch: { argv: ["out"] } }],
      clock: this.clock,
      random: { next: () => 0.5 },
      spawner: this.spawner,
      userOutput: new WritableStream(),
      secrets: new Set(),
      isTerminal: false,
      onEvent: (event) => this.events.push(event),
      onStop: (stop) => {
        this.stop = stop;
        return () => {};
      },
    }).then((outcome) => this.outcome = outcome);
  }

  get isOver(): boolean {
    return this.outcome !== undefined;
  }

  get input(): FakeChild {
    return this.spawner.child("in");
  }

  get output(): FakeChild {
    return this.spawner.child("out");
  }

  /** Lets time pass, and what real streams need of the event loop. */
  async pass(ms: number): Promise<void> {
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    await this.clock.advance(ms);
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    await this.clock.advance(0);
  }

  /** Both providers say ready. */
  async begin(): Promise<void> {
    await this.pass(0);
    this.output.becomeReady();
    await this.pass(0);
    this.input.becomeReady();
    await this.pass(0);
  }

  notices(): string[] {
    return this.events.flatMap((e) => e.kind === "notice" ? [e.code] : []);
  }
}

function defaultTask(
  input: Partial<ProviderBlock> = {},
  output: Partial<ProviderBlock> = {},
): Task {
  return toyTask(
    { readyTimeoutMs: 30_000, ...input },
    { readyTimeoutMs: 30_000, ...output },
    { shutdownGraceMs: 10_000 },
  );
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

Deno.test("an input that is never ready fails after 30 s, and not before", async () => {
  const run = new FakeRun();
  await run.pass(0);
  run.output.becomeReady();
  await run.pass(29_999);
  assert.equal(run.isOver, false);
  await run.pass(2);
  await run.pass(30_000);
  assert.equal(run.outcome?.error?.code, "provider.not_ready");
  assert.match(run.outcome?.error?.message ?? "", /within 30 s/);
});

Deno.test("a known version 2 output that is never ready fails after 30 s", async () => {
  const run = new FakeRun(defaultTask({}, { protocol: 2 }));
  await run.pass(29_999);
  assert.equal(run.isOver, false);
  await run.pass(2);
  await run.pass(30_000);
  assert.equal(run.outcome?.error?.code, "provider.not_ready");
});

Deno.test("a silent output is sent envelopes after 2 s and is version 1 after 30 s", async () => {
  const run = new FakeRun();
  await run.pass(1999);
  assert.equal(run.spawner.children.length, 1);
  await run.pass(1);
  run.input.becomeReady();
  await run.pass(0);
  run.input.say('{"data":1}\n');
  await run.pass(0);
  assert.match(run.output.received, /\{"data":1\}\n$/);
  assert.doesNotMatch(run.input.received, /\{"ack":/);
  await run.pass(27_999);
  assert.doesNotMatch(run.input.received, /\{"ack":/);
  await run.pass(1);
  assertEquals(run.notices(), ["delivery.not_acknowledged"]);
  run.input.say('{"data":2}\n\x1e{"end":true}\n');
  run.input.exit();
  await run.pass(0);
  run.output.exit();
  await run.pass(2000);
  assert.equal(run.outcome?.status, "completed");
  assert.equal(run.outcome?.counters.settledEnvelopes, 2);
});

Deno.test("stdin of an input with an open version is closed after 1 s", async () => {
  const run = new FakeRun();
  await run.pass(0);
  run.output.becomeReady();
  await run.pass(999);
  assert.equal(run.input.isStdinClosed, false);
  await run.pass(1);
  assert.equal(run.input.isStdinClosed, true);
});

Deno.test("a version 2 input that says hello too late is started once more", async () => {
  const run = new FakeRun();
  await run.pass(0);
  run.output.becomeReady();
  await run.pass(3000);
  const first = run.input;
  first.say('\x1e{"hello":{"version":2}}\n');
  await run.pass(2000);
  assert.equal(run.spawner.children.length, 3);
  assertEquals(first.signals, ["kill"]);
  await run.pass(5000);
  assert.equal(run.input.isStdinClosed, false);
  run.input.becomeReady();
  await run.pass(0);
  run.input.say('{"data":1}\n');
  await run.pass(0);
  assert.match(run.output.received, /\{"data":1\}\n$/);
});

Deno.test("a stop: asked at once, SIGTERM after 10 s, SIGKILL after 20 s", async () => {
  const run = new FakeRun();
  await run.begin();
  run.input.obeys = run.output.obeys = "kill";
  run.stop({ signal: "SIGINT", isUrgent: false });
  await run.pass(0);
  assert.ok(run.input.received.endsWith(`\x1e{"stop":true}\n`));
  assertEquals(run.input.signals, []);
  await run.pass(10_000);
  assertEquals(run.input.signals, ["terminate"]);
  assertEquals(run.output.signals, ["terminate"]);
  await run.pass(9_999);
  assert.equal(run.isOver, false);
  await run.pass(1);
  await run.pass(5000);
  assertEquals(run.input.signals, ["terminate", "kill"]);
  assert.equal(run.outcome?.status, "stopped");
});

Deno.test("an input that stays after its last acknowledgement is ended after 10 s", async () => {
  const run = new FakeRun();
  await run.begin();
  run.input.say('{"data":1}\n\x1e{"end":true}\n');
  await run.pass(0);
  run.output.say('\x1e{"ack":1}\n');
  await run.pass(0);
  assert.equal(run.output.isStdinClosed, true);
  run.output.exit();
  await run.pass(0);
  assert.ok(run.input.received.endsWith(`\x1e{"ack":1}\n`));
  await run.pass(9_000);
  assertEquals(run.input.signals, []);
  await run.pass(12_000);
  assert.equal(run.input.signals[0], "terminate");
  assertEquals(run.notices(), ["provider.input_lingers"]);
  await run.pass(5000);
  assert.equal(run.outcome?.status, "completed");
});

Deno.test("an output that holds back is not warned about before twice its delay", async () => {
  const run = new FakeRun();
  await run.pass(0);
  const protocol = { version: 2, features: ["ack"] };
  const hold = { bytes: 1024, delay_ms: 90_000 };
  run.output.say(JSON.stringify({ status: "ready", protocol, hold }) + "\n");
  await run.pass(0);
  run.input.becomeReady();
  await run.pass(0);
  run.input.say('{"data":1}\n\x1e{"end":true}\n');
  run.input.exit();
  for (let minute = 1; minute <= 2; minute++) await run.pass(60_000);
  assertEquals(run.notices(), []);
  await run.pass(60_000);
  assertEquals(run.notices(), ["delivery.stuck"]);
  run.output.say('\x1e{"ack":1}\n');
  run.output.exit();
  await run.pass(2000);
  assert.equal(run.outcome?.status, "completed");
});

Deno.test("an output that never acknowledges is warned about every minute", async () => {
  const run = new FakeRun();
  await run.begin();
  run.input.say('{"data":1}\n\x1e{"end":true}\n');
  run.input.exit();
  await run.pass(59_000);
  assertEquals(run.notices(), []);
  await run.pass(1000);
  assertEquals(run.notices(), ["delivery.stuck"]);
  await run.pass(60_000);
  assertEquals(run.notices(), ["delivery.stuck", "delivery.stuck"]);
  run.output.say('\x1e{"ack":1}\n');
  run.output.exit();
  await run.pass(2000);
  assert.equal(run.outcome?.status, "completed");
});

/** A task that gives an output 5 s for an acknowledgement. */
function impatientTask(): Task {
  return {
    ...defaultTask(),
    ackTimeoutMs: 5000,
    restart: { policy: "on-failure", initialDelayMs: 1000 },
    delivery: { windowBytes: 1 << 20, windowEnvelopes: 4 },
  };
}

Deno.test("ack_timeout kills an output that is silent before a full window", async () => {
  const run = new FakeRun(impatientTask());
  await run.begin();
  const first = run.output;
  run.input.say('{"data":1}\n{"data":2}\n{"data":3}\n{"data":4}\n');
  await run.pass(20_000);
  assertEquals(first.signals, [], "nobody waits yet");
  run.input.say('{"data":5}\n');
  await run.pass(4000);
  first.say('\x1e{"ack":1}\n');
  run.input.say('{"data":6}\n');
  await run.pass(4900);
  assertEquals(first.signals, [], "that was progress");
  await run.pass(1000);
  assertEquals(first.signals, ["kill"]);
  assertEquals(run.notices(), ["delivery.ack_timeout"]);
  await run.pass(2000);
  run.output.becomeReady();
  await run.pass(0);
  assert.match(run.output.received, /\n\{"data":2\}\n\{"data":3\}\n/);
});

Deno.test("ack_timeout kills an output that is silent after the end of the data", async () => {
  const run = new FakeRun(impatientTask());
  await run.begin();
  const first = run.output;
  run.input.say('{"data":1}\n\x1e{"end":true}\n');
  run.input.exit();
  await run.pass(6000);
  assertEquals(first.signals, ["kill"]);
  await run.pass(2000);
  run.output.becomeReady();
  await run.pass(0);
  run.output.say('\x1e{"ack":1}\n');
  await run.pass(0);
  run.output.exit();
  await run.pass(2000);
  assert.equal(run.outcome?.status, "completed");
  assert.equal(run.outcome?.counters.restarts, 1);
});

Deno.test("a lifecycle command is ended after 5 minutes", async () => {
  const clock = new FakeClock();
  const spawner = new FakeSpawner();
  const task = defaultTask();
  let report: Promise<LifecycleReport> | undefined;
  const start = () =>
    report = runLifecycle({
      command: "plan",
      task,
      block: task.outputs[0],
      provider: { name: "out", launch: { argv: ["out"] } },
      runId: "01TEST",
      clock,
      spawner,
      onEvent: () => {},
      secrets: new Set(),
      isTerminal: false,
      onStop: () => () => {},
    });
  start();
  report!.catch(() => {});
  await clock.advance(5 * 60_000);
  for (let turn = 0; turn < 10; turn++) await nextTurn();
  await clock.advance(5000);
  assertEquals(spawner.child("out").signals, ["kill"]);
  await assertRejects(() => report!, "provider.took_too_long");
});
