/**
 * What a table's topic is called: `server.database.table.events`.
 *
 * Service Bus takes letters, digits, `.`, `-` and `_` in a name (and `/`, which
 * would make folders); whatever else stands in a name becomes `-`.
 *
 * @module
 */

/** The database that tables are in. */
export interface SourceDatabase {
  /** Without protocol and port. */
  readonly server: string;
  readonly instanceName?: string | undefined;
  readonly database: string;
}

/** The most characters a topic's name has. */
const MAX_TOPIC_CHARACTERS = 260;

/** The topic of one table, or what is wrong with it. */
export type TopicName =
  | { readonly name: string; readonly problem?: undefined }
  | { readonly name?: undefined; readonly problem: string };

/**
 * The topic of one table.
 * @param table As configured: `Persons`, `dbo.Persons`, `[sales].[Orders]`.
 */
export function topicOf(source: SourceDatabase, table: string): TopicName {
  const { server, instanceName, database } = source;
  const host = instanceName === undefined
    ? plainServer(server)
    : `${plainServer(server)}-${instanceName}`;
  const name = [host, database, plainTable(table), "events"].map(allowed)
    .join(".");
  if (name.length <= MAX_TOPIC_CHARACTERS) return { name };
  const problem = `the topic of ${JSON.stringify(table)} would have ` +
    `${name.length} characters; ${MAX_TOPIC_CHARACTERS} are possible`;
  return { problem };
}

/** `[dbo].[Persons]` → `Persons`, `sales.Orders` as it is. */
export function plainTable(table: string): string {
  return table.replace(/[[\]]/g, "").trim().replace(/^dbo\./i, "");
}

/** `tcp:server,1433` → `server`, `server\one` → `server-one` */
function plainServer(server: string): string {
  return server.trim().replace(/^(tcp|np|lpc|admin):/i, "")
    .replace(/,\s*\d+$/, "").replaceAll("\\", "-");
}

/** What the service forbids becomes `-`, and no part begins or ends with it. */
function allowed(part: string): string {
  const replaced = part.replace(/[^A-Za-z0-9._-]+/g, "-");
  return replaced.replace(/^[-.]+|[-.]+$/g, "") || "-";
}
