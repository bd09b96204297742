/**
 * The promise itself, held against a real source or destination: nothing is
 * confirmed before it is delivered, and nothing acknowledged before it is durable.
 *
 * They are functions, not tests, so that providers that break the promise can be
 * shown to fail them (tests/conformance/mutants_test.ts).
 *
 * @module
 */

import assert from "node:assert/strict";
import type { JsonObject } from "../../protocol/envelope.ts";
import type { Fixture } from "./both_roles.ts";
import { readyAs } from "./both_roles.ts";
import { recordOf, version2Line } from "./start_lines.ts";
import { Running, type Subject } from "./subject.ts";

/** A source that keeps a checkpoint of its own. */
export interface ConfirmedSource extends Fixture {
  readonly count: number;
  /**
   * How many envelopes the source would send again now. Throws when it was told
   * something that makes no sense, such as the same thing twice.
   */
  unconfirmed(): number | Promise<number>;
}

/** A destination that can be made to stand still. */
export interface StallingDestination extends Fixture {
  /** From now on it takes nothing; @returns How it goes on. */
  stall(): Promise<() => Promise<void>>;
}

/** How long something that must not happen is waited for. */
const NOTHING_MS = 400;
const PATIENCE_MS = 120_000;
const POLL_MS = 25;

/**
 * The source is told what was delivered: not before, in order, and all of it.
 *
 * @param identify What a line is known by: how often it was sent may stand in it.
 */
export async function assertConfirmsWhatIsDelivered(
  subject: Subject,
  source: ConfirmedSource,
  identify: (line: string) => string = (line) => line,
): Promise<void> {
  const here = { ...subject, cwd: source.cwd ?? subject.cwd };
  const { count } = source;
  const half = Math.floor(count / 2);
  const all = await killedAfterAck(here, source, half);
  assert.equal(all.length, count, "envelopes of the first run");
  await using running = new Running(here);
  await running.send(version2Line(source.config));
  await readyAs(running, 2);
  const again = await readToEnd(running);
  const known = new Set(again.map(identify));
  for (const line of all.slice(half)) {
    assert.ok(
      known.has(identify(line)),
      `lost after SIGKILL: ${line.slice(0, 200)}`,
    );
  }
  await running.sendControl({ ack: again.length });
  await running.closeStdin();
  await running.endsWith(0);
  assert.equal(await source.unconfirmed(), 0, "left unconfirmed at the end");
}

/** @returns What was sent; all but the first half is unconfirmed still. */
async function killedAfterAck(
  subject: Subject,
  source: ConfirmedSource,
  half: number,
): Promise<string[]> {
  await using running = new Running(subject);
  await running.send(version2Line(source.config));
  await readyAs(running, 2);
  const lines = await readToEnd(running);
  await stays(source, source.count, "confirmed before any acknowledgement");
  await running.sendControl({ ack: half });
  await stays(source, source.count - half, "confirmed beyond it");
  running.kill("SIGKILL");
  await running.end();
  return lines;
}

async function stays(
  source: ConfirmedSource,
  atLeast: number,
  what: string,
): Promise<void> {
  for (let waitedMs = 0; waitedMs < NOTHING_MS; waitedMs += POLL_MS) {
    const left = await source.unconfirmed();
    assert.ok(left >= atLeast, `${what}: ${left} are left of ${atLeast}`);
    await pause();
  }
}

async function readToEnd(running: Running): Promise<string[]> {
  const lines = await running.linesUntil((line) =>
    recordOf(line)?.end === true
  );
  return lines.filter((line) => recordOf(line) === undefined);
}

/** What a destination that stands still was given is never acknowledged. */
export async function assertWaitsForDestination(
  subject: Subject,
  destination: StallingDestination,
  envelopes: readonly JsonObject[],
): Promise<void> {
  const here = { ...subject, cwd: destination.cwd ?? subject.cwd };
  await using running = new Running(here);
  await running.send(version2Line(destination.config));
  await readyAs(running, 2);
  const release = await destination.stall();
  let acknowledged = 0;
  const isOver = hear(running, (position) => acknowledged = position);
  for (const envelope of envelopes) await running.sendJson(envelope);
  for (let waitedMs = 0; waitedMs < NOTHING_MS; waitedMs += POLL_MS) {
    assert.equal(acknowledged, 0, "acknowledged by a destination that stalls");
    await pause();
  }
  await release();
  for (let waitedMs = 0; acknowledged < envelopes.length; waitedMs += POLL_MS) {
    assert.ok(waitedMs < PATIENCE_MS, `only ${acknowledged} acknowledged`);
    await pause();
  }
  await running.closeStdin();
  await isOver;
  await running.endsWith(0);
  assert.equal(acknowledged, envelopes.length);
}

async function hear(
  running: Running,
  onAck: (position: number) => void,
): Promise<void> {
  for (let line; (line = await running.line()) !== undefined;) {
    const ack = recordOf(line)?.ack;
    if (typeof ack === "number") onAck(ack);
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS));
}
