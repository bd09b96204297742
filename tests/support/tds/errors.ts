/**
 * What a handler throws: an error SQL Server reports, or the loss of a connection.
 *
 * @module
 */

/** The parts of an ERROR or INFO token (MS-TDS 2.2.7.10, 2.2.7.13). */
export interface SqlMessage {
  readonly number: number;
  readonly message: string;
  /** 1 when not given. */
  readonly state?: number;
  /** Severity: 11 to 16 are the user's, from 20 on the connection ends. */
  readonly severity?: number;
  readonly line?: number;
  readonly procedure?: string;
}

/** An error as SQL Server reports it. */
export class SqlServerError extends Error {
  override readonly name = "SqlServerError";
  readonly number: number;
  readonly state: number;
  readonly severity: number;
  readonly line: number;
  readonly procedure: string;

  constructor(parts: SqlMessage) {
    super(parts.message);
    this.number = parts.number;
    this.state = parts.state ?? 1;
    this.severity = parts.severity ?? 16;
    this.line = parts.line ?? 1;
    this.procedure = parts.procedure ?? "";
  }
}

/** Thrown by a handler: the connection is closed at once, in mid-answer too. */
export class DroppedConnection extends Error {
  override readonly name = "DroppedConnection";
}

/** 1205: this session was chosen as the victim; its transaction is gone. */
export function deadlock(): SqlServerError {
  return new SqlServerError({
    number: 1205,
    state: 51,
    severity: 13,
    message:
      "Transaction (Process ID 51) was deadlocked on lock resources with another process and has been chosen as the deadlock victim. Rerun the transaction.",
  });
}

/** 1222: a lock wasn't given in time. */
export function lockTimeout(): SqlServerError {
  return new SqlServerError({
    number: 1222,
    state: 51,
    message: "Lock request time out period exceeded.",
  });
}

/** 18456: wrong user or password; the server doesn't say which. */
export function loginFailed(user: string): SqlServerError {
  return new SqlServerError({
    number: 18456,
    severity: 14,
    message: `Login failed for user '${user}'.`,
  });
}

/** 18452: integrated security without a domain. */
export function integratedSecurityRefused(): SqlServerError {
  return new SqlServerError({
    number: 18452,
    severity: 14,
    message:
      "Login failed. The login is from an untrusted domain and cannot be used with Integrated authentication.",
  });
}

/** 4060: no such database, or none for this login. */
export function cannotOpenDatabase(database: string): SqlServerError {
  return new SqlServerError({
    number: 4060,
    severity: 11,
    message:
      `Cannot open database "${database}" requested by the login. The login failed.`,
  });
}

/** 208: no such table, or no right to see it. */
export function invalidObjectName(name: string): SqlServerError {
  return new SqlServerError({
    number: 208,
    message: `Invalid object name '${name}'.`,
  });
}

/** 229: a right is missing. */
export function permissionDenied(
  right: string,
  object: string,
  database: string,
  schema: string,
): SqlServerError {
  return new SqlServerError({
    number: 229,
    state: 5,
    severity: 14,
    message:
      `The ${right} permission was denied on the object '${object}', database '${database}', schema '${schema}'.`,
  });
}
