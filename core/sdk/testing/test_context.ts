/**
 * What the kit hands to `open`, `read` and `write`, for tests in one process.
 *
 * Its clock moves by sleeping, so a test never waits and nothing is flaky.
 *
 * @module
 */

import type { Feature } from "../../protocol/command.ts";
import type { InputContext, OpenContext } from "../input.ts";
import type { OutputContext } from "../output.ts";
import type { Logger } from "../provider.ts";

/** One log line. */
export interface LogEntry {
  readonly level: keyof Logger;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What a test may say otherwise. */
export interface TestContextOptions {
  /** Agreed on; all when left out. */
  readonly features?: readonly Feature[];
  readonly taskName?: string;
  /** Called with each pause in milliseconds, so that a test can act then. */
  readonly onSleep?: (delayMs: number) => void | Promise<void>;
  /** What the clock shows first, in milliseconds since 1970. */
  readonly nowMs?: number;
}

/**
 * All three contexts in one.
 *
 * @example
 * ```ts
 * import { TestContext } from "@dstream/sdk/testing";
 *
 * const context = new TestContext({ nowMs: 1000 });
 * await context.sleep(500);
 * if (context.now() !== 1500) throw new Error();
 * ```
 */
export class TestContext implements OpenContext, InputContext, OutputContext {
  readonly stop: AbortController = new AbortController();
  readonly entries: LogEntry[] = [];
  readonly log: Logger;
  readonly features: ReadonlySet<Feature>;
  readonly taskName: string | undefined;
  readonly hasColours = false;
  /** What a test sets the wall clock forward or back by. */
  wallShiftMs = 0;
  /** What was printed. */
  printed = "";
  /** The last thing that was said of the progress. */
  progressed: readonly [string, number?, number?] | undefined;
  readonly #onSleep: TestContextOptions["onSleep"];
  #nowMs: number;

  /** The newest of each gauge. */
  readonly gauged: Record<string, number> = {};

  constructor(options: TestContextOptions = {}) {
    const { features = ["ack", "state", "schema"], taskName, onSleep } =
      options;
    this.features = new Set(features);
    this.taskName = taskName;
    this.#onSleep = onSleep;
    this.#nowMs = options.nowMs ?? Date.UTC(2026, 0, 1);
    this.log = {
      debug: this.#logAt("debug"),
      info: this.#logAt("info"),
      warn: this.#logAt("warn"),
      error: this.#logAt("error"),
    };
  }

  /** Aborted by `stop.abort()`. */
  get signal(): AbortSignal {
    return this.stop.signal;
  }

  /** The messages of its warnings. */
  get warnings(): string[] {
    return this.entries.filter(({ level }) => level === "warn")
      .map(({ message }) => message);
  }

  // Properties, not methods: providers take them out of the context.
  readonly now: OpenContext["now"] = () => this.#nowMs + this.wallShiftMs;

  readonly monotonicMs: OpenContext["monotonicMs"] = () => this.#nowMs;

  readonly sleep: OpenContext["sleep"] = async (delayMs) => {
    if (this.signal.aborted) return;
    this.#nowMs += delayMs;
    await this.#onSleep?.(delayMs);
  };

  readonly batchBytes: InputContext["batchBytes"] = () => 1024 * 1024;

  readonly gauges: InputContext["gauges"] = (values) => {
    Object.assign(this.gauged, values);
  };

  readonly progress: InputContext["progress"] = (message, done, total) => {
    this.progressed = [message, done, total];
  };

  readonly print: OutputContext["print"] = (text) => {
    this.printed += typeof text === "string"
      ? text
      : new TextDecoder().decode(text);
    return Promise.resolve();
  };

  /** What {@link settled} was told last. */
  settledTo = 0;

  /** Reasons by the position of what {@link reject} was told. */
  readonly rejected: Map<number, string> = new Map();

  readonly reject: OutputContext["reject"] = (position, reason) => {
    this.rejected.set(position, reason);
  };

  readonly settled: OutputContext["settled"] = (position) => {
    this.settledTo = position;
  };

  #logAt(level: keyof Logger): Logger["debug"] {
    return (message, fields = {}) =>
      void this.entries.push({ level, message, fields });
  }
}
