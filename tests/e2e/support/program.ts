/**
 * Runs the program under test as its users do: a process with arguments.
 *
 * By default that is main.ts on the Deno that runs the tests; with
 * `DSTREAM_EXE=path` it is that executable, so one suite tests both. No DSTREAM_*
 * variable of whoever runs the tests reaches it. Every process has a time limit
 * and is killed when its test ends.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

const ROOT = new URL("../../../", import.meta.url);

/**
 * The value of every secret in a test. No program under test may print it; every
 * run is searched for it.
 */
export const SECRET = 's3cr3t-p4ssw0rd-"quoted"-${x}';

/** Whether an executable is tested, not the source. */
export const isCompiled = Deno.env.get("DSTREAM_EXE") !== undefined;

/** What to start for `dstream ARGS…`. */
export function programArgv(args: readonly string[]): string[] {
  const executable = Deno.env.get("DSTREAM_EXE");
  return executable !== undefined ? [executable, ...args] : [
    Deno.execPath(),
    "run",
    "--quiet",
    "--allow-all",
    "--no-check",
    `--config=${fileURLToPath(new URL("deno.json", ROOT))}`,
    fileURLToPath(new URL("main.ts", ROOT)),
    ...args,
  ];
}

/** How to run it. */
export interface ProgramOptions {
  readonly cwd?: string;
  /** Added to the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  /** Written at once, then closed. Absent: closed at once. */
  readonly stdin?: string | Uint8Array;
  /** Killed and failed after this long; 120 s unless told. */
  readonly timeoutMs?: number;
}

/** A run that has ended. */
export interface Finished {
  readonly code: number;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** From the start to the exit. */
  readonly durationMs: number;
}

/**
 * Runs `dstream ARGS…` to its end.
 * @throws {Error} When it takes longer than `timeoutMs`, with what it printed.
 */
export async function dstream(
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<Finished> {
  await using running = startDstream(args, options);
  await running.write(options.stdin ?? "");
  await running.closeStdin();
  return await running.finished;
}

/** Starts `dstream ARGS…` and leaves stdin open; `options.stdin` isn't used. */
export function startDstream(
  args: readonly string[],
  options: ProgramOptions = {},
): RunningProgram {
  return new RunningProgram(programArgv(args), options);
}

/** A started process, collecting what it prints. */
export class RunningProgram implements AsyncDisposable {
  readonly pid: number;
  /** Rejects when the time limit was reached. */
  readonly finished: Promise<Finished>;
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #stdout: Collector;
  readonly #stderr: Collector;
  readonly #startedMs = performance.now();

  constructor(
    readonly argv: readonly string[],
    readonly options: ProgramOptions = {},
  ) {
    this.#child = new Deno.Command(argv[0], {
      args: argv.slice(1),
      cwd: options.cwd,
      env: { ...cleanEnvironment(), ...options.env },
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.pid = this.#child.pid;
    this.#stdin = this.#child.stdin.getWriter();
    this.#stdin.closed.catch(() => {}); // it may end without reading
    this.#stdout = new Collector(this.#child.stdout);
    this.#stderr = new Collector(this.#child.stderr);
    this.finished = this.#finish();
    this.finished.catch(() => {}); // whoever awaits it hears of it
  }

  /** What it has printed on stdout so far. */
  get stdout(): string {
    return this.#stdout.text;
  }

  /** What it has printed on stderr so far. */
  get stderr(): string {
    return this.#stderr.text;
  }

  /** A process that has gone already isn't an error. */
  async write(text: string | Uint8Array): Promise<void> {
    const bytes = typeof text === "string"
      ? new TextEncoder().encode(text)
      : text;
    if (bytes.length > 0) await this.#stdin.write(bytes).catch(() => {});
  }

  async closeStdin(): Promise<void> {
    await this.#stdin.close().catch(() => {});
  }

  /**
   * Waits until the collected output matches.
   * @throws {Error} When the output ends without it.
   */
  async waitFor(
    pattern: RegExp,
    stream: "stdout" | "stderr" = "stdout",
  ): Promise<RegExpExecArray> {
    const collector = stream === "stdout" ? this.#stdout : this.#stderr;
    const found = await collector.waitFor(pattern);
    if (found === null) {
      throw new Error(`${stream} ended without ${pattern}\n${this.#printed()}`);
    }
    return found;
  }

  /** Sends a signal; a process that has gone already isn't an error. */
  kill(signal: Deno.Signal = "SIGKILL"): void {
    try {
      this.#child.kill(signal);
    } catch (error) {
      const isGone = error instanceof TypeError ||
        error instanceof Deno.errors.NotFound;
      if (!isGone) throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.finished.catch(() => {});
    await this.closeStdin();
  }

  async #finish(): Promise<Finished> {
    const limitMs = this.options.timeoutMs ?? 120_000;
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.kill();
    }, limitMs);
    const status = await this.#child.status;
    clearTimeout(timer);
    const durationMs = performance.now() - this.#startedMs;
    // A grandchild may hold the pipes; what it prints later is not waited for.
    await Promise.all([this.#stdout.end(1000), this.#stderr.end(1000)]);
    if (isLate) {
      throw new Error(`still running after ${limitMs} ms\n${this.#printed()}`);
    }
    const { stdout, stderr } = this;
    const { code, signal } = status;
    this.#refuseWhatNobodyMaySee();
    return { code, signal, stdout, stderr, durationMs };
  }

  /** No run of any test prints a secret, or where in our code it failed. */
  #refuseWhatNobodyMaySee(): void {
    const printed = this.#printed();
    for (const forbidden of [SECRET, /^ +at .*\.ts:\d+/m, "ext:core/"]) {
      const isThere = typeof forbidden === "string"
        ? printed.includes(forbidden)
        : forbidden.test(printed);
      if (isThere) throw new Error(`printed ${forbidden}\n${printed}`);
    }
  }

  #printed(): string {
    const command = this.argv.join(" ");
    return `$ ${command}\n--- stdout\n${this.stdout}\n--- stderr\n${this.stderr}`;
  }
}

/** Reads a stream to its end as text. */
class Collector {
  text = "";
  #isOver = false;
  readonly #waiting = new Set<() => void>();
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #done: Promise<void>;

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = stream.pipeThrough(new TextDecoderStream()).getReader();
    this.#done = this.#collect();
  }

  async waitFor(pattern: RegExp): Promise<RegExpExecArray | null> {
    for (;;) {
      const found = pattern.exec(this.text);
      if (found !== null || this.#isOver) return found;
      await new Promise<void>((wake) => this.#waiting.add(wake));
    }
  }

  async end(graceMs: number): Promise<void> {
    const timer = setTimeout(() => this.#reader.cancel(), graceMs);
    await this.#done;
    clearTimeout(timer);
  }

  async #collect(): Promise<void> {
    for (;;) {
      const { value, done } = await this.#reader.read();
      this.text += value ?? "";
      this.#isOver = done;
      for (const wake of this.#waiting) wake();
      this.#waiting.clear();
      if (done) return;
    }
  }
}

function cleanEnvironment(): Record<string, string> {
  const isOurs = (name: string) => name.startsWith("DSTREAM_");
  const entries = Object.entries(Deno.env.toObject());
  return {
    // With another home the runtime would fetch every package anew.
    ...runtimeCache(),
    ...Object.fromEntries(entries.filter(([name]) => !isOurs(name))),
  };
}

/** Where the runtime keeps packages: https://docs.deno.com/runtime/reference/env_variables/ */
function runtimeCache(): Record<string, string> {
  const folders: Readonly<Record<string, readonly [string, string]>> = {
    linux: ["HOME", ".cache/deno"],
    darwin: ["HOME", "Library/Caches/deno"],
    windows: ["LOCALAPPDATA", "deno"],
  };
  const [variable, path] = folders[Deno.build.os] ?? folders.linux;
  const base = Deno.env.get(variable);
  return base === undefined ? {} : { DENO_DIR: `${base}/${path}` };
}
