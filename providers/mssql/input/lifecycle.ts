/**
 * `plan`, `init` and `status`: offsets, how far behind each table is, instances.
 *
 * @module
 */

import type {
  JsonObject,
  Lifecycle,
  LifecycleContext,
  PlannedChange,
  Report,
} from "@dstream/sdk";
import { shortName, type SourceTable } from "./tables/catalog.ts";
import { captureProblem } from "./tables/capture_watch.ts";
import { type MssqlConfig, normalise, type RawConfig } from "./config.ts";
import { Connections } from "./connection/connections.ts";
import {
  countOf,
  describeJobs,
  inspect,
  inspectWith,
  makeOffsets,
  offsetsTableOf,
  toConfigError,
} from "./connection/handshake.ts";
import { toLsn, ZERO_LSN } from "./offsets/lsn.ts";
import {
  inspectOffsets,
  nameOf,
  type OffsetsState,
  readOffsets,
  type StoredOffset,
} from "./offsets/offsets_table.ts";
import { describePosition, isBeginning, isGap } from "./offsets/position.ts";
import type { Rows, Session } from "./connection/session.ts";
import { lag, MAX_POLLED_TABLES, type OffsetsTable } from "./statements/mod.ts";
import { fullName } from "./tables/table_checks.ts";
import { chooseInstance } from "./tables/table_plan.ts";

/** `destroy` keeps the offsets: they say what was delivered. */
export const lifecycle: Lifecycle<RawConfig> = {
  plan: (config, context) => withConnections(config, context, plan),
  init: (config, context) => withConnections(config, context, init),
  status: (config, context) => withConnections(config, context, status),
};

interface Work {
  readonly config: MssqlConfig;
  readonly connections: Connections;
  readonly table: OffsetsTable;
  readonly signal: AbortSignal;
}

async function withConnections(
  raw: RawConfig,
  { signal }: LifecycleContext,
  work: (work: Work) => Promise<Report>,
): Promise<Report> {
  const config = normalise(raw);
  await using connections = new Connections(config);
  const table = offsetsTableOf(config);
  return await work({ config, connections, table, signal });
}

async function plan(work: Work): Promise<Report> {
  const { connections, table, signal, config } = work;
  const { tables, facts } = await inspect(config, connections, signal);
  const state = await connections.writing.use(
    signal,
    (session) => inspectOffsets(session, table, signal),
  );
  return {
    changes: [
      offsetsChange(table, state),
      ...tables.map((each): PlannedChange => ({
        action: "none",
        type: "capture instance",
        name: each.instances.map(({ name }) => name).join(", "),
        table: fullName(each),
      })),
    ],
    message: `${countOf(tables)} of ${facts.databaseName} on ` +
      facts.serverName,
  };
}

function offsetsChange(
  table: OffsetsTable,
  state: OffsetsState,
): PlannedChange {
  const common = { type: "offsets table", name: nameOf(table) } as const;
  switch (state.kind) {
    case "missing":
      return { action: "create", ...common };
    case "whole":
      return { action: "none", ...common };
    case "upstreams":
      return {
        action: "update",
        ...common,
        adds_columns: state.missingColumns.join(", "),
      };
  }
}

async function init(work: Work): Promise<Report> {
  const { connections, table, signal } = work;
  const before = await plan(work);
  await makeOffsets(connections, table, signal);
  return before;
}

async function status(work: Work): Promise<Report> {
  const { config, connections, signal } = work;
  const setup = await connections.asking.use(
    signal,
    (session) => {
      const { isReadOnly } = connections;
      return inspectWith(session, { ...config, isReadOnly }, signal);
    },
  );
  if (setup.tables.length === 0) throw toConfigError(setup.problems);
  const offsets = await storedOffsets(work);
  const entries = setup.tables.map((table) => entryOf(table, offsets, config));
  const lags = await connections.asking.use(
    signal,
    (session) => readLags(session, entries, signal),
  );
  const jobs = await describeJobs(connections, signal).catch(() => "");
  const problems = setup.problems.map(({ message }) => message);
  return {
    resources: entries.map((entry, i) => toResource(entry, lags[i])),
    message: [jobs, ...problems].filter((text) => text !== "").join("; "),
  };
}

interface Entry {
  readonly table: SourceTable;
  readonly key: string;
  readonly offset: StoredOffset | undefined;
  readonly captureInstance: string;
  readonly changeTable: string;
}

function entryOf(
  table: SourceTable,
  offsets: ReadonlyMap<string, StoredOffset>,
  { consumer }: MssqlConfig,
): Entry {
  const key = shortName(table) + (consumer === undefined ? "" : `@${consumer}`);
  const offset = offsets.get(key.toLowerCase());
  const position = offset?.position ?? { kind: "after", lsn: ZERO_LSN };
  const choice = chooseInstance(table.instances, position);
  const instance = choice?.instance ?? table.instances[0];
  const { name: captureInstance, changeTable } = instance;
  return { table, key, offset, captureInstance, changeTable };
}

async function storedOffsets(
  { connections, table, signal }: Work,
): Promise<ReadonlyMap<string, StoredOffset>> {
  return await connections.writing.use(signal, async (session) => {
    const state = await inspectOffsets(session, table, signal);
    if (state.kind === "missing") return new Map();
    const missing = state.kind === "whole" ? [] : state.missingColumns;
    return await readOffsets(session, table, signal, missing);
  });
}

async function readLags(
  session: Session,
  entries: readonly Entry[],
  signal: AbortSignal,
): Promise<Rows> {
  const all: Rows[] = [];
  for (let at = 0; at < entries.length; at += MAX_POLLED_TABLES) {
    const asked = entries.slice(at, at + MAX_POLLED_TABLES)
      .map(({ captureInstance, changeTable, offset }) => ({
        captureInstance,
        changeTable,
        lsn: offset?.position.lsn ?? ZERO_LSN,
      }));
    all.push((await session.run(lag(asked), { signal }))[0]);
  }
  return all.flat();
}

function toResource(entry: Entry, row: Rows[number]): JsonObject {
  const { table, offset, captureInstance } = entry;
  const position = offset?.position;
  const minLsn = toLsn(row.min_lsn as Uint8Array | null);
  const maxLsn = toLsn(row.max_lsn as Uint8Array | null);
  const age = row.capture_age_seconds;
  const ageSeconds = age === null ? undefined : Number(age);
  const isMissing = position !== undefined && isGap(position, minLsn);
  const capture = captureProblem({ maxLsn, ageSeconds });
  return {
    type: "table",
    name: fullName(table),
    state: isMissing ? "gap" : capture !== undefined ? "capture stopped" : "ok",
    offset: position === undefined || isBeginning(position)
      ? "none"
      : describePosition(position),
    max_lsn: describePosition({ kind: "after", lsn: maxLsn }),
    min_lsn: describePosition({ kind: "after", lsn: minLsn }),
    transactions_behind: Number(row.transactions_behind),
    seconds_behind: Number(row.seconds_behind),
    capture_age_seconds: ageSeconds ?? null,
    capture_instance: captureInstance,
    capture_instances: table.instances.length,
    snapshot: offset?.snapshot == null ? "none" : "under way",
    owner: offset?.owner ?? null,
    updated_at: offset?.updatedAt ?? null,
  };
}
