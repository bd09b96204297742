/**
 * A secret, in every spelling, through every place where a provider can say
 * anything: nothing of it comes out of a run.
 *
 * @module
 */

import { runLifecycle } from "../../core/pipeline/lifecycle.ts";
import type { PipelineEvent } from "../../core/pipeline/events.ts";
import { readEnvelopes } from "../../core/pipeline/read_envelopes.ts";
import {
  systemClock,
  systemRandom,
  systemSpawner,
} from "../../core/ports/deno.ts";
import { assertEquals } from "../support/assert.ts";
import { assertHides, spell } from "../support/spellings.ts";
import type { Step } from "../support/toy_provider.ts";
import { runToys, toyLaunch, toyTask } from "../support/toys.ts";

const SECRET = "pässwort-42/x&y+z";
const SECRETS = { secrets: new Set([SECRET]), isTerminal: false };
const SAID = Object.values(spell(SECRET)).join(" | ");

/** In JSON, with nothing but ASCII as many libraries write it. */
function ascii(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const record = (value: unknown): Step => ({ write: `\x1e${ascii(value)}\n` });
const START: Step = { read: "start" };
const READY: Step = { ready: 2 };
const REFUSAL: readonly Step[] = [START, {
  write: ascii({ status: "error", message: SAID, path: SAID }) + "\n",
}, { exit: 1 }];
const SINK: readonly Step[] = [START, READY, { sink: { ack: "always" } }];
const END: Step = record({ end: true });
const LOG: Step = {
  log: ascii({
    level: "info",
    msg: SAID,
    field: SAID,
    [SECRET]: [{ a: SAID }],
  }),
};

const INPUTS: Record<string, readonly Step[]> = {
  "the refusal of an input": REFUSAL,
  "logs, plain and in JSON": [START, READY, LOG, { log: SAID }, END, {
    drain: true,
  }],
  "lines before ready": [START, { write: `noise ${SAID}\n` }, READY, END, {
    drain: true,
  }],
  "stray lines": [START, READY, { write: `stray ${SAID}\n` }, END, {
    drain: true,
  }],
  progress: [
    START,
    READY,
    record({ progress: { message: SAID, done: 1, total: 2 } }),
    END,
    { drain: true },
  ],
  "the final error record": [
    START,
    READY,
    record({ error: { message: SAID, path: SAID } }),
    { drain: true },
  ],
  "a record that can't be read": [
    START,
    READY,
    { write: `\x1e{"progress":"${SECRET}" ${SAID}\n` },
    { drain: true },
  ],
  "the last words of a crash": [START, READY, LOG, { exit: 3 }],
};

for (const [place, inputSteps] of Object.entries(INPUTS)) {
  Deno.test(`no secret comes out of ${place}`, async () => {
    const run = await runToys({ ...SECRETS, inputSteps, outputSteps: SINK });
    assertHidden(run, place);
  });
}

const OUTPUTS: Record<string, readonly Step[]> = {
  "the refusal of an output": REFUSAL,
  "code and reason of a rejection": [
    START,
    READY,
    { read: "start" }, // the envelope
    record({ reject: { seq: 1, reason: SAID, code: SAID } }),
    record({ ack: 1 }),
    { drain: true },
  ],
  "an output's unreadable record": [
    START,
    READY,
    { write: `\x1e{"ack":"${SECRET}" ${SAID}\n` },
    { drain: true },
  ],
  "an output's final error": [
    START,
    READY,
    record({ error: { message: SAID, path: SAID } }),
    { drain: true },
  ],
};

for (const [place, outputSteps] of Object.entries(OUTPUTS)) {
  Deno.test(`no secret comes out of ${place}`, async () => {
    const inputSteps = [START, READY, { emit: 1 }, END, { drain: true }];
    const run = await runToys({
      ...SECRETS,
      inputSteps: inputSteps as Step[],
      outputSteps,
    });
    assertHidden(run, place);
  });
}

Deno.test("no secret gets into a dead letter's reason or code", async () => {
  const file = await Deno.makeTempFile();
  const run = await runToys({
    ...SECRETS,
    task: { ...toyTask(), deadLetter: toyTask().outputs[0] },
    inputSteps: [START, READY, { emit: 1 }, END, { drain: true }],
    outputSteps: OUTPUTS["code and reason of a rejection"],
    deadLetterSteps: [START, READY, { sink: { ack: "always", file } }],
  });
  const letter = await Deno.readTextFile(file);
  await Deno.remove(file);
  assertEquals(run.status, "completed", run.error?.message);
  assertEquals(letter.includes('"reason":"(sensitive)'), true, letter);
  assertHides(letter, SECRET, "the dead letter");
});

Deno.test("no secret comes out of what plan, status and the like report", async () => {
  for (
    const said of [
      { changes: [{ action: SAID, type: SAID, name: SAID, [SECRET]: SAID }] },
      { resources: [{ name: SAID, [SECRET]: [SAID] }], status: SAID },
      { status: "Failed", message: SAID, error: SAID },
      { text: SAID },
    ]
  ) {
    const { outcome, events } = await plan([
      START,
      { ready: 1 },
      LOG,
      { write: ascii(said) + "\n" },
    ]);
    assertHides(JSON.stringify([outcome, events]), SECRET, "the report");
  }
});

Deno.test("no secret comes out of a refused plan", async () => {
  const { outcome } = await plan(REFUSAL);
  const { message } = outcome as Error;
  assertEquals(message.includes("(sensitive)"), true, message);
  assertHides(message, SECRET, "the refusal");
});

Deno.test("no secret comes out of what an input says to a preview", async () => {
  for (const steps of [REFUSAL, INPUTS["the final error record"]]) {
    const events: PipelineEvent[] = [];
    let message = "";
    try {
      for await (const _ of readEnvelopes({ ...common(steps, events) }));
    } catch (error) {
      message = (error as Error).message;
    }
    assertEquals(message.includes("(sensitive)"), true, message);
    assertHides(message + JSON.stringify(events), SECRET, "the preview");
  }
});

function common(steps: readonly Step[], events: PipelineEvent[]) {
  const task = toyTask();
  return {
    ...SECRETS,
    task,
    block: task.inputs[0],
    provider: { name: "toy", launch: toyLaunch(steps) },
    runId: "01TEST",
    clock: systemClock,
    random: systemRandom,
    spawner: systemSpawner,
    onEvent: (event: PipelineEvent) => void events.push(event),
    signal: new AbortController().signal,
  };
}

async function plan(steps: readonly Step[]) {
  const events: PipelineEvent[] = [];
  const outcome: unknown = await runLifecycle({
    ...common(steps, events),
    command: "plan",
    onStop: () => () => {},
  }).catch((error) => error);
  return { outcome, events };
}

function assertHidden(
  { error, events }: Awaited<ReturnType<typeof runToys>>,
  place: string,
): void {
  const shown = JSON.stringify([
    error?.message,
    error?.details,
    error?.hint,
    error?.at,
    events,
  ]);
  assertEquals(shown.includes("(sensitive)"), true, shown);
  assertHides(shown, SECRET, place);
}
