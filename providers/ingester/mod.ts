/**
 * `dstream ingester`, `router` and `server`: root blocks → tasks.
 *
 * Nothing here runs anything. A block is held against its keys, its tables get
 * their topics, and out come tasks as if somebody had written them; the providers
 * have the last word on what was taken over.
 *
 * @module
 */

import { EvaluatedConfig } from "../../core/config/load/config_tree.ts";
import { hideWriteOnly } from "../../core/config/check_config.ts";
import type {
  ConfigTree,
  Configuration,
  Task,
} from "../../core/config/task.ts";
import type { Diagnostic } from "../../core/base/errors.ts";
import { configSchema, type Fields } from "../../core/sdk/config/mod.ts";
import { SourceBlock } from "./source_block.ts";
import type { SourceDatabase } from "./destination.ts";
import { ingesterKeys, type IngesterValues } from "./ingester_keys.ts";
import { ingesterTask, queueKindOf } from "./ingester_task.ts";
import { readBlock, ServerProblems } from "./problems.ts";
import { publisherKeys } from "./publisher_keys.ts";
import { routerTask } from "./router_task.ts";
import { readTables } from "./tables.ts";

export type { SourceDatabase } from "./destination.ts";

/** What a connection string says of the database; `undefined`: it can't be read. */
export type ReadDatabase = (
  connectionString: string,
) => Promise<DatabaseOfString | undefined>;

/** As {@link SourceDatabase}; the database may be left to the login. */
export type DatabaseOfString = Omit<SourceDatabase, "database"> & {
  readonly database?: string | undefined;
};

/** What the root blocks become. */
export interface ServerTasks {
  readonly ingester?: Task;
  /** Absent where there is nothing to route: the queue is a hub or the console. */
  readonly router?: Task;
  readonly problems: readonly Diagnostic[];
}

/** Stands in names while the connection string is wrong, which is said anyway. */
const UNKNOWN: SourceDatabase = { server: "server", database: "database" };

/** Nothing for a configuration without these blocks. */
export async function readServerTasks(
  configuration: Configuration,
  readDatabase: ReadDatabase,
): Promise<ServerTasks> {
  const problems = new ServerProblems();
  const ingester = shielded(configuration.ingester, ingesterKeys);
  const publisher = shielded(configuration.publisher, publisherKeys);
  const publisherValues = publisher &&
    readBlock("publisher", publisher, publisherKeys, problems);
  if (ingester === undefined) {
    if (publisher !== undefined) reportAlone(publisher, problems);
    return { problems: problems.all };
  }
  reportTakenNames(configuration, problems);
  const values = readBlock("ingester", ingester, ingesterKeys, problems);
  if (values === undefined) return { problems: problems.all };
  const block = new SourceBlock(ingester);
  const source = await readSource(values, block, readDatabase, problems);
  const tables = readTables(values, source, block, problems);
  const tasks = {
    ingester: ingesterTask(ingester, values, tables, problems),
    ...queueKindOf(values) === "servicebus" && {
      router: routerTask(
        { ingester, publisher: publisherValues && publisher },
        values,
        publisherValues,
        tables,
        problems,
      ),
    },
  };
  return { ...tasks, problems: problems.all };
}

/** Nothing that is shown of the block has a secret. */
function shielded(
  tree: ConfigTree | undefined,
  fields: Fields,
): EvaluatedConfig | undefined {
  if (!(tree instanceof EvaluatedConfig)) return undefined;
  return hideWriteOnly(tree, configSchema(fields)) as EvaluatedConfig;
}

async function readSource(
  { dbConnectionString }: IngesterValues,
  block: SourceBlock,
  readDatabase: ReadDatabase,
  problems: ServerProblems,
): Promise<SourceDatabase> {
  const found = await readDatabase(dbConnectionString);
  if (found === undefined) return UNKNOWN;
  const { database } = found;
  if (database !== undefined) return { ...found, database };
  problems.report(
    block.locate("db_connection_string"),
    '"db_connection_string" names no database',
    "topics are called server.database.table.events: add Database=…, or " +
      "?database=… to a URL",
  );
  return { ...found, database: UNKNOWN.database };
}

function reportAlone(
  publisher: EvaluatedConfig,
  problems: ServerProblems,
): void {
  problems.report(
    publisher.at,
    "the publisher block needs an ingester block beside it",
    "the names of the queue and of the topics come from there",
    "config.block_missing",
  );
}

/** State files and offsets are kept by these names. */
function reportTakenNames(
  { tasks }: Configuration,
  problems: ServerProblems,
): void {
  for (const name of ["ingester", "router"]) {
    const task = tasks.get(name);
    if (task === undefined) continue;
    problems.report(
      task.at,
      `the name "${name}" is that of the ingester block's own task`,
      "call it otherwise",
      "config.name_invalid",
    );
  }
}
