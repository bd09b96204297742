/**
 * What arrived at the topics, held against what was promised: every change, each
 * table in its order, and a change that comes twice has one message id.
 *
 * @module
 */

import type { Arrival } from "./topic_reader.ts";

/** One table's changes, numbered from 1 by whoever made them. */
class TableLedger {
  readonly ids: string[] = [];
  highest = 0;
  last = 0;
  duplicates = 0;
  stepsBack = 0;
}

/** Counts by topic. */
export class TopicLedger {
  readonly problems: string[] = [];
  readonly #byTopic: ReadonlyMap<string, TableLedger>;
  /** Each is a change of one table; another table may not have it. */
  readonly #topicOfId = new Map<string, string>();
  total = 0;

  constructor(topics: readonly string[], readonly changesOfTable: number) {
    this.#byTopic = new Map(topics.map((topic) => [topic, new TableLedger()]));
  }

  get duplicates(): number {
    return this.#sum(({ duplicates }) => duplicates);
  }

  /** How often something began anew behind what had come. */
  get stepsBack(): number {
    return this.#sum(({ stepsBack }) => stepsBack);
  }

  get isComplete(): boolean {
    return [...this.#byTopic.values()]
      .every(({ highest }) => highest === this.changesOfTable);
  }

  add({ topic, messageId, body: { data, metadata } }: Arrival): void {
    const n = Number(data.n);
    const table = this.#byTopic.get(topic);
    if (table === undefined || metadata.Destination !== topic) {
      this.#problem(`${metadata.Destination} came to ${topic}`);
      return;
    }
    if (n <= table.last) table.stepsBack++;
    table.last = n;
    if (n <= table.highest) {
      table.duplicates++;
      // One that was passed over comes late, which was said when it happened.
      const first = table.ids[n] ??= messageId;
      if (first !== messageId) {
        this.#problem(`${topic} ${n} has two ids: ${first}, ${messageId}`);
      }
      return;
    }
    if (n !== table.highest + 1) {
      this.#problem(`${topic}: ${n} came after ${table.highest}`);
    }
    const other = this.#topicOfId.get(messageId);
    if (other !== undefined) {
      this.#problem(`${messageId} is in ${other} and again ${topic} ${n}`);
    }
    this.#topicOfId.set(messageId, topic);
    table.ids[n] = messageId;
    table.highest = n;
    this.total++;
  }

  /** How far each table is. */
  toString(): string {
    return [...this.#byTopic].map(([topic, { highest }]) =>
      `${topic} ${highest}`
    ).join(", ");
  }

  #problem(text: string): void {
    if (this.problems.length < 20) this.problems.push(text);
  }

  #sum(of: (table: TableLedger) => number): number {
    return [...this.#byTopic.values()].reduce((sum, one) => sum + of(one), 0);
  }
}
