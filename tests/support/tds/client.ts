/**
 * The real client, tedious, with promises: for tests of the server.
 *
 * @module
 */

import { Connection, type ConnectionConfiguration, Request } from "tedious";

/** One result set. */
export interface ResultSet {
  readonly columns: readonly string[];
  // deno-lint-ignore no-explicit-any -- whatever the client makes of it
  readonly rows: any[][];
}

/** Options of a connection that differ from test to test. */
export type ClientOptions = NonNullable<ConnectionConfiguration["options"]> & {
  readonly user?: string;
  readonly password?: string;
  readonly authentication?: ConnectionConfiguration["authentication"];
};

/** Puts a parameter's type and value into a request. */
export type AddParameters = (request: Request) => void;

/** One connection. */
export class Client implements AsyncDisposable {
  /** Resolves when the connection has ended, for whatever reason. */
  readonly ended: Promise<void>;

  private constructor(readonly connection: Connection) {
    this.ended = new Promise((resolve) =>
      connection.on("end", () => resolve())
    );
  }

  /** Rejects with what tedious says of a login that failed. */
  static async connect(
    port: number,
    { user = "sa", password = "secret", authentication, ...options }:
      ClientOptions = {},
  ): Promise<Client> {
    const connection = new Connection({
      server: "127.0.0.1",
      authentication: authentication ?? {
        type: "default",
        options: { userName: user, password },
      },
      options: {
        port,
        encrypt: false,
        trustServerCertificate: true,
        connectTimeout: 10_000,
        requestTimeout: 60_000,
        ...options,
      },
    });
    // A connection that is lost later is told by its requests.
    connection.on("error", () => {});
    await new Promise<void>((resolve, reject) =>
      connection.connect((error) => error ? reject(error) : resolve())
    );
    return new Client(connection);
  }

  /** sp_executesql, or a plain batch without parameters. */
  query(sql: string, add?: AddParameters): Promise<ResultSet[]> {
    return this.start(sql, add).results;
  }

  /** The same, with the request, which may be cancelled. */
  start(sql: string, add?: AddParameters) {
    const sets: ResultSet[] = [];
    const { promise, resolve, reject } = Promise.withResolvers<ResultSet[]>();
    const request = new Request(
      sql,
      (error) => error ? reject(error) : resolve(sets),
    );
    add?.(request);
    request.on("columnMetadata", (columns) =>
      sets.push({
        columns: (columns as { colName: string }[]).map(({ colName }) =>
          colName
        ),
        rows: [],
      }));
    request.on("row", (columns) =>
      sets.at(-1)!.rows.push(
        (columns as { value: unknown }[]).map(({ value }) => value),
      ));
    if (add === undefined) this.connection.execSqlBatch(request);
    else this.connection.execSql(request);
    return { request, results: promise };
  }

  /** A step of the transaction manager. */
  step(
    name: "beginTransaction" | "commitTransaction" | "rollbackTransaction",
  ): Promise<void> {
    return new Promise((resolve, reject) =>
      this.connection[name]((error?: Error | null) =>
        error ? reject(error) : resolve()
      )
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.connection.closed) return;
    this.connection.close();
    await this.ended;
  }
}
