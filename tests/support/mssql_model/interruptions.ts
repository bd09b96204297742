/**
 * What happens to the next statements of a kind: an error, a lost connection, a wait,
 * a clean-up that runs just then.
 *
 * @module
 */

import type { TdsSession } from "../tds/session.ts";
import type { ModelDatabase } from "./database.ts";

/** Where in a statement: before it, or between its parts where it has some. */
export type Point = "start" | "before_rows" | "in_rows" | "after_rows";

/** What an interruption is told. */
export interface Moment {
  /** The statement's tag: `poll`, `changes`, `move offsets`. */
  readonly tag: string;
  readonly sql: string;
  readonly session: TdsSession;
  readonly database: ModelDatabase;
  /** Aborted when the client cancels or goes. */
  readonly signal: AbortSignal;
}

/** Throws to fail the statement; waits to make it slow. */
export type Interruption = (moment: Moment) => void | Promise<void>;

interface Planned {
  readonly tag: string;
  readonly point: Point;
  readonly action: Interruption;
  skip: number;
  times: number;
}

/** Interruptions that wait for their statement. */
export class Interruptions {
  readonly #planned: Planned[] = [];

  /**
   * @param tag A statement's tag, or the beginning of several.
   * @param options.times How often; once when not given.
   * @param options.skip How many statements are left in peace before.
   */
  at(tag: string, action: Interruption, options: {
    readonly point?: Point;
    readonly times?: number;
    readonly skip?: number;
  } = {}): void {
    const { point = "start", times = 1, skip = 0 } = options;
    this.#planned.push({ tag, point, action, times, skip });
  }

  /** Whether all have happened. */
  get areOver(): boolean {
    return this.#planned.length === 0;
  }

  clear(): void {
    this.#planned.length = 0;
  }

  /** Runs what is planned for this moment. */
  async meet(point: Point, moment: Moment): Promise<void> {
    const planned = this.#planned.find((one) =>
      one.point === point && moment.tag.startsWith(one.tag)
    );
    if (planned === undefined) return;
    if (planned.skip > 0) {
      planned.skip--;
      return;
    }
    if (--planned.times <= 0) {
      this.#planned.splice(this.#planned.indexOf(planned), 1);
    }
    await planned.action(moment);
  }
}
