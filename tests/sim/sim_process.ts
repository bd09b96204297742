/**
 * A provider process that exists only in a simulated world: pipes that fill, a
 * death at any moment.
 *
 * Whoever plays it awaits its methods; once it is dead none of them returns.
 *
 * @module
 */

import type { Child, ExitStatus, Launch } from "../../core/ports/mod.ts";
import type { Chance } from "./chance.ts";
import type { SimClock } from "./sim_clock.ts";
import { BrokenPipe, SimPipe } from "./sim_pipe.ts";

const NEVER = new Promise<never>(() => {});
const KILLED = { code: 137, signal: "SIGKILL" };

/** One process. */
export class SimProcess implements Child {
  readonly stdin: WritableStream<Uint8Array>;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  readonly status: Promise<ExitStatus>;
  /** What the pipeline writes, before it goes into the pipe. */
  onStdin: (text: string) => void = () => {};
  onExit: (status: ExitStatus) => void = () => {};
  /** How many more things it does before it dies. */
  actsLeft = Infinity;
  /** Once it is gone: whether nothing was left of its stdin, and none could come. */
  hasReadAll = false;
  deathStatus: ExitStatus = KILLED;
  readonly #in: SimPipe;
  readonly #out: SimPipe;
  readonly #exit = Promise.withResolvers<ExitStatus>();
  readonly #clock: SimClock;
  readonly #chance: Chance;
  readonly #decoder = new TextDecoder();
  readonly #encoder = new TextEncoder();
  #rest = "";
  #isGone = false;
  #isMute = false;

  constructor(
    /** Negative: no process of this machine is ever meant. */
    readonly pid: number,
    readonly launch: Launch,
    clock: SimClock,
    chance: Chance,
  ) {
    this.#clock = clock;
    this.#chance = chance;
    this.#in = new SimPipe(chance.pick([16, 100, 1000, 65_536]));
    this.#out = new SimPipe(chance.pick([16, 100, 1000, 65_536]));
    this.status = this.#exit.promise;
    this.stdin = this.#openStdin();
    this.stdout = this.#openStdout();
    this.stderr = new ReadableStream({
      start: (controller) => {
        void this.status.then(() => controller.close());
      },
    });
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  terminate(): void {
    this.exit({ code: 143, signal: "SIGTERM" });
  }

  kill(): void {
    this.exit(KILLED);
  }

  /** Ends now. What it has written stays readable. */
  exit(status: ExitStatus): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.hasReadAll = this.#in.isAtEnd && this.#rest === "";
    this.#in.closeReader();
    this.#out.closeWriter();
    this.onExit(status);
    this.#exit.resolve(status);
  }

  /** Nobody reads its stdout or writes to its stdin any more. */
  orphan(): void {
    this.#in.closeWriter();
    this.#out.closeReader();
  }

  closeStdin(): void {
    this.#in.closeReader();
  }

  closeStdout(): void {
    this.#isMute = true;
    this.#out.closeWriter();
  }

  async sleep(delayMs: number): Promise<void> {
    await this.#act(this.#clock.sleep(delayMs));
  }

  /** The whole lines that came next, without line feeds; `undefined` at the end. */
  async readLines(): Promise<string[] | undefined> {
    for (;;) {
      const size = this.#chance.pick([1, 50, 700, 65_536]);
      const bytes = await this.#act(this.#in.read(size));
      if (bytes === undefined) return undefined;
      this.#rest += this.#decoder.decode(bytes, { stream: true });
      const end = this.#rest.lastIndexOf("\n");
      if (end < 0) continue;
      const lines = this.#rest.slice(0, end).split("\n");
      this.#rest = this.#rest.slice(end + 1);
      return lines;
    }
  }

  /** Writes to stdout; a death may leave half of it there. */
  async write(text: string): Promise<void> {
    if (this.#isMute) this.exit({ code: 1 });
    const bytes = this.#encoder.encode(text);
    const isLast = this.actsLeft <= 1;
    const part = isLast ? this.#chance.int(0, bytes.length) : bytes.length;
    const written = this.#out.write(bytes.subarray(0, part));
    try {
      await this.#act(written);
    } catch (error) {
      if (!(error instanceof BrokenPipe)) throw error;
      this.exit({ code: 1 });
      await NEVER;
    }
  }

  /** One thing done: it may be the last. */
  async #act<T>(action: Promise<T>): Promise<T> {
    action.catch(() => {});
    if (this.#isGone) return await NEVER;
    const result = await action;
    if (this.#isGone) return await NEVER;
    if (--this.actsLeft > 0) return result;
    this.exit(this.deathStatus);
    return await NEVER;
  }

  #openStdin(): WritableStream<Uint8Array> {
    const decoder = new TextDecoder();
    return new WritableStream({
      write: (bytes) => {
        this.onStdin(decoder.decode(bytes, { stream: true }));
        return this.#in.write(bytes);
      },
      close: () => this.#in.closeWriter(),
      abort: () => this.#in.closeWriter(),
    });
  }

  #openStdout(): ReadableStream<Uint8Array> {
    return new ReadableStream({
      type: "bytes",
      pull: async (controller) => {
        const wanted = controller.byobRequest?.view?.byteLength ?? 65_536;
        const most = this.#chance.pick([7, 200, 65_536]);
        const bytes = await this.#out.read(Math.min(wanted, most));
        const request = controller.byobRequest;
        if (bytes === undefined) {
          controller.close();
          request?.respond(0);
        } else if (request?.view) {
          new Uint8Array(request.view.buffer, request.view.byteOffset).set(
            bytes,
          );
          request.respond(bytes.length);
        } else controller.enqueue(bytes.slice());
      },
      cancel: () => this.#out.closeReader(),
    });
  }
}
