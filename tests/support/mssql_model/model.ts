/**
 * A SQL Server for tests: the TDS server with databases behind it that have change
 * data capture.
 *
 * It answers the statements of providers/mssql/input/statements/mod.ts and no others: what
 * it doesn't know fails the statement, and `expectNoFaults()` then fails the test. The
 * names a statement has are read from it, the text is built again from them by the
 * same builder, and both must be equal; what the statement *means* is written here a
 * second time, from Microsoft's documentation.
 *
 * Where the model is simpler than a server: statements run one at a time, so that no
 * two wait for each other (a test throws deadlocks and timeouts itself); collations
 * are case-insensitive and nothing else; the capture job reads a transaction the
 * moment it commits, unless it was stopped.
 *
 * @module
 */

import type { Answer, AnswerPart } from "../tds/answer.ts";
import { cannotOpenDatabase, SqlServerError } from "../tds/errors.ts";
import {
  type SqlRequest,
  TdsServer,
  type TdsServerOptions,
} from "../tds/server.ts";
import type { TdsSession } from "../tds/session.ts";
import { CHANGE_ANSWERS } from "./answers/change_answers.ts";
import { LOCK_ANSWERS } from "./answers/lock_answers.ts";
import { OFFSET_ANSWERS } from "./answers/offset_answers.ts";
import { POSITION_ANSWERS } from "./answers/position_answers.ts";
import { SERVER_ANSWERS } from "./answers/server_answers.ts";
import { SNAPSHOT_ANSWERS } from "./answers/snapshot_answers.ts";
import { ModelDatabase } from "./database.ts";
import { Interruptions, type Moment } from "./interruptions.ts";
import { type Answerer, UnknownStatement } from "./question.ts";

const ANSWERS: Readonly<Record<string, Answerer>> = {
  ...SERVER_ANSWERS,
  ...POSITION_ANSWERS,
  ...CHANGE_ANSWERS,
  ...SNAPSHOT_ANSWERS,
  ...OFFSET_ANSWERS,
  ...LOCK_ANSWERS,
};

/** The user of tests, unless they bring their own. */
export const TEST_USER = "cdc_reader";
export const TEST_PASSWORD = "Pass;word=1";

/** What the client's pool asks to see whether a connection lives. */
const POOL_PROBE = "SELECT 1;";

/** How the model is set up. */
export interface ModelOptions
  extends Partial<Omit<TdsServerOptions, "handler" | "onFault">> {
  /** Names of the databases; `shop` when not given. */
  readonly databases?: readonly string[];
  /** Date.now() when not given. */
  readonly now?: () => number;
}

/**
 * @example
 * ```ts
 * await using model = new Model();
 * const shop = model.database("shop");
 * shop.enableCdc();
 * shop.createTable("orders", [{ name: "id", type: "int" }], ["id"]);
 * shop.enableTable("orders");
 * shop.transaction((t) => t.insert("orders", { id: 1 }));
 * if (shop.instance("dbo_orders").changes.length !== 1) throw new Error();
 * model.expectNoFaults();
 * ```
 */
export class Model implements AsyncDisposable {
  readonly server: TdsServer;
  readonly databases: ReadonlyMap<string, ModelDatabase>;
  readonly interruptions = new Interruptions();
  /** What was wrong with statements, or with the model itself. */
  readonly faults: string[] = [];
  /** How many statements came, by tag. */
  readonly counts = new Map<string, number>();

  constructor(options: ModelOptions = {}) {
    const { databases = ["shop"], now = Date.now, ...rest } = options;
    this.databases = new Map(
      databases.map((name) => [name, new ModelDatabase(name, now)]),
    );
    this.server = new TdsServer({
      users: { [TEST_USER]: TEST_PASSWORD },
      onLogin: ({ database }) =>
        this.databases.has(database) ? undefined : cannotOpenDatabase(database),
      ...rest,
      handler: (request) => this.#answer(request),
      onFault: (error) => this.#note(error),
    });
  }

  /** @throws {Error} For a name that wasn't given. */
  database(name: string): ModelDatabase {
    const database = this.databases.get(name);
    if (database === undefined) throw new Error(`no database ${name}`);
    return database;
  }

  /** As ADO writes it; encryption is the server's. */
  get connectionString(): string {
    const [first] = this.databases.keys();
    return `Server=127.0.0.1,${this.server.port};Database=${first};` +
      `User Id=${TEST_USER};Password="${TEST_PASSWORD}"`;
  }

  /** Fails a test in which a statement came that the model doesn't know. */
  expectNoFaults(): void {
    if (this.faults.length > 0) throw new Error(this.faults.join("\n\n"));
  }

  /** Ends the connections of some sessions, as a network does. */
  dropSessions(isMeant: (session: TdsSession) => boolean): void {
    for (const session of this.server.sessions) {
      if (isMeant(session)) session.drop();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }

  async #answer(request: SqlRequest): Promise<Answer> {
    if (request.sql === POOL_PROBE) return PROBE_ANSWER;
    const tag = /^\/\* dstream: ([^*]+) \*\/\n/.exec(request.sql)?.[1] ?? "";
    this.counts.set(tag, (this.counts.get(tag) ?? 0) + 1);
    const answerer = ANSWERS[tag];
    if (answerer === undefined) return this.#refuse(`unknown: ${request.sql}`);
    const { session, sql, signal } = request;
    const database = this.database(session.database);
    const moment: Moment = { tag, sql, session, database, signal };
    await this.interruptions.meet("start", moment);
    return this.#watch(answerer({
      ...request,
      database,
      meet: (point) => this.interruptions.meet(point, moment),
    }));
  }

  /** An answer is made while it is sent, so its faults come late. */
  async *#watch(answer: Answer): AsyncGenerator<AnswerPart> {
    try {
      yield* answer;
    } catch (error) {
      if (!(error instanceof UnknownStatement)) throw error;
      this.#refuse(error.message);
    }
  }

  #refuse(message: string): never {
    this.faults.push(message);
    throw new SqlServerError({
      number: 50_000,
      message: `The model doesn't know this statement: ${message}`.slice(
        0,
        4000,
      ),
    });
  }

  #note(error: unknown): void {
    this.faults.push(String((error as Error)?.stack ?? error));
  }
}

const PROBE_ANSWER: Answer = [{
  columns: [{ name: "", type: "int" }],
  rows: [[1]],
}];
