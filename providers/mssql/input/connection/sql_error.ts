/**
 * What went wrong with SQL Server: worth another try, or a person's business?
 *
 * @module
 */

/** A failed statement or connection; the message never holds a secret. */
export class SqlError extends Error {
  override readonly name = "SqlError";

  constructor(
    message: string,
    readonly kind: SqlErrorKind,
    /** SQL Server's number, as 1205; undefined for what didn't come from it. */
    readonly number: number | undefined,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** Whether the connection can't be used any more. */
  get isConnectionLost(): boolean {
    return this.kind === "connection" || this.kind === "timeout";
  }
}

/** What to do about it. */
export type SqlErrorKind =
  /** The connection is gone, or was never there. */
  | "connection"
  /** No answer in time. */
  | "timeout"
  /** The server says that it passes: deadlock, failover, too many requests. */
  | "transient"
  /** The login or its rights. */
  | "permission"
  /** An object or column that isn't there: the catalog is out of date. */
  | "missing"
  /** Everything else the server refused. */
  | "refused";

/** Numbers by kind; https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors */
const KIND_OF = new Map<number, SqlErrorKind>([
  // A victim of a deadlock; a lock wait too long; a snapshot update conflict.
  ...of("transient", [1205, 1222, 3960, 3961]),
  // Memory, workers, log and tempdb that are short for a while.
  ...of("transient", [701, 845, 802, 8645, 8651, 1204, 9002, 10928, 10929]),
  // A database that starts, stops, fails over or moves.
  ...of("transient", [904, 921, 922, 927, 942, 945, 976, 978, 979, 982, 983]),
  ...of("transient", [
    4060,
    4221,
    9001,
    41131,
    41158,
    41308,
    13900,
    3906,
    5060,
  ]),
  // Azure: reconfiguring, busy, throttled, resumed from a pause.
  ...of("transient", [40143, 40166, 40197, 40501, 40540, 40613, 42108, 42109]),
  ...of("transient", [49918, 49919, 49920, 10053, 10054, 10060, 11001, 14906]),
  // The session or the server ends.
  ...of("connection", [596, 6005, 6006, 17142, 17148, 17188, 18451, 233, 64]),
  ...of("permission", [229, 230, 262, 297, 300, 916, 18452, 18456, 18470]),
  ...of("permission", [18486, 18487, 18488, 4062, 4064, 15247, 15151, 371]),
  ...of("missing", [207, 208, 2812, 313, 2760, 4924]),
]);

function of(kind: SqlErrorKind, numbers: readonly number[]) {
  return numbers.map((number) => [number, kind] as const);
}

/** What the driver throws, as far as it matters. */
interface DriverError {
  readonly message?: string;
  readonly code?: string;
  readonly number?: number;
  readonly errors?: readonly DriverError[];
  readonly cause?: unknown;
}

/** Makes a {@link SqlError} of whatever the driver threw. */
export function toSqlError(thrown: unknown): SqlError {
  if (thrown instanceof SqlError) return thrown;
  const error = firstOf(thrown as DriverError);
  const kind = kindOf(error);
  return new SqlError(messageOf(error), kind, error.number, { cause: thrown });
}

/** Several errors of one statement: the first with a known kind tells more. */
function firstOf(error: DriverError): DriverError {
  const all = error.errors ?? [];
  return all.find(({ number }) => KIND_OF.has(number ?? -1)) ?? all[0] ?? error;
}

function kindOf({ code, number }: DriverError): SqlErrorKind {
  if (number !== undefined) return KIND_OF.get(number) ?? "refused";
  if (code === "ETIMEOUT") return "timeout";
  if (code === "ELOGIN" || code === "EFEDAUTH") return "permission";
  return "connection";
}

function messageOf(error: DriverError): string {
  const { message = "unknown error", number } = error;
  const why = reasonsOf(error.cause);
  // The driver's own words for "each address was tried".
  const said = message.replace(
    / - Could not connect \((?:sequence|parallel)\)/,
    "",
  );
  const text = (why === "" ? message : `${said}: ${why}`)
    .replace(/\s*\n\s*/g, "; ");
  return number === undefined ? text : `${text} (SQL Server error ${number})`;
}

/** Why every address of a server failed. */
function reasonsOf(cause: unknown): string {
  const errors = (cause as DriverError | undefined)?.errors ?? [];
  return [...new Set(errors.flatMap(({ message }) => message ?? []))].join(
    "; ",
  );
}

/** Whether waiting alone may help. */
export function isTransient(error: unknown): boolean {
  return error instanceof SqlError &&
    (error.isConnectionLost || error.kind === "transient");
}
