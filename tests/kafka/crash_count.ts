/**
 * What arrived: all of it, in order, and what of it more than once, and why.
 *
 * @module
 */

import { type Message, readTopic } from "../support/kafka/read_topic.ts";
import { range } from "../support/kafka/topic.ts";
import type { Kafka } from "../support/servers/kafka.ts";
import type { TempFolder } from "../support/temp_folder.ts";
import {
  type Arrived,
  type Row,
  TABLES,
  topicsOf,
  WINDOW_ENVELOPES,
} from "./crash_config.ts";

/** Something that was interrupted, and when. */
export interface Told {
  readonly what: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/**
 * A state is stored at most a second after what is before it was confirmed, and the
 * file input's lie a quarter of a second apart; the rest is a machine that is busy.
 */
export const EXPLAINED_MS = 5000;

/** The lines of files, and which numbers are in them. */
export class Arrivals {
  constructor(
    private readonly folder: TempFolder,
    private readonly names: readonly string[],
  ) {}

  async count(): Promise<number> {
    const numbers = new Set<number>();
    for (const file of await this.#files()) {
      for (const { data } of file) numbers.add(data.n);
    }
    return numbers.size;
  }

  /**
   * In the order of the partitions. Numbers say too little: what the writer doubled
   * may be read the first time by one and the second time by the other, who has got
   * the partition meanwhile.
   * @returns How many lines are there more than once.
   */
  async assertOrder(): Promise<number> {
    const numbers = new Set<number>();
    let lines = 0;
    for (const file of await this.#files()) {
      assertFirstInOrder(file.map(({ metadata: { kafka } }) => ({
        of: `${kafka.topic}/${kafka.partition}`,
        place: kafka.offset,
      })));
      for (const { data } of file) numbers.add(data.n);
      lines += file.length;
    }
    return lines - numbers.size;
  }

  async #files(): Promise<Arrived[][]> {
    return await Promise.all(this.names.map(async (name) => {
      const text = await this.folder.read(name).catch(() => "");
      const whole = text.slice(0, text.lastIndexOf("\n") + 1);
      return whole.split("\n").filter(Boolean).map((line) => JSON.parse(line));
    }));
  }
}

/**
 * Each number in its topic; a smaller one only where it was there before; more than
 * once only what a kill of the writer explains.
 * @param explainedMs So long before or behind a kill it was written.
 * @returns How many are there more than once.
 */
export async function assertWritten(
  server: Kafka,
  name: string,
  envelopes: number,
  told: readonly Told[],
  explainedMs: number,
): Promise<number> {
  const kills = told.filter(({ what }) => what.startsWith("write"));
  const numbers = new Set<number>();
  let messages = 0;
  const unexplained: string[] = [];
  for (const table of range(TABLES)) {
    const [topic] = topicsOf(name, table);
    const found = await readTopic(server.bootstrap, topic);
    const rows = rowsOf(found);
    assertFirstInOrder(rows.map(changeOfRow));
    for (const { n } of rows) numbers.add(n);
    messages += rows.length;
    unexplained.push(...unexplainedOf(found, kills, explainedMs));
  }
  if (numbers.size !== envelopes) {
    throw new Error(`${numbers.size} of ${envelopes} are in the topics`);
  }
  // What was written while brokers came and went may be confirmed much later.
  if (unexplained.length > kills.length * WINDOW_ENVELOPES) {
    const happened = told.map(({ what, atMs }) => `${atMs} ${what}`);
    throw new Error(
      `${unexplained.length} are doubled that no kill explains ` +
        `(${kills.length} kills), such as\n` +
        `${unexplained.slice(0, 5).join("\n")}\n${happened.join("\n")}`,
    );
  }
  return messages - numbers.size;
}

/** What was copied in transactions is what there was: as often, and in order. */
export async function assertCopied(server: Kafka, name: string): Promise<void> {
  for (const table of range(TABLES)) {
    const [from, to] = topicsOf(name, table);
    const [source, copy] = [
      rowsOf(await readTopic(server.bootstrap, from)),
      rowsOf(await readTopic(server.bootstrap, to)),
    ];
    assertFirstInOrder(copy.map(changeOfRow));
    const [wanted, found] = [sorted(source), sorted(copy)];
    if (wanted.join() !== found.join()) {
      throw new Error(
        `${from} has ${wanted.length} messages and ${to} ${found.length}: ` +
          difference(wanted, found),
      );
    }
  }
}

/** Doubled ones whose first was not written shortly before a kill. */
function unexplainedOf(
  messages: readonly Message[],
  kills: readonly Told[],
  explainedMs: number,
): string[] {
  const firsts = new Map<number, Message>();
  const found: string[] = [];
  for (const message of messages) {
    const { n }: Row = JSON.parse(message.value!);
    const first = firsts.get(n);
    if (first === undefined) {
      firsts.set(n, message);
      continue;
    }
    const ms = first.timestampMs;
    // Also behind the kill: what the dead one had sent is still written, and the
    // next one begins with the state before it.
    if (kills.some(({ atMs }) => Math.abs(atMs - ms) < explainedMs)) {
      continue;
    }
    found.push(
      `${n} of partition ${message.partition}: offset ${first.offset} at ${ms}, ` +
        `offset ${message.offset} at ${message.timestampMs}`,
    );
  }
  return found;
}

function rowsOf(messages: readonly Message[]): Row[] {
  return messages.map(({ value }) => JSON.parse(value!));
}

function sorted(rows: readonly Row[]): number[] {
  return rows.map(({ n }) => n).sort((a, b) => a - b);
}

function difference(wanted: readonly number[], found: readonly number[]) {
  const counts = new Map<number, number>();
  for (const n of wanted) counts.set(n, (counts.get(n) ?? 0) - 1);
  for (const n of found) counts.set(n, (counts.get(n) ?? 0) + 1);
  const off = [...counts].filter(([, count]) => count !== 0);
  const lost = off.filter(([, count]) => count < 0).length;
  return `${lost} lost, ${off.length - lost} doubled, such as ${off[0]}`;
}

/** One of many of something, which have an order. */
interface Placed {
  readonly of: string;
  readonly place: number;
}

function changeOfRow({ id, n, t }: Row): Placed {
  return { of: `${t}/${id}`, place: n };
}

/** They appear in order; repeats of what was there are none. */
function assertFirstInOrder(all: readonly Placed[]): void {
  const last = new Map<string, number>();
  const seen = new Map<string, Set<number>>();
  for (const { of, place } of all) {
    const known = seen.get(of) ?? new Set();
    seen.set(of, known);
    if (!known.has(place) && place < (last.get(of) ?? -1)) {
      throw new Error(`${of}: ${place} came after ${last.get(of)}`);
    }
    known.add(place);
    last.set(of, Math.max(place, last.get(of) ?? -1));
  }
}
