/**
 * The target of the moment: started when there is something for it, told of streams
 * and of our markers, and closed when all of it has to be durable.
 *
 * @module
 */

import type { OpenContext, OutputContext } from "@dstream/sdk";
import type { SingerLaunch } from "../singer_process.ts";
import { type AnyTarget, PrintedMessages, STDOUT } from "./any_target.ts";
import type { OneTarget } from "./one_target.ts";
import { FIRST_MARKER, type Positions } from "./positions.ts";
import { TargetProcess } from "./target_process.ts";
import type { TargetStream } from "./target_stream.ts";

/** A marker comes after so many records, or more where it names many streams. */
const MARKER_RECORDS = 1000;
const MARKER_CHARACTERS = 1024 * 1024;
const RECORDS_PER_STREAM = 10;
/** How long a target has to end when nobody waits for it any more. */
const LAST_MS = 4000;
const TOLD_STRAYS = 10;

/** What it is made of. */
export interface FeedParts {
  readonly launch: SingerLaunch;
  readonly log: OpenContext["log"];
  readonly one: OneTarget;
  readonly positions: Positions;
  /** Whether states that come back say what is durable. */
  readonly believesStates: boolean;
  /** More is durable than before. */
  readonly onSettled: () => void;
}

/** See the module. */
export class TargetFeed {
  readonly #parts: FeedParts;
  #target: AnyTarget | undefined;
  /** Where messages go that are for no target. */
  print: OutputContext["print"] = () => Promise.resolve();
  /** Counts the processes of the target. */
  #generation = 0;
  /** Records and characters since the last marker. */
  #records = 0;
  #characters = 0;
  #strays = 0;

  constructor(parts: FeedParts) {
    this.#parts = parts;
  }

  /** The one that runs. */
  get target(): AnyTarget | undefined {
    return this.#target;
  }

  /** Whether it knows the stream as it is. */
  knows(stream: TargetStream | undefined): boolean {
    return stream !== undefined && stream.toldIn === this.#generation;
  }

  /** The target, which knows the stream as it is now. */
  async ready(stream: TargetStream): Promise<AnyTarget> {
    const target = this.#target ??= await this.#start();
    if (stream.toldIn !== this.#generation) {
      await target.write(stream.message());
      stream.toldIn = this.#generation;
    }
    return target;
  }

  async #start(): Promise<AnyTarget> {
    const { launch, one, positions, onSettled, believesStates } = this.#parts;
    this.#generation++;
    if (launch.program[0] === STDOUT) return new PrintedMessages(this.print);
    await one.wait();
    const target = new TargetProcess(launch, {
      onState: (state) => {
        if (believesStates && positions.takeEcho(state)) onSettled();
      },
      onStray: (line) => this.#tellStray(line),
    });
    one.note(target.pid);
    await target.write(stateText(FIRST_MARKER));
    return target;
  }

  async finish(): Promise<void> {
    const target = this.#target;
    if (target !== undefined) {
      if (this.#records > 0) await this.#writeMarker(target);
      await target.finish();
      this.#target = undefined;
      this.#parts.one.forget();
    }
    this.#parts.positions.takeEnd();
  }

  async say(target: AnyTarget, message: string): Promise<void> {
    this.#records++;
    this.#characters += message.length;
    await target.write(message);
  }

  async mark(target: AnyTarget): Promise<void> {
    const most = Math.max(
      MARKER_RECORDS,
      RECORDS_PER_STREAM * this.#parts.positions.streamCount,
    );
    const isDue = this.#records >= most ||
      this.#characters >= MARKER_CHARACTERS;
    if (isDue) await this.#writeMarker(target);
  }

  async #writeMarker(target: AnyTarget): Promise<void> {
    this.#records = this.#characters = 0;
    await target.write(stateText(this.#parts.positions.marker()));
  }

  /** Nobody waits for it any more, but whoever comes next. */
  async abandon(): Promise<void> {
    const target = this.#target;
    if (target !== undefined && !target.hasEnded) {
      await Promise.race([target.abandon(), pause(LAST_MS)]);
    }
    if (target?.hasEnded) this.#parts.one.forget();
  }

  #tellStray(line: string): void {
    this.#strays++;
    const { log } = this.#parts;
    if (this.#strays <= TOLD_STRAYS) log.info(line.slice(0, 1000));
  }
}

function stateText(value: unknown): string {
  return JSON.stringify({ type: "STATE", value });
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) =>
    Deno.unrefTimer(setTimeout(resolve, delayMs))
  );
}
