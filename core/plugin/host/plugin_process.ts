/**
 * The plugin's process: started as go-plugin starts one, and surely gone.
 *
 * @module
 */

import { joinBytes } from "../../base/join_bytes.ts";
import type { HostStart } from "../start.ts";
import { type HostLog, PanicCollector, readLogLine } from "./log_lines.ts";
import { parseHandshake, type PluginAddress } from "./handshake.ts";
import { PluginError } from "./plugin_error.ts";

const REMEMBERED_LINES = 10;
const LONGEST_REMEMBERED = 1000;
const LINE_FEED = 10;
const MAX_LINE_BYTES = 64 * 1024;

/** What its output goes to. */
export interface PluginSinks {
  log(log: HostLog): void;
  /** Its stdout behind the handshake, byte for byte. */
  print(bytes: Uint8Array): Promise<void>;
}

/** A running plugin. */
export class PluginProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #sinks: PluginSinks;
  readonly #panic: PanicCollector;
  readonly #firstLine = Promise.withResolvers<string | undefined>();
  readonly #drained: Promise<unknown>;
  readonly lastLines: string[] = [];
  status: Deno.CommandStatus | undefined;

  constructor(start: HostStart, sinks: PluginSinks) {
    this.#sinks = sinks;
    this.#panic = new PanicCollector((log) => sinks.log(log));
    this.#child = spawn(start);
    this.#child.status.then((status) => this.status = status);
    this.#drained = Promise.allSettled([
      this.#readStdout(),
      this.#readStderr(),
    ]);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** What it panicked with. */
  get panic(): string | undefined {
    return this.#panic.panic;
  }

  /** Resolves when it has ended and all it said is read. */
  async ended(): Promise<Deno.CommandStatus> {
    const status = await this.#child.status;
    await Promise.race([this.#drained, sleep(1000)]);
    return status;
  }

  /** Where it listens. @throws {PluginError} */
  async address(withinMs: number): Promise<PluginAddress> {
    const late = sleep(withinMs).then(() => "late" as const);
    const line = await Promise.race([this.#firstLine.promise, late]);
    if (line === "late") {
      throw new PluginError(
        "handshake",
        `it said nothing for ${withinMs / 1000} s`,
        'is it a plugin? A provider belongs into type = "providers"',
      );
    }
    if (line === undefined) throw await this.#noHandshake();
    if (isRefusal(line)) throw refused();
    return parseHandshake(line);
  }

  /** Asks it to end; it may take `graceMs`, then it is killed. */
  async end(graceMs: number): Promise<void> {
    this.#kill("SIGTERM");
    if (await this.endsWithin(graceMs)) return;
    this.#kill("SIGKILL");
    await this.#child.status;
  }

  async endsWithin(limitMs: number): Promise<boolean> {
    const late = sleep(limitMs).then(() => false);
    return await Promise.race([this.#child.status.then(() => true), late]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#kill("SIGKILL");
    await this.ended();
    this.#panic.end();
  }

  #kill(signal: Deno.Signal): void {
    if (this.status !== undefined) return;
    try {
      this.#child.kill(signal);
    } catch {
      // It has ended meanwhile.
    }
  }

  async #noHandshake(): Promise<PluginError> {
    const status = await this.ended();
    if (this.lastLines.some(isRefusal)) return refused();
    return new PluginError(
      "handshake",
      `it ended before its handshake (${exitText(status)})`,
      'is it a plugin? A provider belongs into type = "providers"',
    );
  }

  async #readStdout(): Promise<void> {
    let held: Uint8Array | undefined = new Uint8Array();
    for await (const chunk of this.#child.stdout) {
      if (held === undefined) {
        await this.#sinks.print(chunk);
        continue;
      }
      const all: Uint8Array = joinBytes([held, chunk]);
      const at = all.indexOf(LINE_FEED);
      if (at < 0 && all.length < MAX_LINE_BYTES) {
        held = all;
        continue;
      }
      held = undefined;
      const end = at < 0 ? all.length : at;
      this.#firstLine.resolve(new TextDecoder().decode(all.subarray(0, end)));
      if (end + 1 < all.length) await this.#sinks.print(all.subarray(end + 1));
    }
    const rest = new TextDecoder().decode(held ?? new Uint8Array());
    this.#firstLine.resolve(rest === "" ? undefined : rest);
  }

  async #readStderr(): Promise<void> {
    const decoder = new TextDecoder();
    let held = "";
    for await (const chunk of this.#child.stderr) {
      const lines = (held + decoder.decode(chunk, { stream: true })).split(
        "\n",
      );
      held = lines.pop()!.slice(0, MAX_LINE_BYTES);
      for (const line of lines) this.#stderrLine(line.replace(/\r$/, ""));
    }
    if (held !== "") this.#stderrLine(held);
    this.#panic.end();
  }

  #stderrLine(line: string): void {
    if (line.trim() === "") return;
    this.remember(readLogLine(line).msg);
    this.#panic.push(line);
  }

  /** Shown when it fails. */
  remember(text: string): void {
    this.lastLines.push(text.slice(0, LONGEST_REMEMBERED));
    if (this.lastLines.length > REMEMBERED_LINES) this.lastLines.shift();
  }
}

/** `exit status 3`, `SIGKILL`. */
export function exitText(status: Deno.CommandStatus): string {
  return status.signal ?? `exit status ${status.code}`;
}

/** The first of the three lines that go-plugin says to people. */
function isRefusal(line: string): boolean {
  return /This binary is a plugin/.test(line);
}

function refused(): PluginError {
  return new PluginError(
    "handshake",
    "it took dstream for a person: the variables that plugins are started with " +
      "did not reach it",
    "does a script between them clear the environment?",
  );
}

function spawn(start: HostStart) {
  try {
    return new Deno.Command(start.path, {
      cwd: start.cwd,
      env: environment(start),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    throw new PluginError(
      "start",
      `it can't be started: ${(error as Error).message}`,
    );
  }
}

/** As go-plugin gives it; what the user has set wins. */
function environment(
  { env, socketFolder }: HostStart,
): Record<string, string> {
  return {
    DSTREAM_LOG_LEVEL: "info",
    DSTREAM_LOG_JSON: "true",
    ...Deno.env.toObject(),
    ...env,
    DSTREAM_PLUGIN: "dstream",
    PLUGIN_MIN_PORT: "10000",
    PLUGIN_MAX_PORT: "25000",
    PLUGIN_PROTOCOL_VERSIONS: "1",
    ...(socketFolder === undefined
      ? {}
      : { PLUGIN_UNIX_SOCKET_DIR: socketFolder }),
  };
}

function sleep(delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, delayMs);
    Deno.unrefTimer(timer);
  });
}
