/**
 * Which topic an envelope goes to.
 *
 * @module
 */

import { FinalError } from "@dstream/sdk";
import { type Scope, Template } from "@dstream/sdk/service";
import type { KafkaOutputConfig } from "./config.ts";

/** Source: org.apache.kafka.common.internals.Topic */
const LEGAL = /^[A-Za-z0-9._-]+$/;
const ILLEGAL = /[^A-Za-z0-9._-]/g;
const MAX_CHARACTERS = 249;

/** What is wrong with a name; nothing where it is right. */
export function topicProblem(name: string): string | undefined {
  if (name.length > MAX_CHARACTERS) {
    return `has ${name.length} characters, ${MAX_CHARACTERS} are possible`;
  }
  if (name === "." || name === ".." || !LEGAL.test(name)) {
    return "is no name of a topic: letters, digits, dots, underscores and " +
      "hyphens are";
  }
}

/** Finds the topic of envelopes. */
export class TopicNames {
  /** The only topic, if there is only one. */
  readonly fixed: string | undefined;
  readonly #template: Template | undefined;
  readonly #prefix: string | undefined;
  readonly #byTable = new Map<string, string>();
  /** Without the difference of dots and underscores, as brokers compare. */
  readonly #tables = new Map<string, string>();

  constructor({ topic, topicPrefix }: KafkaOutputConfig) {
    this.#template = topic === undefined ? undefined : new Template(topic);
    this.fixed = this.#template?.isFixed ? topic : undefined;
    this.#prefix = topicPrefix;
  }

  /**
   * The topic of one envelope; undefined where nothing says it.
   * @param scope Looked into where the topic is an expression.
   */
  of(table: string | undefined, scope: () => Scope): string | undefined {
    if (this.fixed !== undefined) return this.fixed;
    if (this.#template !== undefined) return this.#template.render(scope());
    return table === undefined ? undefined : this.ofTable(table);
  }

  /**
   * The topic of a table, by topic_prefix.
   * @throws {FinalError} Where two tables would share one.
   */
  ofTable(table: string): string {
    const known = this.#byTable.get(table);
    if (known !== undefined) return known;
    const prefix = this.#prefix!;
    const joint = /[._-]$/.test(prefix) ? "" : ".";
    const name = prefix + joint + table.replace(ILLEGAL, "_");
    this.#assertAlone(table, name);
    this.#byTable.set(table, name);
    return name;
  }

  #assertAlone(table: string, name: string): void {
    const compared = name.replaceAll(".", "_");
    const other = this.#tables.get(compared);
    if (other !== undefined) {
      throw new FinalError(
        "kafka.topic_shared",
        `the tables ${JSON.stringify(other)} and ${JSON.stringify(table)} ` +
          `would share the topic ${JSON.stringify(name)}`,
        {
          key: "topic_prefix",
          hint: 'name topics by an expression: topic = "{metadata.…}"',
        },
      );
    }
    this.#tables.set(compared, table);
  }
}
