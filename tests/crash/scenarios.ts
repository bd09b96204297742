/**
 * What is killed: pairs of providers, and how to see what arrived.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

/** One pair of providers. */
export interface Scenario {
  readonly name: string;
  readonly versions: readonly [input: 1 | 2, output: 1 | 2];
  /** Envelopes, numbered from 1. */
  readonly count: number;
  readonly config: string;
  /** Files the input reads. */
  readonly files?: () => Record<string, string>;
  /** The number in a line of the destination. */
  readonly numberOf: (line: string) => number;
  /** How far the source was told to forget, from the files it leaves. */
  readonly committed?: (folder: string) => Promise<number>;
  /** Every so many is rejected, and found among the dead letters. */
  readonly rejectsOneIn?: number;
  /** A program that has to be there. */
  readonly needs?: string;
}

const PROVIDER = fileURLToPath(
  new URL("./crash_provider.ts", import.meta.url),
);
const APPEND = fileURLToPath(
  new URL("../../examples/providers/append.py", import.meta.url),
);

const SETTINGS = `
    max_line_bytes = "64KiB"
    delivery {
      window_bytes = "256KiB"
    }
    restart {
      policy        = "on-failure"
      max_restarts  = 100
      initial_delay = "10ms"
      max_delay     = "100ms"
    }`;

/** The version 1 sides are never restarted, as users have it. */
const V1_SETTINGS = SETTINGS.replace(/ +policy .*\n/, "");

/** A block with a provider of crash_provider.ts. */
export function ours(
  side: "input" | "output",
  kind: string,
  config: Record<string, string | number>,
): string {
  const keys = Object.entries(config)
    .map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  const args = ["run", "-A", "--no-check", "--quiet", PROVIDER, side, kind];
  return `
    ${side} {
      provider_path = ${JSON.stringify(Deno.execPath())}
      args = ${JSON.stringify(args)}
      config {
        ${keys.join("\n        ")}
      }
    }`;
}

function task(...parts: string[]): string {
  return `task "crash" {${parts.join("\n")}\n}\n`;
}

const COUNT = 40_000;
const INPUT = {
  count: COUNT,
  perWrite: 200,
  pauseMs: 3,
  checkpoint: "checkpoint",
};
const OUTPUT = { path: "out", batch: 1, perEnvelopeMs: 0, rejectsOneIn: 0 };

const DEAD_LETTERS = `
    dead_letter {
      provider = "file"
      config {
        path = "dead"
        format = "envelopes"
      }
    }`;

async function checkpoint(folder: string): Promise<number> {
  const text = await Deno.readTextFile(`${folder}/checkpoint`)
    .catch(() => "0");
  return Number(text);
}

async function stored(folder: string): Promise<number> {
  const text = await Deno.readTextFile(`${folder}/.dstream/state/crash.json`)
    .catch(() => undefined);
  if (text === undefined) return 0;
  return JSON.parse(text).inputs.input.state.next - 1;
}

/** Every row of the table of promises, with several kinds of checkpoint. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: "own checkpoint → acknowledging",
    versions: [2, 2],
    count: COUNT,
    config: task(
      ours("input", "ack", INPUT),
      ours("output", "v2", OUTPUT),
      SETTINGS,
    ),
    numberOf: Number,
    committed: checkpoint,
  },
  {
    name: "state → acknowledging in batches",
    versions: [2, 2],
    count: COUNT,
    config: task(
      ours("input", "state", INPUT),
      ours("output", "v2", { ...OUTPUT, batch: 700 }),
      SETTINGS,
    ),
    numberOf: Number,
    committed: stored,
  },
  {
    name: "own checkpoint → checking schemas",
    versions: [2, 2],
    count: COUNT,
    config: task(
      ours("input", "ack", { ...INPUT, schemaEvery: 130 }),
      ours("output", "v2", { ...OUTPUT, batch: 300, schemaEvery: 130 }),
      SETTINGS,
    ),
    numberOf: Number,
    committed: checkpoint,
  },
  {
    name: "own checkpoint → holding back, with a spool and schemas",
    versions: [2, 2],
    count: COUNT,
    config: task(
      ours("input", "ack", { ...INPUT, schemaEvery: 130 }),
      ours("output", "v2", {
        ...OUTPUT,
        batch: 15_000,
        holdBytes: 1_000_000,
        schemaEvery: 130,
      }),
      SETTINGS,
    ),
    numberOf: Number,
    committed: checkpoint,
  },
  {
    name: "own checkpoint → rejecting, with dead letters",
    versions: [2, 2],
    count: 8000,
    rejectsOneIn: 100,
    config: task(
      ours("input", "ack", { ...INPUT, count: 8000, perWrite: 40 }),
      ours("output", "v2", { ...OUTPUT, rejectsOneIn: 100 }),
      SETTINGS,
      DEAD_LETTERS,
    ),
    numberOf: Number,
    committed: checkpoint,
  },
  {
    name: "file → file",
    versions: [2, 2],
    count: 500_000,
    files: () => ({
      "in.jsonl": Array.from(
        { length: 500_000 },
        (_, n) => `{"n":${n + 1},"pad":"${"x".repeat(n % 90)}"}\n`,
      ).join(""),
    }),
    config: task(
      `
    input {
      provider = "file"
      config {
        path = "in.jsonl"
      }
    }
    output {
      provider = "file"
      config {
        path = "out"
        format = "jsonl"
      }
    }`,
      SETTINGS,
    ),
    numberOf: (line) => JSON.parse(line).n,
  },
  {
    name: "generate → file",
    versions: [2, 2],
    count: 250_000,
    config: task(
      `
    input {
      provider = "generate"
      config {
        count = 250000
        size  = 200
      }
    }
    output {
      provider = "file"
      config {
        path = "out"
        format = "jsonl"
      }
    }`,
      SETTINGS,
    ),
    numberOf: (line) => JSON.parse(line).id,
  },
  {
    name: "state → Python",
    versions: [2, 2],
    count: 6000,
    config: task(
      ours("input", "state", { ...INPUT, count: 6000, perWrite: 20 }),
      `
    output {
      provider_path = ${JSON.stringify(APPEND)}
      config {
        path = "out"
      }
    }`,
      SETTINGS,
    ),
    numberOf: (line) => JSON.parse(line).n,
    committed: stored,
    needs: "python3",
  },
  {
    name: "version 1 → acknowledging",
    versions: [1, 2],
    count: COUNT,
    config: task(
      ours("input", "v1", INPUT),
      ours("output", "v2", OUTPUT),
      V1_SETTINGS,
    ),
    numberOf: Number,
  },
  {
    name: "own checkpoint → version 1",
    versions: [2, 1],
    count: COUNT,
    config: task(
      ours("input", "ack", INPUT),
      ours("output", "v1", OUTPUT),
      V1_SETTINGS,
    ),
    numberOf: Number,
  },
  {
    name: "version 1 → version 1",
    versions: [1, 1],
    count: COUNT,
    config: task(
      ours("input", "v1", INPUT),
      ours("output", "v1", OUTPUT),
      V1_SETTINGS,
    ),
    numberOf: Number,
  },
];
