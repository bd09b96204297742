/**
 * Outputs that hold back, and the files in which the rest waits.
 *
 * @module
 */

import type { SpoolDisk } from "../../core/pipeline/relay/spool_disk.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { TempFolder } from "../support/temp_folder.ts";
import type { Step } from "../support/toy_provider.ts";
import { providerBlock, runToys, toyLaunch, toyTask } from "../support/toys.ts";

const MIB = 1024 * 1024;
const V2: Step[] = [{ read: "start" }, { ready: 2 }];
const END: Step[] = [{ write: '\x1e{"end":true}\n' }];

/** Says how much it may keep, and for how long. */
function holding(bytes: number, delay_ms = 1000): Step[] {
  const protocol = { version: 2, features: ["ack", "schema"] };
  const ready = { status: "ready", protocol, hold: { bytes, delay_ms } };
  return [{ read: "start" }, { write: JSON.stringify(ready) + "\n" }];
}

function small(more: Record<string, unknown> = {}) {
  return toyTask({}, {}, {
    delivery: { windowBytes: 64 * 1024, windowEnvelopes: 100, ...more },
    maxLineBytes: 4096,
    restart: { initialDelayMs: 20, maxDelayMs: 100 },
  });
}

async function numbersIn(path: string): Promise<number[]> {
  const text = await Deno.readTextFile(path).catch(() => "");
  return text.split("\n").filter(Boolean).map((line) =>
    JSON.parse(line).data.n
  );
}

async function filesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (!isDirectory) names.push(name);
    else names.push(...await filesIn(`${folder}/${name}`));
  }
  return names;
}

const COUNT = 20_000;

Deno.test("an output may hold more than the window has, and dies with it in its hands", async () => {
  await using folder = await TempFolder.make();
  const spool = folder.join("spool");
  let mostSpooled = 0;
  let mostInMemory = 0;
  const outcome = await runToys({
    inputSteps: [...V2, { emit: COUNT, padding: 100 }, ...END, {
      awaitAck: COUNT,
    }],
    outputSteps: {
      file: folder.join("lives"),
      lives: [
        [...holding(8 * MIB), {
          sink: { ack: "never", file: folder.join("out"), stopAfter: 15_000 },
        }, { crash: "SIGKILL" }],
        [...holding(8 * MIB), {
          sink: { ack: "end", file: folder.join("out") },
        }],
      ],
    },
    task: small(),
    spoolFolder: spool,
    onCounters: (counters) => {
      const look = setInterval(() => {
        mostSpooled = Math.max(mostSpooled, counters.spoolBytes ?? 0);
        mostInMemory = Math.max(mostInMemory, counters.windowBytes);
      }, 1);
      Deno.unrefTimer(look);
      timers.push(look);
    },
  });
  timers.forEach(clearInterval);
  assert.equal(outcome.status, "completed", outcome.error?.message);
  const arrived = await numbersIn(folder.join("out"));
  assertEquals([...new Set(arrived)], upTo(COUNT));
  assert.ok(mostSpooled > MIB, `${mostSpooled}`);
  assert.ok(mostInMemory <= 64 * 1024, `${mostInMemory}`);
  assertEquals(await filesIn(spool), []);
});

/** Longer than any test. */
const HOUR_MS = 3_600_000;

Deno.test("an output that died twice at one place is asked for its word, and need not hold back to the end", async () => {
  await using folder = await TempFolder.make();
  const file = folder.join("out");
  const dies: Step[] = [...holding(8 * MIB, HOUR_MS), {
    sink: { ack: "flush", file, stopAfter: 2000 },
  }, { crash: "SIGKILL" }];
  const outcome = await runToys({
    inputSteps: [...V2, { emit: COUNT, padding: 100 }, ...END],
    outputSteps: {
      file: folder.join("lives"),
      lives: [dies, dies, [...holding(8 * MIB, HOUR_MS), {
        sink: { ack: "flush", file },
      }]],
    },
    task: small(),
    spoolFolder: folder.join("spool"),
  });
  assert.equal(outcome.status, "completed", outcome.error?.message);
  assertEquals([...new Set(await numbersIn(file))], upTo(COUNT));
});

Deno.test("of all that an output holds back, the one that kills is found", async () => {
  await using folder = await TempFolder.make();
  const [file, letters] = [folder.join("out"), folder.join("letters")];
  const deadly = 1234;
  const outcome = await runToys({
    inputSteps: [...V2, { emit: 3000, padding: 100 }, ...END],
    outputSteps: [...holding(8 * MIB, HOUR_MS), {
      sink: { ack: "flush", file, diesOf: `"n":${deadly},` },
    }],
    deadLetterSteps: [...V2, { sink: { ack: "always", file: letters } }],
    task: { ...small(), deadLetter: providerBlock("output") },
    spoolFolder: folder.join("spool"),
  });
  assert.equal(outcome.status, "completed", outcome.error?.message);
  const arrived = [...new Set(await numbersIn(file))];
  assertEquals(arrived, upTo(3000).filter((n) => n !== deadly));
  assert.match(await Deno.readTextFile(letters), /"n":1234,/);
});

const timers: ReturnType<typeof setInterval>[] = [];

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

Deno.test("an output gets nearly twice what it holds before it acknowledges", async () => {
  await using folder = await TempFolder.make();
  const file = folder.join("out");
  const count = 2000;
  const outcome = await runToys({
    inputSteps: [...V2, { emit: count, padding: 1000 }, ...END],
    // About 1.9 times as much as it holds: with less room it would wait for ever.
    outputSteps: [...holding(1080 * 1000), { sink: { ack: "end", file } }],
    task: small(),
    spoolFolder: folder.join("spool"),
  });
  assert.equal(outcome.status, "completed", outcome.error?.message);
  const { size } = await Deno.stat(file);
  assert.ok(size > 1.8 * 1080 * 1000 && size < 2 * 1080 * 1000, `${size}`);
});

Deno.test("an output that may never hold as much as it says ends the task at once", async () => {
  await using folder = await TempFolder.make();
  const outcome = await runToys({
    inputSteps: [...V2, { emit: 1 }, ...END],
    outputSteps: [...holding(8 * MIB), { drain: true }],
    task: small({ spoolBytes: MIB }),
    spoolFolder: folder.join("spool"),
  });
  assert.equal(outcome.error?.code, "delivery.hold_too_large");
});

Deno.test("a slow output with a spool does not hold the others up", async () => {
  await using folder = await TempFolder.make();
  const fast = folder.join("fast");
  const outcome = await runToys({
    inputSteps: [...V2, { emit: COUNT, padding: 100 }, ...END],
    outputSteps: [],
    outputs: [
      {
        name: "fast",
        launch: toyLaunch([...V2, { sink: { ack: "always", file: fast } }]),
      },
      {
        name: "slow",
        launch: toyLaunch([
          ...V2,
          { awaitFile: { path: fast, lines: COUNT } },
          { sink: { ack: "always", file: folder.join("slow") } },
        ]),
      },
    ],
    task: {
      ...small({ spoolBytes: 8 * MIB }),
      outputs: [
        providerBlock("output", { label: "fast" }),
        providerBlock("output", { label: "slow" }),
      ],
    },
    spoolFolder: folder.join("spool"),
  });
  assert.equal(outcome.status, "completed", outcome.error?.message);
  assertEquals(await numbersIn(folder.join("slow")), upTo(COUNT));
});

/** A disk without room. */
const fullDisk: SpoolDisk = {
  open: () =>
    Promise.resolve({
      create: () =>
        Promise.resolve({
          write: () => Promise.reject(new Error("No space left on device")),
          read: () => Promise.reject(new Error("nothing was written")),
          remove: () => {},
        }),
      [Symbol.dispose]: () => {},
    }),
};

Deno.test("a disk that takes no more is told once, and everything arrives", async () => {
  await using folder = await TempFolder.make();
  const outcome = await runToys({
    inputSteps: [...V2, { emit: COUNT, padding: 100 }, ...END],
    outputSteps: [...V2, {
      sink: { ack: "always", file: folder.join("out") },
    }],
    task: small({ spoolBytes: 8 * MIB }),
    spoolFolder: folder.join("spool"),
    spoolDisk: fullDisk,
  });
  assert.equal(outcome.status, "completed", outcome.error?.message);
  assertEquals(await numbersIn(folder.join("out")), upTo(COUNT));
  const told = outcome.notices.filter((code) => code === "delivery.spool_full");
  assert.equal(told.length, 1);
});

Deno.test("nothing counts as settled because it lies in a file", async () => {
  await using folder = await TempFolder.make();
  const file = folder.join("out");
  const outcome = await runToys({
    inputSteps: [...V2, { emit: COUNT, padding: 100 }, ...END],
    outputSteps: [...V2, { sink: { ack: "never", file } }],
    task: {
      ...small({ spoolBytes: 8 * MIB }),
      restart: { ...small().restart, maxRestarts: 0 },
    },
    spoolFolder: folder.join("spool"),
  });
  assert.equal(outcome.error?.code, "protocol.never_acknowledged");
  assertEquals(await numbersIn(file), upTo(COUNT));
  assert.equal(outcome.counters.settledEnvelopes, 0);
});
