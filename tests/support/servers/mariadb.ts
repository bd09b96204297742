/**
 * A MariaDB of a test's own.
 *
 * @example
 * ```ts ignore
 * await using server = await startMariaDb({ binlog_format: "ROW" });
 * await server.sql("CREATE TABLE orders (id int PRIMARY KEY)");
 * ```
 *
 * @module
 */

import { findProgram } from "../../../scripts/setup/programs.ts";
import type { TempFolder } from "../temp_folder.ts";
import { runTool } from "../tools.ts";
import { greets } from "./greets.ts";
import { type ServerProcess, startServer } from "./server_process.ts";
import { runAs, type Unprivileged, unprivileged } from "./unprivileged.ts";

const USER = "dstream";
const PASSWORD = "p@ss:word/1";
const DATABASE = "dstream";

/** System variables, such as `{ max_allowed_packet: "1M" }`. */
export type MariaDbSettings = Readonly<Record<string, string | number>>;

/** A running server whose user may do everything, with a password. */
export class MariaDb implements AsyncDisposable {
  readonly host = "127.0.0.1";
  readonly user = USER;
  readonly password = PASSWORD;
  /** Empty at the start. */
  readonly database = DATABASE;

  /** @param process Stops, kills and starts it again; has its folder and log. */
  constructor(readonly process: ServerProcess) {}

  get port(): number {
    return this.process.ports[0];
  }

  /** With the password, escaped. */
  get url(): string {
    return `mysql://${USER}:${encodeURIComponent(PASSWORD)}@` +
      `${this.host}:${this.port}/${DATABASE}`;
  }

  /** Runs statements. @returns Rows as lines, columns between tabs. */
  async sql(statements: string, database: string = DATABASE): Promise<string> {
    const text = await runTool("mariadb", [
      "--no-defaults",
      "--batch",
      "--skip-column-names",
      "--max-allowed-packet=64M",
      "-h",
      this.host,
      "-P",
      String(this.port),
      "-u",
      USER,
      "-D",
      database,
      "-e",
      statements,
    ], { env: { MYSQL_PWD: PASSWORD } });
    return text.trimEnd();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
  }
}

/** Ask `needs("mariadb")` before. @throws When it isn't installed. */
export async function startMariaDb(
  settings: MariaDbSettings = {},
): Promise<MariaDb> {
  const program = findProgram("mariadbd");
  if (program === undefined) throw new Error("MariaDB isn't installed");
  const owner = unprivileged("mysql", "nobody");
  const process = await startServer({
    name: "MariaDB",
    owner,
    prepare: (folder) => initialise(folder, owner),
    command: (folder, [port]) => ({
      program,
      args: toArgs(folder, port, settings),
    }),
    isReady: ({ ports: [port] }) => greets(port),
  });
  return new MariaDb(process);
}

async function initialise(
  folder: TempFolder,
  owner: Unprivileged | undefined,
): Promise<void> {
  await folder.write(
    "first.sql",
    `CREATE DATABASE IF NOT EXISTS ${DATABASE};
     CREATE USER IF NOT EXISTS '${USER}'@'%' IDENTIFIED BY '${PASSWORD}';
     GRANT ALL ON *.* TO '${USER}'@'%' WITH GRANT OPTION;`,
  );
  await runAs(owner, "mariadb-install-db", [
    "--no-defaults",
    `--datadir=${folder.join("data")}`,
    "--auth-root-authentication-method=normal",
    "--skip-test-db",
    "--skip-name-resolve",
    "--innodb-log-file-size=8M",
  ], folder.path);
}

function toArgs(
  folder: TempFolder,
  port: number,
  settings: MariaDbSettings,
): string[] {
  const all = {
    datadir: folder.join("data"),
    socket: folder.join("socket"),
    pid_file: folder.join("pid"),
    init_file: folder.join("first.sql"),
    bind_address: "127.0.0.1",
    port,
    skip_name_resolve: 1,
    character_set_server: "utf8mb4",
    innodb_buffer_pool_size: "32M",
    innodb_log_file_size: "8M",
    innodb_flush_log_at_trx_commit: 2, // survives its death, not the machine's
    ...settings,
  };
  const options = Object.entries(all)
    .map(([name, value]) => `--${name.replaceAll("_", "-")}=${value}`);
  return ["--no-defaults", ...options];
}
