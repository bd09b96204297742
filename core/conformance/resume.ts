/**
 * Kills an input at places that chance chooses, starts it with its newest state,
 * and compares what came with a run that nobody disturbed.
 *
 * Sources that count or tell the time never send the same twice. So what differs
 * between two whole runs is left out of the comparison.
 *
 * @module
 */

import { append } from "../base/append.ts";
import { isJsonObject } from "../base/json.ts";
import type { Json } from "../protocol/envelope.ts";
import { recordOf } from "../sdk/testing/start_lines.ts";
import type { Bench } from "./bench.ts";
import { expect, NotApplicable, quote } from "./check.ts";

const KILLS = 3;

/** @throws {Unmet | NotApplicable} */
export async function goesOnAfterKills(bench: Bench): Promise<void> {
  const { envelopes: wanted, features } = await bench.wholeRun();
  if (!features.includes("state")) {
    throw new NotApplicable("it did not agree to the feature `state`");
  }
  const again = await bench.runToEnd();
  const know = identityOf(wanted, again.envelopes);
  const { envelopes, places } = await killed(bench, wanted.length);
  const seen = envelopes.map(know);
  const where = `killed after ${places.join(", ")} of ${wanted.length}`;
  wanted.map(know).forEach((text, index) =>
    expect(
      seen[index] === text,
      `${where}, envelope ${index + 1} was ${
        quote(seen[index] ?? "missing")
      } ` +
        `instead of ${quote(text)}`,
    )
  );
  expect(
    seen.length === wanted.length,
    `${where}, ${seen.length} envelopes came`,
  );
}

/** What counts as delivered: everything up to the state that was gone on from. */
async function killed(bench: Bench, count: number) {
  const delivered: string[] = [];
  const places: number[] = [];
  let state: Json | undefined;
  for (let kills = 0; kills < KILLS; kills++) {
    const left = count - delivered.length;
    if (left <= 1) break;
    const place = 1 + Math.floor(bench.world.random.next() * (left - 1));
    const part = await killedAfter(bench, place, state);
    if (part.state === undefined) continue; // from the same place once more
    places.push(delivered.length + place);
    append(delivered, part.envelopes);
    state = part.state;
  }
  expect(places.length > 0, "it agreed to `state` and wrote no state in time");
  if (delivered.length < count) {
    append(delivered, (await bench.runToEnd(state)).envelopes);
  }
  return { envelopes: delivered, places };
}

/** @returns The newest state that was read, and what came before it. */
async function killedAfter(bench: Bench, place: number, resume?: Json) {
  await using peer = await bench.readyAlone(bench.config, {
    ...resume !== undefined && { resume },
  });
  const envelopes: string[] = [];
  let covered = 0;
  let state: Json | undefined;
  for (let line; (line = await peer.line()) !== undefined;) {
    const record = recordOf(line);
    if (record?.end === true) break;
    if (record === undefined) envelopes.push(line);
    else if (record.state !== undefined) {
      state = record.state;
      covered = envelopes.length;
      if (envelopes.length >= place) break;
    }
  }
  peer.kill();
  return { envelopes: envelopes.slice(0, covered), state };
}

/** @returns What an envelope is known by: its data, without what always differs. */
function identityOf(
  first: readonly string[],
  second: readonly string[],
): (line: string) => string {
  const differing = new Set<string>();
  first.forEach((line, index) => {
    const [a, b] = [dataOf(line), dataOf(second[index])];
    for (const key of Object.keys(a)) {
      if (JSON.stringify(a[key]) !== JSON.stringify(b[key])) differing.add(key);
    }
  });
  return (line) => {
    const entries = Object.entries(dataOf(line));
    return JSON.stringify(entries.filter(([key]) => !differing.has(key)));
  };
}

/** Data that is no object is known as a whole. */
function dataOf(line: string | undefined): Record<string, unknown> {
  if (line === undefined) return {};
  const { data } = JSON.parse(line);
  return isJsonObject(data) ? data : { data };
}
