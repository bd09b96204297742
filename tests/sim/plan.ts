/**
 * What kind of world a seed makes: who is slow, who dies, how little room there is.
 *
 * @module
 */

import type { Chance } from "./chance.ts";

/** One input of the world. */
export interface InputPlan {
  readonly index: number;
  /** Where its checkpoint is; version 1 has none. */
  readonly mode: "ack" | "state" | "v1";
  readonly envelopes: number;
  /** How long the data of an envelope can be. */
  readonly maxPadding: number;
  readonly maxPerWrite: number;
  readonly pauseMs: number;
  readonly saysEnd: boolean;
  /** Whether it stays for its last acknowledgement. */
  readonly staysForAck: boolean;
  readonly readsAcksAfterMs: number;
  readonly writesStrays: boolean;
  /** The shape of its envelopes changes after so many; 0: it sends no schemas. */
  readonly schemaEvery: number;
}

/** One output of the world. */
export interface OutputPlan {
  readonly name: string;
  readonly version: 1 | 2;
  readonly perEnvelopeMs: number;
  /** Envelopes before it acknowledges; it never waits for more than half a window. */
  readonly batch: number;
  readonly ackDelayMs: number;
  /** Says acknowledgements again, and lower ones. */
  readonly stutters: boolean;
  /** Rejects an envelope in so many; 0: none. */
  readonly rejectsOneIn: number;
  /** An envelope of the first input that kills it; 0: none. */
  readonly poison: number;
  /** Whether it may stop working without dying. */
  readonly hangs: boolean;
  /** Dies of one envelope in so many, whichever that is; 0: of none. */
  readonly diesOneIn: number;
  /** Every envelope kills it until then, as when its database is away. */
  readonly outageUntilMs: number;
  /** Whether it wants schemas. */
  readonly takesSchemas: boolean;
  /** It says that it keeps so much, and does; 0: it does not hold back. */
  readonly holdBytes: number;
  /** And so long. */
  readonly holdMs: number;
  /** Its own transforms take one in so many out; 0: none. */
  readonly takesOutOneIn: number;
  /** And refuse one in so many; 0: none. */
  readonly ownRefusesOneIn: number;
}

/** One world. */
export interface Plan {
  readonly inputs: readonly InputPlan[];
  readonly outputs: readonly OutputPlan[];
  readonly hasDeadLetters: boolean;
  readonly deadLetterMs: number;
  readonly windowBytes: number;
  readonly windowEnvelopes: number;
  readonly maxLineBytes: number;
  readonly maxRestarts: number;
  readonly initialDelayMs: number;
  readonly ackTimeoutMs?: number;
  /** One in so many envelopes is filtered out; 0: no transforms. */
  readonly filtersOneIn: number;
  /** The transforms refuse one in so many; 0: none. */
  readonly refusesOneIn: number;
  readonly inputDeaths: number;
  readonly outputDeaths: number;
  readonly deadLetterDeaths: number;
  /** Steps after which the CLI is killed, for the first runs. */
  readonly cliKills: readonly number[];
  readonly stopAfterMs?: number;
  readonly maxEnvelopes?: number;
  /** Of the disk where what is held back lies. */
  readonly diskBytes: number;
  readonly engine: "plain" | "fast";
}

/** Worlds with outputs that hold back came later; the seeds of the others stay. */
const isHoldingSeed = (seed: number) => seed % 5 === 1;

/** So did worlds where outputs have transforms of their own. */
const isRoutingSeed = (seed: number) => seed % 5 === 2;

/** Draws a world. */
export function drawPlan(chance: Chance, seed: number): Plan {
  const plan = drawAll(chance);
  if (isRoutingSeed(seed)) return withRouting(plan, chance);
  if (!isHoldingSeed(seed)) return plan;
  return {
    ...plan,
    diskBytes: chance.pick([Infinity, Infinity, 4000, 20_000]),
    outputs: plan.outputs.map((output) =>
      output.version === 1 ? output : {
        ...output,
        holdBytes: chance.pick([500, 3000, 10_000, 40_000]),
        holdMs: chance.pick([10, 500, 20_000]),
        batch: output.poison > 0 || output.diesOneIn > 0
          ? output.batch
          : Infinity,
      }
    ),
  };
}

function withRouting(plan: Plan, chance: Chance): Plan {
  const { hasDeadLetters, outputs } = plan;
  return {
    ...plan,
    outputs: outputs.map((output) => ({
      ...output,
      takesOutOneIn: chance.pick([0, 1, 2, 3]),
      ownRefusesOneIn: hasDeadLetters ? chance.pick([0, 0, 5]) : 0,
    })),
  };
}

function drawAll(chance: Chance): Plan {
  const maxPadding = chance.pick([0, 10, 100, 400]);
  const hasDeadLetters = chance.hits(0.6);
  const maxLineBytes = 1024;
  const hangs = chance.hits(0.1);
  const isV1 = chance.hits(0.08);
  const maxRestarts = chance.hits(0.85) ? 1000 : chance.int(0, 3);
  const outputs = Array.from(
    { length: chance.hits(0.8) ? 1 : 2 },
    (_, n) =>
      drawOutput(chance, n, { hasDeadLetters, hangs, isV1, maxRestarts }),
  );
  const hasTransforms = chance.hits(0.25);
  return {
    inputs: Array.from(
      { length: chance.hits(0.8) ? 1 : 2 },
      (_, n) => drawInput(chance, n, maxPadding),
    ),
    outputs,
    hasDeadLetters,
    deadLetterMs: chance.pick([0, 5, 3000]),
    windowBytes: chance.pick([2048, 2048, 3000, 10_000, 1 << 20]),
    windowEnvelopes: chance.pick([1, 2, 3, 10, 50, 100_000]),
    maxLineBytes,
    maxRestarts,
    initialDelayMs: chance.pick([1, 50, 1000]),
    ackTimeoutMs: hangs ? 60_000 : undefined,
    filtersOneIn: hasTransforms ? chance.int(1, 6) : 0,
    refusesOneIn: hasTransforms && hasDeadLetters ? chance.pick([0, 7]) : 0,
    inputDeaths: chance.hits(0.5) ? chance.int(1, 4) : 0,
    outputDeaths: chance.hits(0.6) ? chance.int(1, 6) : 0,
    deadLetterDeaths: chance.hits(0.2) ? chance.int(1, 3) : 0,
    cliKills: chance.hits(0.25)
      ? Array.from({ length: chance.int(1, 3) }, () => chance.skewed(5, 600))
      : [],
    stopAfterMs: chance.hits(0.12) ? chance.skewed(0, 20_000) : undefined,
    maxEnvelopes: chance.hits(0.06) ? chance.int(1, 100) : undefined,
    diskBytes: Infinity,
    engine: chance.hits(0.95) ? "plain" : "fast",
  };
}

function drawInput(
  chance: Chance,
  index: number,
  maxPadding: number,
): InputPlan {
  const saysEnd = chance.hits(0.8);
  return {
    index,
    mode: chance.hits(0.06) ? "v1" : chance.pick(["ack", "state"]),
    envelopes: chance.skewed(0, 200),
    maxPadding,
    maxPerWrite: chance.pick([1, 5, 60]),
    pauseMs: chance.pick([0, 0, 1, 20, 500]),
    saysEnd,
    // Without `end` its exit is the end, and nobody waits for anything before.
    staysForAck: saysEnd && chance.hits(0.85),
    readsAcksAfterMs: chance.pick([0, 0, 30, 3000]),
    writesStrays: chance.hits(0.15),
    schemaEvery: chance.pick([0, 1, 7, 30, 1000]),
  };
}

function drawOutput(
  chance: Chance,
  index: number,
  { hasDeadLetters, hangs, isV1, maxRestarts }: {
    maxRestarts: number;
    hasDeadLetters: boolean;
    hangs: boolean;
    isV1: boolean;
  },
): OutputPlan {
  const rejects = chance.hits(hasDeadLetters ? 0.5 : 0.04);
  const poisons = chance.hits(hasDeadLetters ? 0.25 : 0.03);
  const batch = poisons ? 1 : chance.pick([1, 1, 4, 40, 1000]);
  // One that dies before it ever acknowledges would never come to an end.
  const mayDie = maxRestarts >= 1000 && batch <= 4;
  return {
    name: `out${index}`,
    version: isV1 ? 1 : 2,
    perEnvelopeMs: chance.pick([0, 0, 0, 1, 10, 400]),
    // What kills is found only where each envelope alone is acknowledged in time.
    batch,
    ackDelayMs: chance.pick([0, 0, 5, 50, 2000]),
    stutters: chance.hits(0.3),
    // Where nothing is delivered, poison is found when all restarts are spent.
    rejectsOneIn: rejects ? chance.pick([poisons ? 3 : 1, 2, 9, 30]) : 0,
    poison: poisons ? chance.int(1, 60) : 0,
    hangs: hangs && !isV1,
    // With few restarts the first of a stream is judged by its neighbour alone.
    diesOneIn: mayDie ? chance.pick([0, 0, 0, 30]) : 0,
    outageUntilMs: maxRestarts >= 1000 ? chance.pick([0, 0, 0, 12_000]) : 0,
    takesSchemas: chance.hits(0.6),
    holdBytes: 0,
    holdMs: 0,
    takesOutOneIn: 0,
    ownRefusesOneIn: 0,
  };
}
