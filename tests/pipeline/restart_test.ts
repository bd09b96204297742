/**
 * Providers that die and come back: nothing is lost, and every duplicate is one
 * that a death explains.
 *
 * @module
 */

import { join } from "node:path";
import type { Task } from "../../core/config/task.ts";
import { FileStateStore } from "../../core/pipeline/mod.ts";
import { assert, assertEquals } from "../support/assert.ts";
import type { Lives, Sink, Step } from "../support/toy_provider.ts";
import {
  providerBlock,
  runToys,
  toyLaunch as toy,
  toyTask,
} from "../support/toys.ts";

const V2: Step[] = [{ read: "start" }, { ready: 2 }];
const END: Step[] = [{ write: '\x1e{"end":true}\n' }];
const QUICK = { initialDelayMs: 20, maxDelayMs: 100 };

/** A folder for what a test's providers leave. */
class Workshop implements AsyncDisposable {
  readonly path = Deno.makeTempDirSync();

  file(name: string): string {
    return join(this.path, name);
  }

  lives(name: string, ...lives: Step[][]): Lives {
    return { lives, file: this.file(`${name}.lives`) };
  }

  sink(more: Partial<Sink> = {}): Step {
    return { sink: { ack: "always", file: this.file("out"), ...more } };
  }

  /** The numbers that arrived, in order. */
  async arrived(name = "out"): Promise<number[]> {
    const text = await Deno.readTextFile(this.file(name)).catch(() => "");
    return text.trimEnd().split("\n").filter(Boolean)
      .map((line) => JSON.parse(line).data.n);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

function restarting(more: Partial<Task> = {}): Task {
  return toyTask({}, {}, { restart: QUICK, ...more });
}

function upTo(count: number, from = 1): number[] {
  return Array.from({ length: count - from + 1 }, (_, i) => from + i);
}

/** Everything once, in order, ignoring repeats. */
function assertComplete(arrived: number[], count: number): void {
  assertEquals([...new Set(arrived)], upTo(count));
}

Deno.test("an output that dies gets everything unsettled again, in order", async () => {
  await using shop = new Workshop();
  const outcome = await runToys({
    inputSteps: [...V2, { emit: 5000 }, ...END, {
      awaitAck: 5000,
      file: shop.file("acked"),
    }],
    outputSteps: shop.lives(
      "out",
      [...V2, shop.sink({ ack: "never", stopAfter: 1000 }), {
        crash: "SIGKILL",
      }],
      // To the end of its stdin: by then everything was handed over.
      [...V2, shop.sink({ ack: "never" }), { exit: 0 }],
      [...V2, shop.sink()],
    ),
    task: restarting(),
  });
  assert.equal(outcome.status, "completed", outcome.error?.message);
  assert.equal(outcome.counters.settledEnvelopes, 5000);
  assert.equal(outcome.counters.restarts, 2);
  assertComplete(await shop.arrived(), 5000);
  assert.equal(await Deno.readTextFile(shop.file("acked")), "5000");
  const told = outcome.events.flatMap((e) =>
    e.kind === "restarting" ? [[e.attempt, e.message]] : []
  );
  assert.match(String(told[0]), /^1,.*SIGKILL/);
  assert.match(String(told[1]), /^2,.*ended well but acknowledged none/);
});

Deno.test("an output that dies after the end of the data is started again", async () => {
  await using shop = new Workshop();
  const outcome = await runToys({
    inputSteps: [...V2, { emit: 100 }, ...END],
    outputSteps: shop.lives(
      "out",
      [...V2, shop.sink({ ack: "never" }), { crash: "SIGKILL" }],
      [...V2, shop.sink({ ack: "end" })],
    ),
    task: restarting(),
  });
  assert.equal(outcome.status, "completed", outcome.error?.message);
  assertEquals(await shop.arrived(), [...upTo(100), ...upTo(100)]);
});

Deno.test("an input that dies goes on from its newest state", async () => {
  await using shop = new Workshop();
  const outcome = await runToys({
    inputSteps: shop.lives(
      "in",
      [
        ...V2,
        { emit: 10 },
        { write: '\x1e{"state":{"sent":10}}\n' },
        { emit: 3, from: 11 },
        { write: '{"data":{"n":14' },
        { crash: "SIGKILL" },
      ],
      [
        { read: "start", file: shop.file("start") },
        { ready: 2 },
        { emit: 10, from: 11 },
        ...END,
        { awaitAck: 10, file: shop.file("acked") },
      ],
    ),
    outputSteps: [...V2, shop.sink()],
    task: restarting(),
    stateStore: new FileStateStore(shop.file("state.json"), "toys"),
  });
  assert.equal(outcome.status, "completed", outcome.error?.message);
  assertEquals(await shop.arrived(), [...upTo(13), ...upTo(20, 11)]);
  const start = JSON.parse(await Deno.readTextFile(shop.file("start")));
  assertEquals(start.resume, { sent: 10 });
  // The new process counts from 1, and is told about its own.
  assert.equal(await Deno.readTextFile(shop.file("acked")), "10");
  assertEquals(outcome.notices, ["protocol.half_line"]);
});

Deno.test("both die: the output comes first, nothing is lost", async () => {
  await using shop = new Workshop();
  const outcome = await runToys({
    inputSteps: shop.lives(
      "in",
      [...V2, { emit: 500 }, { sleepMs: 100 }, { crash: "SIGKILL" }],
      [...V2, { emit: 500, from: 501 }, ...END],
    ),
    outputSteps: shop.lives(
      "out",
      [...V2, shop.sink({ stopAfter: 100 }), { crash: "SIGKILL" }],
      [...V2, shop.sink()],
    ),
    task: restarting(),
  });
  assert.equal(outcome.status, "completed", outcome.error?.message);
  assertComplete(await shop.arrived(), 1000);
});

Deno.test("one that dies at the same place each time is given up", async () => {
  await using shop = new Workshop();
  const outcome = await runToys({
    inputSteps: [...V2, { emit: 1 }, { crash: "SIGKILL" }],
    outputSteps: [...V2, shop.sink()],
    task: restarting({ restart: { ...QUICK, maxRestarts: 2 } }),
  });
  assert.equal(outcome.error?.code, "provider.input_crashed");
  assert.equal(outcome.counters.restarts, 2);
});

Deno.test("what trying again can't change is not tried again", async (t) => {
  const refusal =
    '{"status":"error","message":"no such table","path":"config.t"}\n';
  const cases: [string, Step[], Step[], string][] = [
    [
      "an exit before the first ready",
      V2,
      [{ read: "start" }, { exit: 3 }],
      "provider.ended_before_ready",
    ],
    [
      "an error with a path",
      V2,
      [{ read: "start" }, { write: refusal }, { exit: 1 }],
      "provider.config_refused",
    ],
    [
      "a protocol error",
      [...V2, { emit: 1 }, { awaitStop: true }],
      [...V2, { write: '\x1e{"ack":9}\n' }, { drain: true }],
      "protocol.ack_beyond",
    ],
  ];
  for (const [name, inputSteps, outputSteps, code] of cases) {
    await t.step(name, async () => {
      const task = restarting();
      const outcome = await runToys({ inputSteps, outputSteps, task });
      assert.equal(outcome.error?.code, code);
      assert.equal(outcome.counters.restarts, 0);
    });
  }
});

Deno.test("a provider that comes back as another version ends the task", async () => {
  await using shop = new Workshop();
  const outcome = await runToys({
    inputSteps: [...V2, { emit: 10 }, { awaitStop: true }],
    outputSteps: shop.lives(
      "out",
      [...V2, shop.sink({ ack: "never", stopAfter: 1 }), { crash: "SIGKILL" }],
      [{ read: "start" }, { ready: 1 }, { drain: true }],
    ),
    task: restarting(),
  });
  assert.equal(outcome.error?.code, "provider.changed");
});

Deno.test("poison: the envelope that kills is found and becomes a dead letter", async () => {
  await using shop = new Workshop();
  const outcome = await runToys({
    inputSteps: [...V2, { emit: 20 }, ...END, { awaitAck: 20 }],
    outputSteps: [...V2, shop.sink({ diesOf: '"n":7,' })],
    deadLetterSteps: [...V2, shop.sink({ file: shop.file("dead") })],
    task: restarting({ deadLetter: providerBlock("output") }),
  });
  assert.equal(outcome.status, "completed", outcome.error?.message);
  assert.equal(outcome.counters.settledEnvelopes, 20);
  assert.equal(outcome.counters.deadLetteredEnvelopes, 1);
  const arrived = await shop.arrived();
  assertEquals(
    [...new Set(arrived)].sort((a, b) => a - b),
    upTo(20).filter((n) => n !== 7),
  );
  const dead = JSON.parse(await Deno.readTextFile(shop.file("dead")));
  assert.equal(dead.data.n, 7);
  assert.equal(dead.metadata.dead_letter.code, "crash");
});

Deno.test("poison without a place for it fails the task, naming the position", async () => {
  await using shop = new Workshop();
  const outcome = await runToys({
    inputSteps: [...V2, { emit: 20 }, { awaitStop: true }],
    outputSteps: [...V2, shop.sink({ diesOf: '"n":7,' })],
    task: restarting(),
  });
  assert.equal(outcome.error?.code, "delivery.rejected");
  assert.match(outcome.error?.message ?? "", /envelope 7: .*died.*\(crash\)/);
  assert.equal(outcome.counters.settledEnvelopes, 6);
});

Deno.test("rejected envelopes are stored, then settled; the others go on", async () => {
  await using shop = new Workshop();
  const outcome = await runToys({
    inputSteps: [...V2, { emit: 100 }, ...END, { awaitAck: 100 }],
    outputSteps: [...V2, shop.sink({ rejects: '5,"pad"' })],
    deadLetterSteps: [...V2, shop.sink({ file: shop.file("dead") })],
    task: restarting({ deadLetter: providerBlock("output") }),
  });
  assert.equal(outcome.status, "completed", outcome.error?.message);
  assert.equal(outcome.counters.settledEnvelopes, 100);
  assertEquals(await shop.arrived("dead"), [
    5,
    15,
    25,
    35,
    45,
    55,
    65,
    75,
    85,
    95,
  ]);
});

Deno.test("a dead letter is not stored twice when the replay rejects it again", async () => {
  await using shop = new Workshop();
  const outcome = await runToys({
    inputSteps: [...V2, { emit: 10 }, ...END, { awaitAck: 10 }],
    outputSteps: shop.lives(
      "out",
      [
        ...V2,
        shop.sink({ ack: "never", rejects: '"n":5,', stopAfter: 10 }),
        { sleepMs: 300 },
        { crash: "SIGKILL" },
      ],
      [...V2, shop.sink({ rejects: '"n":5,' })],
    ),
    deadLetterSteps: [...V2, shop.sink({ file: shop.file("dead") })],
    task: restarting({ deadLetter: providerBlock("output") }),
  });
  assert.equal(outcome.status, "completed", outcome.error?.message);
  assertEquals(await shop.arrived("dead"), [5]);
});

Deno.test("a dead-letter provider that dies gets its own replay", async () => {
  await using shop = new Workshop();
  const outcome = await runToys({
    inputSteps: [...V2, { emit: 10 }, ...END, { awaitAck: 10 }],
    outputSteps: [...V2, shop.sink({ rejects: '"n":5,' })],
    deadLetterSteps: shop.lives(
      "dead",
      [
        ...V2,
        shop.sink({ ack: "never", file: shop.file("dead"), stopAfter: 1 }),
        { crash: "SIGKILL" },
      ],
      [...V2, shop.sink({ file: shop.file("dead") })],
    ),
    task: restarting({ deadLetter: providerBlock("output") }),
  });
  assert.equal(outcome.status, "completed", outcome.error?.message);
  assertEquals(await shop.arrived("dead"), [5, 5]);
});

const PAUSE_MS = 60_000;

Deno.test("a stop during the pause between restarts ends at once", async () => {
  await using shop = new Workshop();
  for (const side of ["input", "output"] as const) {
    const dying: Step[] = [...V2, { sleepMs: 50 }, { crash: "SIGKILL" }];
    let stop = (_: { signal: string; isUrgent: boolean }) => {};
    const outcome = await runToys({
      inputSteps: side === "input"
        ? dying
        : [...V2, { emit: 5 }, { awaitStop: true }],
      outputSteps: side === "output" ? dying : [...V2, shop.sink()],
      task: restarting({
        restart: { initialDelayMs: PAUSE_MS, maxDelayMs: PAUSE_MS },
      }),
      onStarted: (ask) => stop = ask,
      onEvent: (event) => {
        if (event.kind !== "restarting") return;
        setTimeout(() => stop({ signal: "SIGTERM", isUrgent: false }), 50);
      },
    });
    assert.equal(outcome.status, "stopped", outcome.error?.message);
    assert.ok(outcome.durationMs < PAUSE_MS / 2);
  }
});

Deno.test("every output gets every envelope; the slowest decides what is settled", async () => {
  await using shop = new Workshop();
  const task = restarting();
  const outcome = await runToys({
    inputSteps: [...V2, { emit: 2000 }, ...END, { awaitAck: 2000 }],
    outputSteps: [],
    outputs: ["fast", "slow"].map((name) => ({
      name,
      launch: toy([...V2, {
        sink: {
          ack: "always",
          file: shop.file(name),
          delayMs: name === "slow" ? 20 : 0,
        },
      }]),
    })),
    task: {
      ...task,
      outputs: [
        providerBlock("output", { label: "fast" }),
        providerBlock("output", { label: "slow" }),
      ],
      delivery: { windowBytes: 64 * 1024, windowEnvelopes: 1000 },
      maxLineBytes: 1024,
    },
  });
  assert.equal(outcome.status, "completed", outcome.error?.message);
  assertEquals(await shop.arrived("fast"), upTo(2000));
  assertEquals(await shop.arrived("slow"), upTo(2000));
});

Deno.test("several inputs are merged by arrival, each told about its own", async () => {
  await using shop = new Workshop();
  const counts = [300, 700];
  const outcome = await runToys({
    inputSteps: [],
    inputs: counts.map((count, i) => ({
      name: `in-${i}`,
      launch: toy([
        ...V2,
        { emit: count, from: i * 1000 + 1 },
        ...END,
        { awaitAck: count, file: shop.file(`acked-${i}`) },
      ]),
    })),
    outputSteps: [...V2, shop.sink()],
    task: {
      ...restarting(),
      inputs: [
        providerBlock("input", { label: "a" }),
        providerBlock("input", { label: "b" }),
      ],
    },
  });
  assert.equal(outcome.status, "completed", outcome.error?.message);
  const arrived = await shop.arrived();
  assertEquals(arrived.filter((n) => n <= 1000), upTo(300));
  assertEquals(arrived.filter((n) => n > 1000), upTo(1700, 1001));
  for (const [i, count] of counts.entries()) {
    assert.equal(await Deno.readTextFile(shop.file(`acked-${i}`)), `${count}`);
  }
});

Deno.test("several inputs keep their states in one file, and all go on", async () => {
  await using shop = new Workshop();
  const run = (steps: (i: number) => Step[]) =>
    runToys({
      inputSteps: [],
      inputs: ["a", "b"].map((_, i) => ({
        name: "toy",
        launch: toy(steps(i)),
      })),
      outputSteps: [...V2, shop.sink()],
      task: {
        ...restarting(),
        inputs: [
          providerBlock("input", { label: "a" }),
          providerBlock("input", { label: "b" }),
        ],
      },
      stateStore: new FileStateStore(shop.file("state.json"), "toys"),
    });
  const first = await run((i) => [
    ...V2,
    { emit: 1 },
    { write: `\x1e{"state":{"input":${i}}}\n` },
    ...END,
  ]);
  assert.equal(first.status, "completed", first.error?.message);
  const second = await run((i) => [
    { read: "start", file: shop.file(`start-${i}`) },
    { ready: 2 },
    ...END,
  ]);
  assert.equal(second.status, "completed", second.error?.message);
  for (const i of [0, 1]) {
    const start = await Deno.readTextFile(shop.file(`start-${i}`));
    assertEquals(JSON.parse(start).resume, { input: i });
  }
});
