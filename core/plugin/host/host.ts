/**
 * Hosts one plugin: starts it, asks for its schema, lets it run, and ends it.
 *
 * @module
 */

import type { HostResult, HostStart } from "../start.ts";
import { checkFields } from "./check_fields.ts";
import { GrpcConnection, GrpcError } from "./grpc.ts";
import type { PluginAddress } from "./handshake.ts";
import {
  decodeSchema,
  decodeStdio,
  EMPTY,
  encodeStart,
  type FieldSchema,
} from "./messages.ts";
import { readLogLine } from "./log_lines.ts";
import { PluginError } from "./plugin_error.ts";
import { exitText, PluginProcess, type PluginSinks } from "./plugin_process.ts";

const SCHEMA_TIMEOUT_MS = 5000;
/** Its output is over when nothing came for so long. */
const SILENCE_MS = 300;
/** How long an answer may come after its sender has ended. */
const ANSWER_MS = 200;
/** The longest that such silence is waited for. */
const MOST_SILENCE_MS = 10_000;

/** What the host's surroundings give. */
export interface HostDeps extends PluginSinks {
  /** Aborted by a stop. */
  readonly stop: AbortSignal;
  /** The plugin listens and takes the config. */
  onReady(): void;
}

/** Returns when the plugin is gone. Never rejects for what it does. */
export async function hostPlugin(
  start: HostStart,
  deps: HostDeps,
): Promise<HostResult> {
  let plugin: PluginProcess | undefined;
  try {
    await using running = new PluginProcess(start, deps);
    plugin = running;
    return await new Hosting(start, running, deps).run();
  } catch (error) {
    return failure(error, plugin);
  }
}

function failure(error: unknown, plugin?: PluginProcess): HostResult {
  if (!(error instanceof PluginError)) throw error;
  const { fault, message, hint, problems } = error;
  const lastLines = plugin?.lastLines;
  return { status: "failed", fault, message, hint, problems, lastLines };
}

class Hosting {
  #lastOutputMs = 0;

  constructor(
    readonly start: HostStart,
    readonly plugin: PluginProcess,
    readonly deps: HostDeps,
  ) {}

  async run(): Promise<HostResult> {
    const { start, plugin, deps } = this;
    const request = encodeStart(start.request);
    const address = await this.#address();
    if (address === undefined) return await this.#stopped();
    using calls = await this.#connect(address);
    const fields = await this.#schema(calls);
    const problems = checkFields(start.request.config, fields);
    if (problems.length > 0) {
      throw new PluginError("config", problems[0].message, undefined, problems);
    }
    const stdio = this.#readStdio(calls);
    deps.onReady();
    if (start.isDryRun) {
      await this.#shutdown(calls);
      return { status: "ok" };
    }
    // Cancelled by ending its connection: it has one of its own.
    const isStopped = await this.#startCall(address, request);
    await this.#silence(stdio);
    if (isStopped) return await this.#stopped(calls);
    await this.#shutdown(calls);
    await plugin.ended();
    return { status: "ok" };
  }

  async #address(): Promise<PluginAddress | undefined> {
    const { plugin, start, deps } = this;
    const stopped = aborted(deps.stop);
    return await Promise.race([plugin.address(start.readyTimeoutMs), stopped]);
  }

  async #connect(address: PluginAddress): Promise<GrpcConnection> {
    try {
      return await GrpcConnection.open(address);
    } catch (error) {
      throw new PluginError(
        "handshake",
        `it can't be reached where it says it listens: ${
          (error as Error).message
        }`,
      );
    }
  }

  /** A plugin need not say anything of its config. */
  async #schema(calls: GrpcConnection): Promise<readonly FieldSchema[]> {
    const asked = calls.unary("/plugin.Plugin/GetSchema", EMPTY)
      .then(decodeSchema);
    const late = sleep(SCHEMA_TIMEOUT_MS).then(() => []);
    return await Promise.race([asked, late]).catch(() => []);
  }

  /** go-plugin catches what a plugin prints and sends it this way. */
  async #readStdio(calls: GrpcConnection): Promise<void> {
    const { print, log } = this.deps;
    let printing = Promise.resolve();
    const decoder = new TextDecoder();
    await calls.stream("/plugin.GRPCStdio/StreamStdio", EMPTY, (message) => {
      const { channel, data } = decodeStdio(message);
      this.#lastOutputMs = performance.now();
      if (channel === 1) {
        const copy = data.slice();
        printing = printing.then(() => print(copy));
      } else {
        for (const line of decoder.decode(data).split("\n")) {
          if (line === "") continue;
          this.plugin.remember(line);
          log(readLogLine(line));
        }
      }
    }).catch(() => {});
    await printing;
  }

  /** @returns Whether a stop ended it. */
  async #startCall(
    address: PluginAddress,
    request: Uint8Array,
  ): Promise<boolean> {
    const { plugin, deps } = this;
    using call = await this.#connect(address);
    const started = call.unary("/plugin.Plugin/Start", request)
      .then(() => false);
    const stopped = aborted(deps.stop).then(() => true);
    const died = plugin.ended().then(async (status) => {
      // Its answer may be on the way.
      await sleep(ANSWER_MS);
      throw this.#death(status);
    });
    died.catch(() => {});
    try {
      return await Promise.race([started, stopped, died]);
    } catch (error) {
      if (!(error instanceof GrpcError)) throw error;
      throw await this.#startFailed(error);
    }
  }

  async #startFailed(error: GrpcError): Promise<PluginError> {
    // A broken connection is mostly a death, which says more.
    if (error.isUnavailable && await this.plugin.endsWithin(1000)) {
      return this.#death(await this.plugin.ended());
    }
    return new PluginError("failed", error.message);
  }

  #death(status: Deno.CommandStatus): PluginError {
    const { panic } = this.plugin;
    const why = panic === undefined ? "" : `: ${panic}`;
    return new PluginError("died", `it ended (${exitText(status)})${why}`);
  }

  /** Its last words come after its answer. */
  async #silence(stdio: Promise<void>): Promise<void> {
    const startMs = performance.now();
    this.#lastOutputMs = startMs;
    let isOver = false;
    stdio.then(() => isOver = true);
    while (!isOver) {
      const nowMs = performance.now();
      if (nowMs - this.#lastOutputMs >= SILENCE_MS) return;
      if (nowMs - startMs >= MOST_SILENCE_MS) return;
      await Promise.race([stdio, sleep(SILENCE_MS / 10)]);
    }
  }

  async #stopped(calls?: GrpcConnection): Promise<HostResult> {
    if (calls !== undefined) await this.#shutdown(calls);
    else await this.plugin.end(this.start.graceMs);
    return { status: "stopped" };
  }

  /** In order where it knows how; else asked, and in the end killed. */
  async #shutdown(calls: GrpcConnection): Promise<void> {
    const { plugin, start: { graceMs } } = this;
    const asked = calls.unary("/plugin.GRPCController/Shutdown", EMPTY);
    const isUnknown = asked.then(
      () => false,
      (error) => error instanceof GrpcError && error.isUnimplemented,
    );
    const isGone = plugin.endsWithin(graceMs);
    const isEnded = await Promise.race([
      isUnknown.then((unknown) => unknown ? false : isGone),
      isGone,
    ]);
    if (isEnded) return;
    await plugin.end(graceMs);
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined));
  });
}

function sleep(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
