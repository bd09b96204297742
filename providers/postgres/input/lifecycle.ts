/**
 * `plan`, `init`, `status`, `destroy`: the publication and the slot.
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
import type { Client } from "pg";
import { closeClient, openClient } from "../connection/open.ts";
import { connectionSettings } from "../connection/settings.ts";
import { quoteIdentifier, shownName } from "../names.ts";
import type { PostgresConfig } from "./config.ts";
import {
  listTables,
  readFacts,
  type ServerFacts,
  type SourceTable,
} from "./setup/catalog.ts";
import { TableChoice } from "./setup/choose_tables.ts";
import { changedFilters, wantedFilters } from "./setup/row_filters.ts";
import { refuseServer, runStatements } from "./setup/prepare.ts";
import {
  identityStatement,
  planPublication,
  type PublicationState,
  readPublication,
} from "./setup/publication.ts";
import { warningOf } from "./stream/slot_watch.ts";
import {
  createSlot,
  dropSlot,
  failoverStatement,
  makeFailover,
  readSlot,
  type SlotState,
} from "./setup/slot.ts";

/** See the module comment. */
export const lifecycle: Lifecycle<PostgresConfig> = {
  plan: (config, context) => withClient(config, context, plan),
  init: (config, context) => withClient(config, context, init),
  status: (config, context) => withClient(config, context, status),
  destroy: (config, context) => withClient(config, context, destroy),
};

/** Said wherever a slot is made or shown. */
const SLOT_KEEPS_LOG =
  "a slot keeps the server's log until it is read: for a " +
  "task that will not run again, `dstream destroy` drops it";

interface Work {
  readonly config: PostgresConfig;
  readonly client: Client;
  readonly signal: AbortSignal;
}

async function withClient(
  config: PostgresConfig,
  { signal }: LifecycleContext,
  work: (work: Work) => Promise<Report>,
): Promise<Report> {
  const client = await openClient(connectionSettings(config), { signal });
  try {
    return await work({ config, client, signal });
  } finally {
    closeClient(client);
  }
}

type Found = Awaited<ReturnType<typeof find>>;

/** What is to be made, with the statements. */
async function find({ config, client }: Work) {
  const facts = await readFacts(client);
  refuseServer(facts, config);
  const choice = new TableChoice(config);
  const tables = choice.choose(await listTables(client));
  const publication = await readPublication(client, config.publication);
  const wanted = wantedFilters(choice, tables, facts);
  const changed = await changedFilters(client, publication, tables, wanted);
  const planned = planPublication(config.publication, publication, tables, {
    wanted,
    changed,
  });
  const slot = await readSlot(client, config.slot);
  return { facts, tables, publication, planned, slot };
}

async function plan(work: Work): Promise<Report> {
  return reportOf(work.config, await find(work));
}

/** What `plan` tells of what was found. */
function reportOf(config: PostgresConfig, found: Found): Report {
  const { facts, tables, publication, planned, slot } = found;
  return {
    changes: [
      {
        action: publication === undefined
          ? "create"
          : planned.statements.length > 0
          ? "update"
          : "none",
        type: "publication",
        name: config.publication,
        tables: tables.map(shownName).join(", "),
        ...(planned.statements.length > 0 && {
          statement: planned.statements.join("; "),
        }),
      },
      {
        action: slot === undefined
          ? "create"
          : lacksFailover(config, slot)
          ? "update"
          : "none",
        type: "replication slot",
        name: config.slot,
        ...(slot !== undefined && { wal_status: slot.walStatus ?? "unknown" }),
        ...failoverOf(config, slot, facts),
      },
    ],
    message: [
      `${countOf(tables.length)} of ${facts.database}; ${SLOT_KEEPS_LOG}`,
      ...filterWarnings(publication, tables),
    ].join("\n"),
  };
}

/** What a row filter means for rows that are changed. */
function* filterWarnings(
  publication: PublicationState | undefined,
  tables: readonly SourceTable[],
): Generator<string> {
  for (const table of tables) {
    const filter = publication?.filters.get(table.oid);
    if (filter === undefined) continue;
    const name = shownName(table);
    yield `of ${name} only rows where ${filter} are published: one that an ` +
      "update moves out comes as a delete, one that it moves in as an insert";
    const outside = publication?.columnsOutsideIdentity.get(table.oid);
    if (outside === undefined) continue;
    yield `every UPDATE and DELETE of ${name} fails in the application: the ` +
      `filter names ${outside.join(", ")}, which the replica identity lacks; ` +
      identityStatement(table);
  }
}

/** @param slot As it is; a standby's copy can't be changed. */
function lacksFailover({ failover }: PostgresConfig, slot: SlotState): boolean {
  return failover && !slot.isFailover && !slot.isSynced;
}

/** Whether standbys keep the slot, and whether one may be behind. */
function failoverOf(
  config: PostgresConfig,
  slot: SlotState | undefined,
  { synchronizedStandbySlots }: ServerFacts,
): JsonObject {
  if (!config.failover && slot?.isFailover !== true) return {};
  return {
    failover: slot?.isFailover ?? config.failover,
    synced: slot?.isSynced ?? false,
    waits_for_standbys: synchronizedStandbySlots || "none",
    ...(slot !== undefined && lacksFailover(config, slot) && {
      statement: failoverStatement(config.slot),
    }),
  };
}

async function init(work: Work): Promise<Report> {
  const { config, client, signal } = work;
  const found = await find(work);
  const { slot } = found;
  await runStatements(client, found.planned.statements);
  if (slot === undefined || lacksFailover(config, slot)) {
    const replication = await openClient(connectionSettings(config), {
      isReplication: true,
      signal,
    });
    try {
      if (slot === undefined) {
        await createSlot(replication, config.slot, config.failover);
      } else await makeFailover(replication, config.slot);
    } finally {
      closeClient(replication);
    }
  }
  return reportOf(config, found);
}

async function status({ config, client }: Work): Promise<Report> {
  const facts = await readFacts(client);
  const slot = await readSlot(client, config.slot);
  if (slot === undefined) {
    return { message: `there is no slot "${config.slot}" yet` };
  }
  return {
    resources: [describeSlot(config, slot, facts)],
    message: warningOf(slot) ?? SLOT_KEEPS_LOG,
  };
}

function describeSlot(
  config: PostgresConfig,
  slot: SlotState,
  facts: ServerFacts,
): JsonObject {
  return {
    type: "replication slot",
    name: config.slot,
    database: facts.database,
    state: slot.confirmed === undefined || slot.walStatus === "lost"
      ? "lost"
      : slot.isActive
      ? "being read"
      : "waiting",
    behind_bytes: slot.lagBytes,
    ...(slot.lagSeconds !== null && { behind_seconds: slot.lagSeconds }),
    retained_bytes: slot.retainedBytes,
    wal_status: slot.walStatus,
    ...failoverOf(config, slot, facts),
    ...(slot.safeBytes !== null && { bytes_until_lost: slot.safeBytes }),
  };
}

async function destroy({ config, client }: Work): Promise<Report> {
  const changes: PlannedChange[] = [];
  const { slot: name, publication } = config;
  if (await readSlot(client, name) !== undefined) {
    await dropSlot(client, name);
    changes.push({ action: "delete", type: "replication slot", name });
  }
  if (await readPublication(client, publication) !== undefined) {
    const statement = `DROP PUBLICATION ${quoteIdentifier(publication)}`;
    if ((await readFacts(client)).isInRecovery) {
      return { changes, message: `the primary has the rest: ${statement}` };
    }
    await runStatements(client, [statement]);
    changes.push({ action: "delete", type: "publication", name: publication });
  }
  return { changes };
}

function countOf(count: number): string {
  return count === 1 ? "1 table" : `${count} tables`;
}
