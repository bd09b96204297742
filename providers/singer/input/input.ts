/**
 * Runs a tap, once or again and again, and goes on from its newest state.
 *
 * @module
 */

import type { Input, InputBatch, InputContext, Json } from "@dstream/sdk";
import type { SingerInputConfig } from "./config.ts";
import { parseSchedule } from "./schedule.ts";
import { prepareCatalog } from "./tap_catalog.ts";
import { runTap } from "./tap_run.ts";
import { TapSetup } from "./tap_setup.ts";

/** A timer that lasts longer would fire at once. */
const LONGEST_SLEEP_MS = 24 * 60 * 60_000;

/** See the module. */
export class SingerInput implements Input {
  readonly #config: SingerInputConfig;

  constructor(config: SingerInputConfig) {
    this.#config = config;
  }

  async *read(
    resume: Json | undefined,
    context: InputContext,
  ): AsyncGenerator<InputBatch> {
    await using setup = await TapSetup.create(this.#config, context);
    const { signal } = context;
    let state = resume;
    // What has worked before may work again: a server that is away comes back.
    let isFirst = !this.#repeats || resume === undefined;
    if (this.#config.schedule !== undefined) await this.#pause(context);
    while (!signal.aborted) {
      const { args } = await prepareCatalog(setup);
      if (signal.aborted) return;
      const start = { state, catalogArgs: args, isFirst };
      state = yield* runTap(setup, start);
      isFirst = false;
      if (!this.#repeats) return;
      await this.#pause(context);
    }
  }

  get #repeats(): boolean {
    const { interval, schedule } = this.#config;
    return interval !== undefined || schedule !== undefined;
  }

  /** Until the tap is due again, or the stop. */
  async #pause(context: InputContext): Promise<void> {
    const { signal, log } = context;
    const dueMs = this.#nextMs(context.now());
    log.info(`the tap runs again at ${new Date(dueMs).toISOString()}`);
    while (!signal.aborted) {
      const leftMs = dueMs - context.now();
      if (leftMs <= 0) return;
      await context.sleep(Math.min(leftMs, LONGEST_SLEEP_MS));
    }
  }

  #nextMs(nowMs: number): number {
    const { interval, schedule } = this.#config;
    const parsed = schedule === undefined ? undefined : parseSchedule(schedule);
    return parsed !== undefined && "next" in parsed
      ? parsed.next(nowMs)
      : nowMs + (interval ?? 0);
  }
}
