/**
 * An input of a task that sends lines of our own: a provider without a process.
 *
 * It plays the oldest kind of provider, so that any line can pass, also one that is
 * no envelope. Its pipes exist in memory only.
 *
 * @module
 */

import type { ConfigTree, ProviderBlock } from "../config/task.ts";
import type { Location } from "../base/errors.ts";
import type { ProviderLaunch } from "../pipeline/run.ts";
import type { Child, ExitStatus, Launch, Spawner } from "../ports/mod.ts";

/** What a run needs to have it as an input. */
export interface ReplayInput {
  readonly block: ProviderBlock;
  readonly provider: ProviderLaunch;
  /** Starts it, and every other process as before. */
  readonly spawner: Spawner;
}

const NAME = "dead_letter";
const CHUNK_BYTES = 64 * 1024;
const LINE_FEED = 0x0a;

/**
 * @param lines Without line feeds.
 * @param at Where problems are shown.
 */
export function replayInput(
  lines: () => AsyncIterable<Uint8Array>,
  at: Location,
  others: Spawner,
): ReplayInput {
  const launch: Launch = { argv: [NAME] };
  return {
    block: {
      side: "input",
      at,
      source: { kind: "builtin", name: NAME },
      sourceAt: at,
      args: [],
      env: {},
      protocol: 0,
      readyTimeoutMs: 0,
      stdinGraceMs: 0,
      silentOutputWaitMs: 0,
      strayLines: "forward",
      restart: { policy: "never" },
      config: EMPTY,
    },
    provider: { name: NAME, launch },
    spawner: {
      spawn: (wanted) =>
        wanted === launch ? new LinesChild(lines()) : others.spawn(wanted),
    },
  };
}

const EMPTY: ConfigTree = {
  json: () => "{}",
  redactedJson: () => "{}",
  locate: () => undefined,
  keys: () => new Map(),
};

class LinesChild implements Child {
  /** No process has it. */
  readonly pid = 0;
  readonly stdin = new WritableStream<Uint8Array>();
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  readonly status: Promise<ExitStatus>;
  readonly #lines: AsyncIterator<Uint8Array>;
  readonly #exit = Promise.withResolvers<ExitStatus>();
  #stdout!: ReadableByteStreamController;
  #stderr!: ReadableStreamDefaultController<Uint8Array>;
  #hasEnded = false;

  constructor(lines: AsyncIterable<Uint8Array>) {
    this.#lines = lines[Symbol.asyncIterator]();
    this.status = this.#exit.promise;
    this.stdout = new ReadableStream({
      type: "bytes",
      start: (controller) => void (this.#stdout = controller),
      pull: () => this.#pull(),
      cancel: () => this.#end({ code: 0 }),
    });
    this.stderr = new ReadableStream({
      start: (controller) => void (this.#stderr = controller),
    });
  }

  terminate(): void {
    this.#end({ code: 0 });
  }

  kill(): void {
    this.#end({ code: 137, signal: "SIGKILL" });
  }

  async #pull(): Promise<void> {
    try {
      const chunk = await this.#nextChunk();
      if (this.#hasEnded) return;
      if (chunk === undefined) this.#end({ code: 0 });
      else this.#stdout.enqueue(chunk);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (!this.#hasEnded) {
        this.#stderr.enqueue(new TextEncoder().encode(`error: ${text}\n`));
      }
      this.#end({ code: 1 });
    }
  }

  /** Some lines, or one that is long. */
  async #nextChunk(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const lines: Uint8Array[] = [];
    let length = 0;
    while (length < CHUNK_BYTES) {
      const { done, value } = await this.#lines.next();
      if (done) break;
      lines.push(value);
      length += value.length + 1;
    }
    if (length === 0) return undefined;
    const chunk = new Uint8Array(length);
    let at = 0;
    for (const line of lines) {
      chunk.set(line, at);
      at += line.length;
      chunk[at++] = LINE_FEED;
    }
    return chunk;
  }

  #end(status: ExitStatus): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    void this.#lines.return?.();
    quietly(() => this.#stdout.close());
    quietly(() => this.#stdout.byobRequest?.respond(0));
    quietly(() => this.#stderr.close());
    this.#exit.resolve(status);
  }
}

/** A stream that its reader has cancelled can't be closed again. */
function quietly(action: () => void): void {
  try {
    action();
  } catch {
    // It is closed.
  }
}
