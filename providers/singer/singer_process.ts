/**
 * A tap or target as a running process: its pipes, its log, its end.
 *
 * Its stderr is read all the time, so it never hangs on it. What it said last is
 * kept for the error of whoever started it.
 *
 * @module
 */

import { ConfigError, type Logger } from "@dstream/sdk";
import type { Program } from "./fields.ts";
import { type Entry, LogLines } from "./log_lines.ts";

/** What to start. */
export interface SingerLaunch {
  readonly program: Program;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The key of the config that names the program. */
  readonly key: "tap" | "target";
  readonly log: Logger;
  /** Told of METRIC lines instead of the log. */
  readonly onMetric?: (metric: Metric) => void;
  /** Whether it gets something on stdin. */
  readonly hasInput?: boolean;
  /**
   * Whether signals to our process group pass it by. A target must live on until
   * it has written what it took.
   */
  readonly isDetached?: boolean;
}

/** One count or time that a program measured. */
export interface Metric {
  readonly metric: string;
  readonly value: number;
  readonly tags: Readonly<Record<string, unknown>>;
}

/** Lines of stderr that an error may show. */
const KEPT_LINES = 10;
const SHOWN_LINES = 3;
/** Longer lines are cut in errors. */
const SHOWN_CHARACTERS = 400;
/** After a traceback: whether another one follows. */
const CHAIN_MS = 100;
const MOST_LINE_CHARACTERS = 64 * 1024;

/** See the module. */
export class SingerProcess implements AsyncDisposable {
  readonly stdout: ReadableStream<Uint8Array>;
  /** How it ended; its stderr has been read to the end by then. */
  readonly status: Promise<Deno.CommandStatus>;
  readonly name: string;
  readonly #child: Deno.ChildProcess;
  readonly #launch: SingerLaunch;
  readonly #last: Entry[] = [];
  #hasEnded = false;

  /** @throws {ConfigError} when there is no such program. */
  constructor(launch: SingerLaunch) {
    this.#launch = launch;
    this.name = nameOf(launch.program);
    this.#child = spawn(launch);
    this.stdout = this.#child.stdout;
    const logged = this.#readLog();
    this.status = this.#child.status.then(async (status) => {
      this.#hasEnded = true;
      // A grandchild may hold the pipe for ever.
      await Promise.race([logged, pause(1000)]);
      return status;
    });
  }

  get pid(): number {
    return this.#child.pid;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Only with `hasInput`. */
  get stdin(): WritableStream<Uint8Array> {
    return this.#child.stdin;
  }

  /** `tap-x ended with status 1: what it said last` */
  describeEnd({ code, signal }: Deno.CommandStatus): string {
    const how = signal === null
      ? `ended with status ${code}`
      : `died of ${signal}`;
    const last = this.lastWords();
    return last === "" ? `${this.name} ${how}` : `${this.name} ${how}: ${last}`;
  }

  /** What was raised, or the last lines of its log. */
  lastWords(): string {
    const raised = this.#last.findLast(({ traceback }) => traceback);
    const errors = this.#last.filter(({ level }) => level === "error");
    const entries = raised ? [raised] : errors.length > 0 ? errors : this.#last;
    return entries.slice(-SHOWN_LINES)
      .map(({ message }) => message.trim().slice(0, SHOWN_CHARACTERS))
      .join("; ");
  }

  /** Asks it to end: SIGTERM, or the end at once where there are no signals. */
  terminate(): void {
    this.#signal("SIGTERM");
  }

  kill(): void {
    this.#signal("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.stdout.cancel().catch(() => {});
    await this.status;
  }

  #signal(signal: Deno.Signal): void {
    if (this.#hasEnded) return;
    const isGroup = this.#launch.isDetached && Deno.build.os !== "windows";
    try {
      Deno.kill(isGroup ? -this.pid : this.pid, signal);
    } catch {
      // It has ended on its own.
    }
  }

  async #readLog(): Promise<void> {
    const lines = new LogLines((entry) => this.#said(entry));
    let timer: ReturnType<typeof setTimeout> | undefined;
    for await (const line of linesOf(this.#child.stderr)) {
      clearTimeout(timer);
      lines.add(line);
      if (lines.waits) timer = setTimeout(() => lines.flush(), CHAIN_MS);
    }
    clearTimeout(timer);
    lines.flush();
  }

  #said(entry: Entry): void {
    const { log, onMetric } = this.#launch;
    const metric = metricOf(entry.message);
    if (metric !== undefined && onMetric !== undefined) return onMetric(metric);
    this.#last.push(entry);
    if (this.#last.length > KEPT_LINES) this.#last.shift();
    const { level, message, traceback } = entry;
    log[level](message, traceback === undefined ? {} : { traceback });
  }
}

/** `["uvx", "--from", "x", "tap-x"]` is tap-x, `/opt/bin/tap-x` too. */
export function nameOf(program: Program): string {
  const words = program.filter((word) => /(^|[\\/])(tap|target)-/.test(word));
  return (words.at(-1) ?? program[0]).split(/[\\/]/).at(-1)!;
}

function spawn(launch: SingerLaunch): Deno.ChildProcess {
  const { program, args, env, hasInput, isDetached } = launch;
  const [executable, ...first] = program;
  // In Deno's documentation since 2.4; older types don't know it.
  const options: Deno.CommandOptions & { detached?: boolean } = {
    args: [...first, ...args],
    env: { PYTHONUNBUFFERED: "1", ...env },
    stdin: hasInput ? "piped" : "null",
    stdout: "piped",
    stderr: "piped",
    ...(isDetached ? { detached: true } : {}),
  };
  try {
    return new Deno.Command(executable, options).spawn();
  } catch (cause) {
    throw notStarted(launch, cause);
  }
}

function notStarted(
  { program, key }: SingerLaunch,
  cause: unknown,
): ConfigError {
  const [executable] = program;
  const why = cause instanceof Deno.errors.NotFound
    ? "there is no such program, or its interpreter (the first line after #!)"
    : cause instanceof Error
    ? cause.message
    : String(cause);
  return new ConfigError(key, `cannot start "${executable}": ${why}`);
}

/** `METRIC: {"type":"counter","metric":"record_count","value":5,"tags":{}}` */
function metricOf(message: string): Metric | undefined {
  const text = /^METRIC: (\{.*\})$/.exec(message)?.[1];
  if (text === undefined) return undefined;
  try {
    const { metric, value, tags } = JSON.parse(text);
    return typeof value === "number"
      ? { metric: String(metric), value, tags: tags ?? {} }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Lines without their ends; what is too long is cut. */
export async function* linesOf(
  stream: ReadableStream<Uint8Array>,
  mostCharacters = MOST_LINE_CHARACTERS,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!.slice(0, mostCharacters);
    for (const line of lines) {
      yield line.replace(/\r$/, "").slice(0, mostCharacters);
    }
  }
  if (rest !== "") yield rest;
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) =>
    Deno.unrefTimer(setTimeout(resolve, delayMs))
  );
}
