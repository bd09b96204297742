/**
 * A PostgreSQL of a test's own.
 *
 * @example
 * ```ts ignore
 * await using server = await startPostgres({ wal_level: "logical" });
 * await server.sql("CREATE TABLE orders (id int PRIMARY KEY)");
 * const client = new pg.Client(server.url);
 * ```
 *
 * @module
 */

import { join } from "node:path";
import { findPostgres, postgresOf } from "../../../scripts/setup/postgres.ts";
import { runTool } from "../tools.ts";
import type { TempFolder } from "../temp_folder.ts";
import { type ServerProcess, startServer } from "./server_process.ts";
import { runAs, type Unprivileged, unprivileged } from "./unprivileged.ts";

const USER = "dstream";
const PASSWORD = "p@ss:word/1";
const DATABASE = "postgres";

/** Names and values of postgresql.conf, such as `{ wal_level: "logical" }`. */
export type PostgresSettings = Readonly<
  Record<string, string | number | boolean>
>;

/** More than settings. */
export interface PostgresOptions {
  /** Put into the data folder before the start, such as server.crt. */
  readonly files?: Readonly<Record<string, string>>;
  /** Lines of pg_hba.conf that come before the usual ones. */
  readonly hba?: readonly string[];
  /** A server that is stopped: this one begins as a copy of its data. */
  readonly copyOf?: Postgres;
  /** A release that `deno task setup postgres-17` brought; else the system's. */
  readonly major?: string | undefined;
}

/** A running server whose user is a superuser with a password (SCRAM). */
export class Postgres implements AsyncDisposable {
  readonly host = "127.0.0.1";
  readonly user = USER;
  readonly password = PASSWORD;
  readonly database = DATABASE;

  constructor(
    /** Stops, kills and starts it again; has its folder and log. */
    readonly process: ServerProcess,
    /** Where psql and the other clients are. */
    private readonly clients: string,
  ) {}

  get port(): number {
    return this.process.ports[0];
  }

  /** With the password, escaped. */
  get url(): string {
    return `postgres://${USER}:${encodeURIComponent(PASSWORD)}@` +
      `${this.host}:${this.port}/${DATABASE}`;
  }

  /** Runs statements with psql. @returns Rows as lines, columns between `|`. */
  async sql(statements: string, database: string = DATABASE): Promise<string> {
    const text = await runTool(join(this.clients, "psql"), [
      "-X",
      "-q",
      "-A",
      "-t",
      "-v",
      "ON_ERROR_STOP=1",
      "-h",
      this.host,
      "-p",
      String(this.port),
      "-U",
      USER,
      "-d",
      database,
      "-c",
      statements,
    ], { env: { PGPASSWORD: PASSWORD } });
    return text.trimEnd();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
  }
}

/** Ask `needs("postgres")` before. @throws When it isn't installed. */
export async function startPostgres(
  settings: PostgresSettings = {},
  options: PostgresOptions = {},
): Promise<Postgres> {
  const system = findPostgres();
  if (system === undefined) throw new Error("PostgreSQL isn't installed");
  const { major } = options;
  const programs = major === undefined ? system : postgresOf(major);
  const owner = unprivileged("postgres", "nobody");
  const process = await startServer({
    name: "PostgreSQL",
    stopSignal: "SIGINT", // closes connections, where SIGTERM waits for them
    crashSignal: "SIGQUIT", // takes its children with it
    owner,
    prepare: (folder) =>
      options.copyOf === undefined
        ? initialise(programs, folder, options, owner)
        : copyData(options.copyOf, folder, options),
    command: (folder, [port]) => ({
      program: join(programs, "postgres"),
      args: ["-D", folder.join("data"), ...toArgs(port, settings)],
    }),
    isReady: ({ folder, pid }) => isReady(folder, pid),
  });
  return new Postgres(process, system);
}

async function initialise(
  programs: string,
  folder: TempFolder,
  { files = {}, hba = [] }: PostgresOptions,
  owner: Unprivileged | undefined,
): Promise<void> {
  const passwordFile = await folder.write("password", PASSWORD);
  if (owner !== undefined) {
    await Deno.chown(passwordFile, owner.uid, owner.gid);
  }
  await runAs(owner, join(programs, "initdb"), [
    "-D",
    folder.join("data"),
    "-U",
    USER,
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--no-locale",
    "--no-sync",
  ], folder.path);
  for (const [name, content] of Object.entries(files)) {
    await Deno.chmod(await folder.write(`data/${name}`, content), 0o600);
  }
  const usual = await folder.read("data/pg_hba.conf");
  await folder.write("data/pg_hba.conf", [...hba, usual].join("\n"));
}

async function copyData(
  { process }: Postgres,
  folder: TempFolder,
  { files = {} }: PostgresOptions,
): Promise<void> {
  const from = process.folder.join("data");
  await runTool("cp", ["-R", from, folder.join("data")]);
  for (const [name, content] of Object.entries(files)) {
    await folder.write(`data/${name}`, content);
  }
}

function toArgs(
  port: number,
  settings: PostgresSettings,
): string[] {
  const all = {
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: "",
    fsync: false, // survives the death of the server, not of the machine
    shared_buffers: "16MB",
    log_line_prefix: "%m [%p] ",
    ...settings,
  };
  return Object.entries(all).flatMap((
    [name, value],
  ) => ["-c", `${name}=${value}`]);
}

/** The server writes its state into the last line of this file. */
async function isReady(folder: TempFolder, pid: number): Promise<boolean> {
  const text = await folder.read("data/postmaster.pid").catch(() => "");
  const lines = text.trimEnd().split("\n");
  return lines[0] === String(pid) && lines.at(-1)?.trim() === "ready";
}
