/**
 * The command line with a terminal, signals and providers that a test controls.
 *
 * @module
 */

import {
  type CliDeps,
  runCli,
  type Sink,
  SinkClosed,
  type Source,
} from "../../cli/mod.ts";
import type { Counters, RunOutcome } from "../../core/pipeline/events.ts";
import type { RunTaskOptions } from "../../core/pipeline/run.ts";
import type { BuiltIn, Provider } from "../../core/sdk/provider.ts";
import { readServerTasks } from "../../providers/ingester/mod.ts";
import { readDatabase } from "../../providers/mssql/input/connection/connection_string.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** Collects what is written; can be a terminal, can be closed. */
export class FakeSink implements Sink {
  #text = "";
  readonly #decoder = new TextDecoder();
  isTerminal = false;
  isClosed = false;
  width = 80;

  /** Everything written so far. */
  get text(): string {
    return this.#text;
  }

  columns(): number {
    return this.width;
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.isClosed) return Promise.reject(new SinkClosed());
    this.writeSync(bytes);
    return Promise.resolve();
  }

  writeSync(bytes: Uint8Array): void {
    this.#text += this.#decoder.decode(bytes, { stream: true });
  }
}

/** Signals a test sends. */
export class FakeSignals {
  readonly listeners = new Set<(signal: string) => void>();

  subscribe(listener: (signal: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  send(signal: string): void {
    for (const listener of [...this.listeners]) listener(signal);
  }
}

/** Counters as at the end of a small run. */
export function counters(more: Partial<Counters> = {}): Counters {
  return {
    readEnvelopes: 5,
    readBytes: 610,
    handedEnvelopes: 5,
    deadLetteredEnvelopes: 0,
    replayedEnvelopes: 0,
    restarts: 0,
    filteredEnvelopes: 0,
    deliveredEnvelopes: (more.settledEnvelopes ?? 5) -
      (more.deadLetteredEnvelopes ?? 0),
    settledEnvelopes: 5,
    rejectedEnvelopes: 0,
    strayLines: 0,
    windowBytes: 0,
    isWindowFull: false,
    ...more,
  };
}

/** A run that went well. */
export function outcome(more: Partial<RunOutcome> = {}): RunOutcome {
  return {
    status: "completed",
    counters: counters(),
    durationMs: 312,
    ...more,
  };
}

/** What one command line did. */
export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a test may replace. */
export type CliOverrides = Partial<CliDeps> & {
  /** Stands for a whole run. */
  readonly onRun?: (options: RunTaskOptions) => Promise<RunOutcome>;
};

/** A command line in which every part can be watched. */
export class FakeCli {
  readonly stdout = new FakeSink();
  readonly stderr = new FakeSink();
  readonly signals = new FakeSignals();
  readonly clock = new FakeClock();

  constructor(readonly overrides: CliOverrides = {}) {}

  /** Runs one command line to its end. */
  async run(...args: string[]): Promise<CliResult> {
    const code = await runCli(args, this.deps());
    return { code, stdout: this.stdout.text, stderr: this.stderr.text };
  }

  deps(): CliDeps {
    const { onRun, ...overrides } = this.overrides;
    return {
      version: "1.2.3",
      platform: { os: "linux", arch: "x86_64", runtime: "deno 2.9.6" },
      builtIns: toyBuiltIns,
      load: async (options) =>
        (await import("../../core/config/load.ts")).load(options),
      runTask: onRun ?? (() => Promise.resolve(outcome())),
      readServerTasks: (configuration) =>
        readServerTasks(
          configuration,
          (text) => Promise.resolve(readDatabase(text)),
        ),
      openClient: () => Promise.reject(new Error("no test here needs one")),
      runLifecycle: () => Promise.resolve({ items: [], hasFailed: false }),
      env: {},
      cwd: "/",
      stdin: fakeStdin(""),
      stdout: this.stdout,
      stderr: this.stderr,
      clock: this.clock,
      random: { next: () => 0.5 },
      spawner: {
        spawn: () => {
          throw new Error("no test here starts a process");
        },
      },
      signals: this.signals,
      self: ["/opt/dstream"],
      ...overrides,
    };
  }
}

/** A stdin that holds this text; a question's answer is its first line. */
export function fakeStdin(text: string, isTerminal = false): Source {
  return {
    isTerminal,
    readLine: () => Promise.resolve(text.split("\n")[0] || undefined),
    readAll: () => Promise.resolve(text),
  };
}

/** Two toys, and a third so that a name can be both input and output. */
export const toyBuiltIns: readonly BuiltIn[] = [
  toy("input", "ticker", "Counts, for demos", {
    interval: {
      type: "integer",
      description: "Milliseconds between two ticks",
      default: 1000,
    },
    maxTicks: { $ref: "#/properties/max_ticks", "x-alias-of": "max_ticks" },
    max_ticks: { type: ["integer", "null"], description: "Stop after this" },
    tables: {
      type: ["array", "null"],
      items: { type: "string" },
      description: "What to count for",
    },
  }),
  toy("input", "tape", "Reads a tape", {
    path: { type: "string", description: "Where the tape is" },
  }, ["path"]),
  toy("output", "tape", "Writes a tape", {
    path: { type: "string", description: "Where the tape is" },
    password: {
      type: "string",
      description: "Opens the drawer",
      writeOnly: true,
    },
    url: { type: "string", description: "Where the drawer is" },
    mode: { enum: ["append", "replace", null], description: "How it begins" },
  }, ["path"]),
];

function toy(
  role: "input" | "output",
  name: string,
  summary: string,
  properties: Record<string, Record<string, unknown>>,
  required: string[] = [],
): BuiltIn {
  const provider: Provider = {
    role,
    name,
    spec: () => ({
      name: `dstream-${role === "input" ? "in" : "out"}-${name}`,
      version: "1.2.3",
      role,
      description: `${summary}.`,
      protocol: { version: 2 },
      features: ["ack"],
      commands: ["run"],
      config: {
        type: "object",
        properties,
        required,
        additionalProperties: false,
      } as never,
      examples: [{ path: "/tmp/tape", level: 3 }],
    }),
    version: "1.2.3",
    checkConfig: (config) => {
      const unknown = Object.keys(config).filter((key) => !(key in properties));
      const missing = required.filter((key) => !(key in config));
      return [
        ...[...unknown, ...missing].map((key) => ({
          path: `config.${key}`,
          message: `${key} is wrong`,
        })),
        ...config.mode === "apend"
          ? [{ path: "config.mode", message: "mode is wrong" }]
          : [],
        ...config.password === "weak"
          ? [{ path: "config.password", message: "password is too weak" }]
          : [],
      ];
    },
    configTable: () => "",
    serve: (args) => Promise.resolve(args.length),
  };
  return { role, name, summary, load: () => Promise.resolve(provider) };
}
