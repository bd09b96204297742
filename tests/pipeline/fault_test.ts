/**
 * What providers may do wrong, or just differently, as real processes: after each of
 * these the destination has every envelope that the source was told of, in order,
 * and nothing hangs. Kills at random moments are tests/crash; each kind of death by
 * itself is restart_test.ts, ends and handshakes are run_test.ts.
 *
 * @module
 */

import { join } from "node:path";
import type { Task } from "../../core/config/task.ts";
import { FileStateStore } from "../../core/pipeline/mod.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { transformer, validate } from "../transform/steps.ts";
import { TempFolder } from "../support/temp_folder.ts";
import type { Lives, Step } from "../support/toy_provider.ts";
import {
  providerBlock,
  runToys,
  type ToyOutcome,
  toyTask,
} from "../support/toys.ts";

const V2: Step[] = [{ read: "start" }, { ready: 2 }];
const END: Step[] = [{ write: '\x1e{"end":true}\n' }];
const QUICK = { initialDelayMs: 20, maxDelayMs: 100, maxRestarts: 5 };
const MIB = 1024 * 1024;

/** One story. */
interface Story {
  readonly name: string;
  readonly input: (shop: Shop) => readonly Step[] | Lives;
  readonly output: (shop: Shop) => readonly Step[] | Lives;
  readonly deadLetters?: (shop: Shop) => readonly Step[] | Lives;
  /** Whether a transform refuses the seventh. */
  readonly isRefused?: boolean;
  readonly task?: Partial<Task>;
  readonly status?: ToyOutcome["status"];
  readonly code?: string;
  /** Lines at the destination, repeats left out. */
  readonly arrived: readonly string[] | number;
  /** What the source was told last; absent: it isn't asked. */
  readonly committed?: number;
  readonly check?: (outcome: ToyOutcome, shop: Shop) => void | Promise<void>;
}

class Shop {
  constructor(readonly folder: TempFolder) {}

  file(name: string): string {
    return join(this.folder.path, name);
  }

  sink(more: Record<string, unknown> = {}): Step {
    return { sink: { ack: "always", file: this.file("out"), ...more } };
  }

  lives(name: string, ...lives: Step[][]): Lives {
    return { lives, file: this.file(`${name}.lives`) };
  }

  /** Waits for its last acknowledgement and writes it down: its checkpoint. */
  commit(count: number): Step {
    return { awaitAck: count, file: this.file("committed") };
  }

  async committed(): Promise<string> {
    return await Deno.readTextFile(this.file("committed"));
  }

  async lines(name: string): Promise<string[]> {
    const bytes = await Deno.readFile(this.file(name)).catch(() =>
      new Uint8Array()
    );
    const text = new TextDecoder("latin1").decode(bytes);
    return text.split("\n").slice(0, -1);
  }
}

function emitted(shop: Shop, count: number, before: Step[] = []): Step[] {
  return [...V2, ...before, { emit: count }, ...END, shop.commit(count)];
}

const STORIES: readonly Story[] = [
  {
    name: "no envelope at all",
    input: (shop) => [...V2, ...END, { drain: true }, shop.commit(0)],
    output: (shop) => [...V2, shop.sink()],
    arrived: 0,
  },
  {
    name: "an input that needs three seconds to be ready",
    input: (shop) => [
      { read: "start" },
      { sleepMs: 3000 },
      { ready: 2 },
      { emit: 10 },
      ...END,
      shop.commit(10),
    ],
    output: (shop) => [...V2, shop.sink()],
    // Its version is written in the configuration: its stdin stays open.
    task: {
      inputs: [providerBlock("input", { protocol: 2, stdinGraceMs: 100 })],
    },
    arrived: 10,
    committed: 10,
  },
  {
    name: "a line of 17 MiB",
    input: (shop) => [
      ...V2,
      { emit: 2 },
      { emit: 1, padding: 17 * MIB },
      ...END,
      shop.commit(3),
    ],
    output: (shop) => [...V2, shop.sink()],
    status: "failed",
    code: "protocol.line_too_long",
    arrived: 2,
  },
  {
    name: "bytes that are no UTF-8 pass as they are",
    input: (shop) => [
      ...V2,
      { writeBytes: btoa('{"data":"\xff\xfe\xc0","metadata":{}}\n') },
      ...END,
      shop.commit(1),
    ],
    output: (shop) => [...V2, {
      sink: { ack: "always", file: shop.file("out"), rejects: "\ufffd" },
    }],
    status: "failed",
    code: "delivery.rejected",
    arrived: 1,
  },
  {
    name: "blank lines are no envelopes",
    input: (shop) => [
      ...V2,
      { write: '{"data":1}\n\n\r\n  \n{"data":2}\n' },
      ...END,
      shop.commit(2),
    ],
    output: (shop) => [...V2, shop.sink()],
    arrived: ['{"data":1}', '{"data":2}'],
    committed: 2,
    check: ({ counters }) => assertEquals(counters.strayLines, 3),
  },
  {
    name: "an output that writes its own lines without end, while it delivers",
    input: (shop) => emitted(shop, 2000),
    output: (shop) => [
      ...V2,
      { chatter: 20 * MIB },
      shop.sink({ say: "and on\n" }),
    ],
    arrived: 2000,
    committed: 2000,
    check: ({ userOutput }) => assert.ok(userOutput.length >= 20 * MIB),
  },
  {
    name: "an output that waits for more than a window, until it is ended",
    input: (shop) => [...V2, { emit: 10 }, ...END, shop.commit(10)],
    output: (shop) =>
      shop.lives(
        "out",
        [...V2, shop.sink({ ack: "end" })],
        [...V2, shop.sink()],
      ),
    task: {
      delivery: { windowBytes: 64 * 1024, windowEnvelopes: 4 },
      maxLineBytes: 1024,
      ackTimeoutMs: 500,
      restart: QUICK,
    },
    arrived: 10,
    committed: 10,
    check: ({ notices }) =>
      assert.ok(notices.includes("delivery.ack_timeout"), notices.join()),
  },
  {
    name: "an input that dies just after its last line, before it says so",
    input: (shop) =>
      shop.lives(
        "in",
        [...V2, { emit: 50 }, { crash: "SIGKILL" }],
        emitted(shop, 50),
      ),
    output: (shop) => [...V2, shop.sink()],
    task: { restart: QUICK },
    arrived: 50,
    committed: 50,
  },
  {
    name: "an input that writes half a line and dies",
    input: (shop) =>
      shop.lives(
        "in",
        [...V2, { emit: 50 }, { write: '{"data":{"n":51,"pa' }, {
          crash: "SIGKILL",
        }],
        emitted(shop, 60),
      ),
    output: (shop) => [...V2, shop.sink()],
    task: { restart: QUICK },
    arrived: 60,
    committed: 60,
  },
  {
    name: "an output that exits 0 in mid-stream",
    input: (shop) => emitted(shop, 5000),
    output: (shop) =>
      shop.lives(
        "out",
        [...V2, shop.sink({ stopAfter: 500 }), { exit: 0 }],
        [...V2, shop.sink()],
      ),
    task: { restart: QUICK },
    arrived: 5000,
    committed: 5000,
  },
  {
    name: "a dead-letter provider whose disk is full",
    input: (shop) => emitted(shop, 20),
    output: (shop) => [...V2, shop.sink({ rejects: '"n":7,' })],
    deadLetters: () => [
      ...V2,
      { read: "start" },
      { log: "No space left on device" },
      { exit: 1 },
    ],
    task: { restart: { ...QUICK, maxRestarts: 2 } },
    status: "failed",
    code: "provider.output_crashed",
    arrived: 20,
    check: async (_, shop) => {
      // Nothing behind the rejected one may count as settled.
      const committed = Number(await shop.committed());
      assert.ok(committed < 7, `${committed}`);
    },
  },
  {
    name: "a dead-letter provider that dies with the letter in its hands",
    input: (shop) => emitted(shop, 20),
    output: (shop) => [...V2, shop.sink({ rejects: '"n":7,' })],
    deadLetters: (shop) =>
      shop.lives(
        "dead",
        [...V2, { read: "start" }, { crash: "SIGKILL" }],
        [...V2, shop.sink({ file: shop.file("dead") })],
      ),
    task: { restart: QUICK },
    arrived: 20,
    committed: 20,
    check: async (_, shop) => {
      const letters = await shop.lines("dead");
      assert.equal(new Set(letters).size, 1);
      assert.match(letters[0], /"n":7,.*"reason":"no"/);
    },
  },
  {
    name: "a letter of a transform that can't be stored",
    input: (shop) => emitted(shop, 20),
    isRefused: true,
    output: (shop) => [...V2, shop.sink()],
    deadLetters: () => [...V2, { read: "start" }, { exit: 1 }],
    task: { restart: { ...QUICK, maxRestarts: 2 } },
    status: "failed",
    code: "provider.output_crashed",
    arrived: withoutSeventh(20),
    check: async (_, shop) => {
      const committed = Number(await shop.committed());
      assert.ok(committed < 7, `${committed}`);
    },
  },
  {
    name: "a dead-letter provider that dies with a transform's letter",
    input: (shop) => emitted(shop, 20),
    isRefused: true,
    output: (shop) => [...V2, shop.sink()],
    deadLetters: (shop) =>
      shop.lives(
        "dead",
        [...V2, { read: "start" }, { crash: "SIGKILL" }],
        [...V2, shop.sink({ file: shop.file("dead") })],
      ),
    task: { restart: QUICK },
    arrived: withoutSeventh(20),
    committed: 20,
    check: async ({ counters }, shop) => {
      assert.equal(counters.deadLetteredEnvelopes, 1);
      const letters = await shop.lines("dead");
      assert.equal(new Set(letters).size, 1);
      assert.match(letters[0], /"n":7,.*"output":"transform"/);
    },
  },
];

function withoutSeventh(count: number): string[] {
  return Array.from({ length: count }, (_, i) => i + 1)
    .filter((n) => n !== 7)
    .map((n) => `{"data":{"n":${n},"pad":""},"metadata":{}}`);
}

const NOT_SEVEN = validate({ properties: { n: { not: { const: 7 } } } });

for (const story of STORIES) {
  Deno.test(`fault: ${story.name}`, async () => {
    await using folder = await TempFolder.make();
    const shop = new Shop(folder);
    const letters = story.deadLetters?.(shop);
    const outcome = await runToys({
      inputSteps: story.input(shop),
      outputSteps: story.output(shop),
      ...letters && { deadLetterSteps: letters },
      ...story.isRefused && { transformer: await transformer([NOT_SEVEN]) },
      task: toyTask({}, {}, {
        ...letters && { deadLetter: providerBlock("output") },
        ...story.task,
      }),
      stateStore: new FileStateStore(shop.file("state.json"), "toys"),
    });
    const why = outcome.error?.message;
    assert.equal(outcome.status, story.status ?? "completed", why);
    if (story.code) assert.equal(outcome.error?.code, story.code, why);
    await assertArrived(story, shop);
    if (story.committed !== undefined) {
      assertEquals(await shop.committed(), String(story.committed));
    }
    await story.check?.(outcome, shop);
  });
}

async function assertArrived({ arrived }: Story, shop: Shop): Promise<void> {
  const lines = [...new Set(await shop.lines("out"))];
  if (typeof arrived !== "number") return assertEquals(lines, [...arrived]);
  assert.equal(lines.length, arrived);
  const numbers = lines.flatMap((line) => /"n":(\d+),/.exec(line)?.[1] ?? []);
  const inOrder = numbers.map((_, i) => String(i + 1));
  assertEquals(numbers, inOrder);
}
