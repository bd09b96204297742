/**
 * Simulated worlds: some from any seed, and those that once broke a promise.
 *
 * `deno task sim --seeds 10000` lives through more; `--seed N` tells one in full.
 *
 * @module
 */

import { assert } from "../support/assert.ts";
import type { InputPlan, OutputPlan, Plan } from "./plan.ts";
import { simulate } from "./simulate.ts";

const SEEDS = 300;
const SEEDS_PER_KIND = 12;

async function keeps(seed: number, change?: Partial<Plan>): Promise<void> {
  const { broken, log } = await simulate(seed, change);
  const last = log.slice(-20).join("\n");
  assert.equal(broken?.message, undefined, `seed ${seed}\n${last}`);
}

Deno.test(`promises are kept in ${SEEDS} worlds`, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) await keeps(seed);
});

/** Found by long runs. */
const FOUND_SEEDS: readonly [string, number][] = [
  ["an output dies when it finds its stdin at its end, owing nothing", 106887],
  ["dead letters that come faster than their window holds them", 240],
  ["an acknowledgement between the look for room and the wait", 28],
  ["half a line of an input that came back is no older version", 33714],
  ["a repeat behind which a rejected envelope lies, and its schema", 1999],
  ["two outputs' own steps refuse one envelope, one letter is stored", 700027],
];

for (const [name, seed] of FOUND_SEEDS) {
  Deno.test(`once broken: seed ${seed}, ${name}`, () => keeps(seed));
}

Deno.test("the same seed is the same world", async () => {
  const [first, second] = [await simulate(7), await simulate(7)];
  assert.deepEqual(first.log, second.log);
});

const INPUT: InputPlan = {
  index: 0,
  mode: "ack",
  envelopes: 60,
  maxPadding: 100,
  maxPerWrite: 5,
  pauseMs: 0,
  saysEnd: true,
  staysForAck: true,
  readsAcksAfterMs: 0,
  writesStrays: false,
  schemaEvery: 7,
};

const OUTPUT: OutputPlan = {
  name: "out0",
  version: 2,
  perEnvelopeMs: 1,
  batch: 1,
  ackDelayMs: 0,
  stutters: false,
  rejectsOneIn: 0,
  poison: 0,
  hangs: false,
  diesOneIn: 0,
  outageUntilMs: 0,
  takesSchemas: true,
  holdBytes: 0,
  holdMs: 0,
  takesOutOneIn: 0,
  ownRefusesOneIn: 0,
};

const WORLD: Partial<Plan> = {
  inputs: [INPUT],
  outputs: [OUTPUT],
  hasDeadLetters: true,
  deadLetterMs: 0,
  windowBytes: 3000,
  windowEnvelopes: 10,
  maxRestarts: 1000,
  initialDelayMs: 1,
  ackTimeoutMs: undefined,
  filtersOneIn: 0,
  refusesOneIn: 0,
  inputDeaths: 0,
  outputDeaths: 0,
  deadLetterDeaths: 0,
  cliKills: [],
  stopAfterMs: undefined,
  maxEnvelopes: undefined,
  diskBytes: Infinity,
};

/** Whose fault a death is: found out without a healthy envelope being refused. */
const BLAMED: readonly [string, Partial<Plan>][] = [
  [
    "an outage of 12 s is outlasted with five restarts",
    {
      outputs: [{ ...OUTPUT, outageUntilMs: 12_000 }],
      maxRestarts: 5,
      initialDelayMs: 1000,
    },
  ],
  [
    "the same without a place for dead letters",
    {
      outputs: [{ ...OUTPUT, outageUntilMs: 12_000 }],
      hasDeadLetters: false,
      maxRestarts: 5,
      initialDelayMs: 1000,
    },
  ],
  ...[1, 2, 30, 60].flatMap((poison) =>
    [1, 4].map((batch): [string, Partial<Plan>] => [
      `envelope ${poison} of 60 is poison, in batches of ${batch}`,
      { outputs: [{ ...OUTPUT, poison, batch }], maxRestarts: 5 },
    ])
  ),
  [
    "the first of all kills and so does the next: no envelope is blamed",
    {
      outputs: [{ ...OUTPUT, outageUntilMs: Infinity }],
      maxRestarts: 5,
    },
  ],
  [
    "poison behind envelopes that were all rejected",
    { outputs: [{ ...OUTPUT, poison: 7, rejectsOneIn: 1 }], maxRestarts: 5 },
  ],
  [
    "an output that dies at one envelope in ten, whichever that is",
    {
      inputs: [{ ...INPUT, envelopes: 500 }],
      outputs: [{ ...OUTPUT, diesOneIn: 10 }],
      windowEnvelopes: 100,
      windowBytes: 1 << 20,
      maxRestarts: 100_000,
    },
  ],
];

for (const [name, change] of BLAMED) {
  Deno.test(`whose fault: ${name}`, async () => {
    for (let seed = 1; seed <= SEEDS_PER_KIND; seed++) {
      await keeps(seed, { ...WORLD, ...change });
    }
  });
}

/** An output keeps more than the window has; the rest is in files. */
const HOLDING: OutputPlan = {
  ...OUTPUT,
  perEnvelopeMs: 0,
  batch: Infinity,
  holdBytes: 10_000,
  holdMs: 20_000,
};

const HOLDING_BACK: readonly [string, Partial<Plan>][] = [
  ["until the end", { outputs: [HOLDING] }],
  ["and dies with it in its hands", { outputs: [HOLDING], outputDeaths: 5 }],
  [
    "beside one that does not",
    { outputs: [HOLDING, { ...OUTPUT, name: "out1" }], outputDeaths: 3 },
  ],
  ["and rejects", { outputs: [{ ...HOLDING, rejectsOneIn: 3 }] }],
  ["while the disk is full", { outputs: [HOLDING], diskBytes: 1000 }],
  [
    "in an outage",
    { outputs: [{ ...HOLDING, outageUntilMs: 12_000, holdMs: 500 }] },
  ],
  [
    "while the CLI is killed",
    { outputs: [HOLDING], cliKills: [200, 300, 400] },
  ],
];

for (const [name, change] of HOLDING_BACK) {
  Deno.test(`an output holds back ${name}`, async () => {
    const inputs = [{ ...INPUT, envelopes: 150, maxPadding: 400 }];
    for (let seed = 1; seed <= SEEDS_PER_KIND; seed++) {
      await keeps(seed, { ...WORLD, inputs, ...change });
    }
  });
}

/** Kinds of worlds that broke something once. */
const FOUND: readonly [string, Partial<Plan>][] = [
  [
    "what kills an output is buried once, however slowly",
    { outputs: [{ ...OUTPUT, poison: 19 }], deadLetterMs: 3000 },
  ],
  [
    "an output that dies again and again in its replay",
    { outputDeaths: 20, windowEnvelopes: 2 },
  ],
  [
    "a stop that has to end an output which reads nothing",
    {
      outputs: [{ ...OUTPUT, hangs: true }],
      ackTimeoutMs: 60_000,
      stopAfterMs: 3000,
    },
  ],
  [
    "an output that stops working before its window is full, or at its end",
    { outputs: [{ ...OUTPUT, hangs: true }], ackTimeoutMs: 60_000 },
  ],
  [
    "an input that reads its acknowledgements slowly gets the last one",
    { inputs: [{ ...INPUT, readsAcksAfterMs: 30 }] },
  ],
  [
    "an input that goes on after --max and then says its end",
    {
      inputs: [{ ...INPUT, mode: "state", maxPerWrite: 60 }],
      maxEnvelopes: 13,
    },
  ],
  [
    "an output that is slow to take the last envelopes before --max",
    {
      inputs: [{ ...INPUT, envelopes: 190, maxPadding: 400 }],
      outputs: [{ ...OUTPUT, perEnvelopeMs: 10 }],
      windowEnvelopes: 100_000,
      maxEnvelopes: 84,
    },
  ],
  [
    "two inputs with states, and --max reached by the other",
    {
      inputs: [0, 1].map((index) => ({
        ...INPUT,
        index,
        mode: "state",
        maxPerWrite: 1,
      })),
      maxEnvelopes: 42,
      windowEnvelopes: 3,
      cliKills: [1000, 1000],
    },
  ],
  [
    "a dead-letter provider that is slow to start, and dies",
    {
      outputs: [{ ...OUTPUT, rejectsOneIn: 2 }],
      deadLetterDeaths: 3,
      deadLetterMs: 5,
    },
  ],
];

for (const [name, change] of FOUND) {
  Deno.test(`once broken: ${name}`, async () => {
    for (let seed = 1; seed <= SEEDS_PER_KIND; seed++) {
      await keeps(seed, { ...WORLD, ...change });
    }
  });
}
