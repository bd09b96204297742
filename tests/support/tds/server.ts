/**
 * A TDS 7.4 server for tests: speaks the protocol of SQL Server to the real client,
 * and asks a handler what to answer.
 *
 * It knows logins, encryption, batches, procedure calls, transactions, attention and
 * every type of column; it knows nothing of SQL. Chapters in comments are of
 * [MS-TDS], the specification of the protocol. It listens on 127.0.0.1 alone.
 *
 * What it leaves out: several active results in one connection (MARS), bulk load,
 * table-valued parameters, always encrypted columns, login-only encryption.
 *
 * @module
 */

import type { Answer } from "./answer.ts";
import type { SqlValue } from "./column_type.ts";
import { TcpChannel } from "./channel.ts";
import { TdsConnection } from "./connection.ts";
import type { SqlServerError } from "./errors.ts";
import type { Login } from "./login7.ts";
import type { EncryptionMode } from "./prelogin.ts";
import type { TdsSession } from "./session.ts";
import type { TlsIdentity } from "./tls_channel.ts";

/** One statement of a client. */
export interface SqlRequest {
  readonly sql: string;
  /** By name, without the `@`. */
  readonly params: Readonly<Record<string, SqlValue>>;
  readonly session: TdsSession;
  /** Aborted when the client cancels or goes. */
  readonly signal: AbortSignal;
}

/**
 * Answers a statement. Throws a SqlServerError to fail it, a DroppedConnection to end
 * the connection; both also from an iterator, in the middle of an answer.
 */
export type Handler = (request: SqlRequest) => Answer | Promise<Answer>;

/** What a client asks of the transaction manager. */
export type TransactionStep = "begin" | "commit" | "rollback" | "save";

/** How the server behaves. */
export interface TdsServerOptions {
  readonly handler: Handler;
  /** Passwords by name. */
  readonly users: Readonly<Record<string, string>>;
  /** User names by token of Entra ID. */
  readonly tokens?: Readonly<Record<string, string>>;
  readonly tls?: TlsIdentity;
  /** `off` with an identity, `not_supported` without, when not given. */
  readonly encryption?: EncryptionMode;
  /** 0, a free one, when not given. */
  readonly port?: number;
  /** As @@SERVERNAME; stands in every error. */
  readonly serverName?: string;
  /** Refuses a login after the password was right. */
  readonly onLogin?: (login: Login) => SqlServerError | undefined;
  readonly onTransaction?: (step: TransactionStep, session: TdsSession) => void;
  /** Told of what went wrong that is no part of a test. */
  readonly onFault?: (error: unknown) => void;
}

/**
 * @example
 * ```ts
 * await using server = new TdsServer({
 *   users: { sa: "secret" },
 *   handler: () => [{ columns: [{ name: "n", type: "int" }], rows: [[1]] }],
 * });
 * if (server.port === 0) throw new Error("it listens at once");
 * ```
 */
export class TdsServer implements AsyncDisposable {
  readonly #listener: Deno.TcpListener;
  readonly #connections = new Set<TdsConnection>();
  readonly #serving: Promise<void>;
  #nextSessionId = 51;
  #isRefusing = false;

  constructor(readonly options: TdsServerOptions) {
    this.#listener = Deno.listen({
      hostname: "127.0.0.1",
      port: options.port ?? 0,
    });
    this.#serving = this.#serve();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** Sessions that are logged in. */
  get sessions(): TdsSession[] {
    return [...this.#connections].flatMap(({ session }) => session ?? []);
  }

  /** Ends all connections without a word, as a failover does. */
  dropAll(): void {
    for (const connection of this.#connections) connection.close();
  }

  /** While true, whoever connects is hung up on. */
  set refuses(isRefusing: boolean) {
    this.#isRefusing = isRefusing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.dropAll();
    await this.#serving;
  }

  async #serve(): Promise<void> {
    const ends: Promise<void>[] = [];
    try {
      for await (const tcp of this.#listener) {
        if (this.#isRefusing) tcp.close();
        else ends.push(this.#take(tcp));
      }
    } finally {
      await Promise.all(ends);
    }
  }

  async #take(tcp: Deno.TcpConn): Promise<void> {
    const connection = new TdsConnection(
      new TcpChannel(tcp),
      this.options,
      this.#nextSessionId++,
    );
    this.#connections.add(connection);
    try {
      await connection.serve();
    } finally {
      this.#connections.delete(connection);
    }
  }
}
