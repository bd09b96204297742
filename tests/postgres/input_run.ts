/**
 * The `postgres` input as a process, against a server of the test's own.
 *
 * @module
 */

import { Running } from "../../core/sdk/testing/subject.ts";
import { recordOf, version2Line } from "../../core/sdk/testing/start_lines.ts";
import { fromSource } from "@dstream/sdk/testing";
import type { Json, JsonObject } from "@dstream/sdk";
import type { TableSchema } from "@dstream/sdk/changes";
import type { Postgres } from "../support/servers/postgres.ts";

const SUBJECT = fromSource(
  new URL("../../providers/postgres/input/main.ts", import.meta.url),
);

/** An envelope as it came. */
export interface Received {
  readonly data: JsonObject;
  readonly metadata: JsonObject & {
    readonly table: string;
    readonly operation: string;
    readonly position: string;
  };
}

/** One process; killed at the end of its block. */
export class InputRun implements AsyncDisposable {
  readonly schemas: TableSchema[] = [];
  /** The newest state it offered. */
  state: Json | undefined;
  received = 0;
  /** What it told of its slot. */
  readonly gauges: Record<string, number>[] = [];

  private constructor(readonly process: Running) {}

  /** Starts it as the CLI does, with acknowledgements, state and schemas. */
  static async start(
    server: Postgres,
    database: string,
    config: JsonObject,
    resume?: Json,
  ): Promise<InputRun> {
    const process = new Running(SUBJECT);
    const { pathname } = new URL(server.url);
    await process.send(version2Line({
      connection_string: server.url.replace(pathname, `/${database}`),
      slot: database,
      ...config,
    }, {
      protocol: {
        version: 2,
        features: ["ack", "state", "schema"],
        window: { bytes: 26_843_545, envelopes: 80_000 },
      },
      resume,
    }));
    const isAnswer = (line: string) => /"status"|"error"/.test(line);
    const answer = (await process.linesUntil(isAnswer)).at(-1)!;
    if (!answer.includes('"ready"')) throw new RefusedStart(answer);
    return new InputRun(process);
  }

  /** The next envelope; `undefined` at the end of its data. */
  async next(): Promise<Received | undefined> {
    for (let line; (line = await this.process.line()) !== undefined;) {
      const record = recordOf(line);
      if (record === undefined) {
        this.received++;
        return JSON.parse(line);
      }
      if (record.schema) this.schemas.push(record.schema as never);
      const { gauges } = (record.progress ?? {}) as JsonObject;
      if (gauges !== undefined) this.gauges.push(gauges as never);
      if (record.state !== undefined) this.state = record.state;
      if (record.end === true) return undefined;
      if (record.error !== undefined) {
        throw new Error((record.error as { message: string }).message);
      }
    }
  }

  /** So many envelopes, and acknowledges them. */
  async take(count: number, isAcknowledged = true): Promise<Received[]> {
    const envelopes: Received[] = [];
    while (envelopes.length < count) {
      const envelope = await this.next();
      if (envelope === undefined) throw new Error("it ended early");
      envelopes.push(envelope);
    }
    if (isAcknowledged) await this.acknowledge();
    return envelopes;
  }

  /** All up to the end of its data, acknowledged. */
  async all(): Promise<Received[]> {
    const envelopes: Received[] = [];
    for (let each; (each = await this.next()) !== undefined;) {
      envelopes.push(each);
    }
    await this.acknowledge();
    return envelopes;
  }

  /** Everything so far. */
  acknowledge(count = this.received): Promise<void> {
    return this.process.sendControl({ ack: count });
  }

  /** Until its log has this; what it writes meanwhile is read. */
  async untilSays(pattern: RegExp): Promise<void> {
    const deadlineMs = performance.now() + 60_000;
    while (!pattern.test(this.process.stderr)) {
      if (performance.now() > deadlineMs) {
        throw new Error(`${pattern} was not said:\n${this.process.stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Asks it to stop and waits for its end. */
  async stop(): Promise<void> {
    await this.process.sendControl({ stop: true });
    while (await this.next() !== undefined);
    await this.acknowledge();
    await this.process.closeStdin();
    await this.process.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
  }
}

/** Whether the slot has all that the server wrote. */
export const CONFIRMED = (slot: string) =>
  "SELECT confirmed_flush_lsn >= pg_current_wal_lsn() " +
  `FROM pg_replication_slots WHERE slot_name = '${slot}'`;

/** Whether somebody has the slot, be it to make it. */
export const isActive = (slot: string) =>
  `SELECT active FROM pg_replication_slots WHERE slot_name = '${slot}'`;

/** Whether its changes are being read. */
export const isStreaming = (slot: string) =>
  "SELECT count(*) > 0 FROM pg_stat_replication r JOIN pg_replication_slots s " +
  `ON s.active_pid = r.pid WHERE s.slot_name = '${slot}' ` +
  "AND r.state = 'streaming'";

/** It said no. */
export class RefusedStart extends Error {
  constructor(answer: string) {
    super(answer);
  }
}

/** Waits until a question of SQL is answered so. */
export async function until(
  server: Postgres,
  database: string,
  sql: string,
  expected: string,
): Promise<void> {
  const deadlineMs = performance.now() + 60_000;
  for (;;) {
    const answer = await server.sql(sql, database);
    if (answer === expected) return;
    if (performance.now() > deadlineMs) {
      throw new Error(`${sql}\nis ${answer}, not ${expected}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
