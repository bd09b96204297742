/**
 * One target for one task at a time, over the death of this process.
 *
 * A target whose dstream is gone still writes what it has. A second one beside it
 * would write the same rows, or wait for the same lock. So its process id stands in
 * a file, and the next target waits until that process has ended.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OpenContext } from "@dstream/sdk";
import { isAlive, startOf } from "../alive.ts";

const POLL_MS = 100;
/** A CLI waits 30 s for a provider to be ready. */
const PATIENCE_MS = 25_000;

/** See the module. */
export class OneTarget {
  readonly #path: string;
  readonly #context: OpenContext;

  /** @param identity What the target is: same words, same destination. */
  constructor(identity: string, context: OpenContext) {
    this.#context = context;
    const words = JSON.stringify([
      context.taskName ?? "",
      Deno.cwd(),
      identity,
    ]);
    const hash = createHash("sha256").update(words).digest("hex").slice(0, 32);
    this.#path = join(tmpdir(), `dstream-target-${hash}`);
  }

  /** Waits for the target of an earlier run. @throws when it takes too long. */
  async wait(): Promise<void> {
    const { monotonicMs, sleep, signal, log } = this.#context;
    const startMs = monotonicMs();
    let isTold = false;
    for (;;) {
      const pid = this.#running();
      if (pid === undefined || signal.aborted) return;
      if (!isTold) log.info(`waiting for the target of an earlier run, ${pid}`);
      isTold = true;
      if (monotonicMs() - startMs > PATIENCE_MS) {
        throw new Error(
          `the target of an earlier run still writes: process ${pid}`,
        );
      }
      await sleep(POLL_MS);
    }
  }

  /** This one runs from now on. */
  note(pid: number): void {
    try {
      const text = `${pid} ${startOf(pid) ?? ""}`;
      Deno.writeTextFileSync(this.#path, text, { mode: 0o600 });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#context.log.debug(`cannot write ${this.#path}: ${why}`);
    }
  }

  /** It has ended. */
  forget(): void {
    try {
      Deno.removeSync(this.#path);
    } catch {
      // Gone already.
    }
  }

  #running(): number | undefined {
    let text: string;
    try {
      text = Deno.readTextFileSync(this.#path);
    } catch {
      return undefined;
    }
    const [, pid, start] = /^(\d+) (\S*)/.exec(text) ?? [];
    if (pid === undefined || !isAlive(Number(pid))) return undefined;
    // Another process may have got the number since.
    const isSame = start === "" || startOf(Number(pid)) === start;
    return isSame ? Number(pid) : undefined;
  }
}
