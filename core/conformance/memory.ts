/**
 * How much memory a provider takes, where the system tells.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import type { Bench } from "./bench.ts";
import { expect, NotApplicable } from "./check.ts";
import type { Peer } from "./peer.ts";

const MIB = 1024 * 1024;
/** More than any runtime takes for itself, less than what is offered meanwhile. */
const MAX_GROWTH = 80 * MIB;
const POLL_MS = 100;

/**
 * @throws {Unmet} When it takes more and more while `work` goes on.
 * @throws {NotApplicable} Where the system doesn't tell.
 */
export async function expectSteadyMemory(
  bench: Bench,
  peer: Peer,
  work: () => Promise<void>,
): Promise<void> {
  if (bench.world.os !== "linux") {
    throw new NotApplicable("only Linux tells how much memory a process takes");
  }
  const before = await residentBytes(peer.pid) ?? 0;
  let most = before;
  let isOver = false;
  const working = work().finally(() => isOver = true);
  working.catch(() => {}); // awaited below
  while (!isOver) {
    most = Math.max(most, await residentBytes(peer.pid) ?? 0);
    await bench.pause(POLL_MS);
  }
  await working;
  const growth = most - before;
  expect(
    growth < MAX_GROWTH,
    `its memory grew by ${Math.round(growth / MIB)} MiB, from ` +
      `${Math.round(before / MIB)} MiB`,
  );
}

/** `undefined` for a process that is gone. */
async function residentBytes(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8")
    .catch(() => "");
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}
