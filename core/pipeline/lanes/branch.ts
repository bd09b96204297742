/**
 * An output that has transforms of its own: what they take out, the others get.
 *
 * The relay hands it the task's lines as it does to every output; the lane behind it
 * sees only those that pass. So there are two counts: the lines of the task, which
 * are the same for all outputs, and the lines of the lane.
 *
 * @module
 */

import type { RawSchema } from "../../protocol/mod.ts";
import type {
  Origin,
  RelayLane,
  RelayTransforms,
  TransformedChunk,
} from "../relay/relay_ports.ts";
import { afterLines } from "../relay/after_lines.ts";
import { cutAt } from "../relay/cut_at.ts";
import { composeRuns, cutRuns, passedPlaces, sumOf } from "../relay/runs.ts";
import type { ReplayWindow } from "../relay/window.ts";
import type { LineRange } from "../settle/left_out.ts";
import { PositionMap } from "../settle/position_map.ts";
import type { RejectedLine } from "../settle/rejections.ts";
import type { OutputLane } from "./output_lane.ts";

/** A line that the transforms refuse; its position is that of the task's line. */
export interface BranchRefusal extends RejectedLine {
  /** Whose envelope it was. */
  readonly input: number;
  /** As that input counts. */
  readonly inputPosition: number;
}

/** What a branch needs. */
export interface BranchOptions {
  readonly lane: OutputLane;
  readonly transformer: RelayTransforms["transformer"];
  /** Whether refused envelopes have a place; else the first ends the task. */
  readonly keepsRejected: boolean;
  /**
   * Once for each envelope that the transforms refuse, many at a time and in their
   * order. Resolves when more may come, which can be before it has found its place;
   * what it throws ends the task.
   */
  readonly onRejected: (rejected: BranchRefusal) => Promise<void>;
  /**
   * Called before the lines count as settled here.
   * @param end The branch has decided on the task's lines before it.
   * @param ranges What it took out of them, and did not refuse, since the last call.
   */
  readonly onTookOut: (end: number, ranges: readonly LineRange[]) => void;
}

/** Lines of the task, and what they come from. */
interface Part {
  readonly bytes: Uint8Array;
  readonly lines: number;
  readonly origin: Origin;
}

/** One output behind its own transforms; see the module. */
export class Branch implements RelayLane {
  readonly #options: BranchOptions;
  /** From the lane's lines to the task's. */
  readonly #map = new PositionMap();
  /** Lines of the task that were decided on. */
  #decided = 0;
  /** Of those: passed, and waiting for room. */
  #waiting = 0;

  constructor(options: BranchOptions) {
    this.#options = options;
  }

  get window(): ReplayWindow {
    return this.#options.lane.window;
  }

  /** Lines of the task that were handed over, or are none of this output's. */
  get handedLines(): number {
    return this.#decided - this.#waiting;
  }

  /** Lines of the task that need nothing from this output any more. */
  get settledLines(): number {
    this.#map.settle(this.#options.lane.ledger.settled);
    return this.#map.settled;
  }

  /** Which line of the task an unsettled line of the lane is. */
  lineOf(position: number): number {
    return this.#map.inputOf(position);
  }

  /** Takes them through the transforms, and hands over what passes. */
  async hand(
    bytes: Uint8Array,
    lines: number,
    origin: Origin,
  ): Promise<void> {
    const outcome = this.#options.transformer.applyChunk(bytes);
    const { capacityBytes } = this.window;
    const { keepsRejected } = this.#options;
    const first = cutAt(outcome, lines, { capacityBytes, keepsRejected });
    if (first > 0 && first < lines) {
      for (const part of cutPart({ bytes, lines, origin }, first)) {
        await this.hand(part.bytes, part.lines, part.origin);
      }
      return;
    }
    if (outcome.failure !== undefined) throw outcome.failure.error;
    await this.#handOutcome(outcome, lines, origin);
  }

  /** A schema as the transforms make it. */
  async schema(schema: RawSchema): Promise<void> {
    const { transformer, lane } = this.#options;
    const shaped = transformer.applySchema(schema);
    if (shaped !== undefined) await lane.schema(shaped);
  }

  /** Envelopes of which nothing came for any output. */
  tookOut(origin: Origin): void {
    this.#options.lane.tookOut(origin);
  }

  /** Resolves when what was handed over last is written. */
  flush(): Promise<void> {
    return this.#options.lane.flush();
  }

  async #handOutcome(
    { bytes, runs, rejects }: TransformedChunk,
    lines: number,
    from: Origin,
  ): Promise<void> {
    const { lane, onTookOut } = this.#options;
    const { input, inputStart, runs: outer } = from;
    const start = this.#decided;
    const refused = rejects.map(({ index }) => start + index);
    await this.#refuse(rejects, from);
    this.#decided += lines;
    onTookOut(this.#decided, rangesOf(runs, start, refused));
    const { handed } = lane.ledger;
    const passed = this.#map.note(runs, handed, start) - handed;
    const origin = { input, inputStart, runs: composeRuns(outer, runs) };
    this.#waiting = passed;
    if (passed === 0) lane.tookOut(origin);
    else await lane.hand(bytes, passed, origin, false);
    this.#waiting = 0;
  }

  async #refuse(
    rejects: TransformedChunk["rejects"],
    { input, inputStart, runs }: Origin,
  ): Promise<void> {
    if (rejects.length === 0) return;
    const places = passedPlaces(runs);
    await Promise.all(
      rejects.map(({ line, index, reason, code }) =>
        this.#options.onRejected({
          line,
          position: this.#decided + index + 1,
          reason,
          code,
          input,
          inputPosition: inputStart + places[index],
        })
      ),
    );
  }
}

function cutPart(
  { bytes, lines, origin }: Part,
  first: number,
): readonly Part[] {
  const { lengthBytes } = afterLines(bytes, first);
  const [before, after] = cutRuns(origin.runs, first);
  const { input, inputStart } = origin;
  return [
    {
      bytes: bytes.subarray(0, lengthBytes),
      lines: first,
      origin: { input, inputStart, runs: before },
    },
    {
      bytes: bytes.subarray(lengthBytes),
      lines: lines - first,
      origin: { input, inputStart: inputStart + sumOf(before), runs: after },
    },
  ];
}

/**
 * What was taken out and not refused.
 * @param refused Lines, in order.
 */
function rangesOf(
  runs: readonly number[],
  start: number,
  refused: readonly number[],
): readonly LineRange[] {
  const ranges: LineRange[] = [];
  let [at, next] = [start, 0];
  for (const [i, count] of runs.entries()) {
    let from = at;
    at += count;
    if (i % 2 === 0) continue;
    for (; next < refused.length && refused[next] < at; next++) {
      if (refused[next] > from) {
        ranges.push({ start: from, end: refused[next] });
      }
      from = refused[next] + 1;
    }
    if (from < at) ranges.push({ start: from, end: at });
  }
  return ranges;
}
