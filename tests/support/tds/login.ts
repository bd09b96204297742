/**
 * Who may log in, and what the server says to them (MS-TDS 2.2.7.14, LOGINACK).
 *
 * @module
 */

import type { ByteWriter } from "./byte_writer.ts";
import { LATIN1 } from "./collation.ts";
import {
  integratedSecurityRefused,
  loginFailed,
  type SqlServerError,
} from "./errors.ts";
import type { Login } from "./login7.ts";
import type { TdsServerOptions } from "./server.ts";
import {
  DoneStatus,
  DoneToken,
  EnvChange,
  writeBytesChange,
  writeDone,
  writeError,
  writeFeatureAcks,
  writeFedAuthInfo,
  writeInfo,
  writeLoginAck,
  writeTextChange,
} from "./tokens.ts";

const FED_AUTH = 0x02;
const UTF8_SUPPORT = 0x0a;
const MIN_PACKET_BYTES = 512;
const MAX_PACKET_BYTES = 32_767;

/** What was agreed. */
export interface Accepted {
  readonly user: string;
  readonly packetSizeBytes: number;
}

/** Tells the client where tokens come from; no test goes there. */
export function askForToken(writer: ByteWriter): void {
  const tenant = "https://login.example.invalid/tenant";
  writeFedAuthInfo(writer, tenant, "https://database.example.invalid/");
  writeDone(writer, DoneToken.done, DoneStatus.final);
}

/** Writes the answer. @returns Nothing when the login is refused. */
export function acceptLogin(
  login: Login,
  options: TdsServerOptions,
  writer: ByteWriter,
): Accepted | undefined {
  const serverName = options.serverName ?? "TESTSERVER";
  const user = userOf(login, options);
  const refusal = user === undefined
    ? refusalOf(login)
    : options.onLogin?.(login);
  if (user === undefined || refusal !== undefined) {
    writeError(writer, refusal ?? loginFailed(login.user), serverName);
    writeDone(writer, DoneToken.done, DoneStatus.error);
    return undefined;
  }
  const packetSizeBytes = Math.min(
    Math.max(login.packetSizeBytes || 4096, MIN_PACKET_BYTES),
    MAX_PACKET_BYTES,
  );
  writeWelcome(writer, login, packetSizeBytes, serverName);
  return { user, packetSizeBytes };
}

function userOf(
  login: Login,
  { users, tokens }: TdsServerOptions,
): string | undefined {
  if (login.usesIntegratedSecurity) return undefined;
  if (login.tokenWay !== "none") return tokens?.[login.token];
  const isRight = Object.hasOwn(users, login.user) &&
    users[login.user] === login.password;
  return isRight ? login.user : undefined;
}

function refusalOf(login: Login): SqlServerError {
  if (login.usesIntegratedSecurity) return integratedSecurityRefused();
  return loginFailed(
    login.tokenWay === "none" ? login.user : "<token-identified principal>",
  );
}

function writeWelcome(
  writer: ByteWriter,
  login: Login,
  packetSizeBytes: number,
  serverName: string,
): void {
  const database = login.database || "master";
  writeTextChange(writer, EnvChange.database, database, "master");
  writeInfo(writer, {
    number: 5701,
    state: 2,
    message: `Changed database context to '${database}'.`,
  }, serverName);
  const none = new Uint8Array(0);
  writeBytesChange(writer, EnvChange.collation, LATIN1.bytes, none);
  writeLoginAck(writer);
  const size = String(packetSizeBytes);
  writeTextChange(writer, EnvChange.packetSize, size, "4096");
  writeFeatureAcks(writer, [
    ...(login.tokenWay === "none" ? [] : [{ id: FED_AUTH, data: none }]),
    ...(login.wantsUtf8
      ? [{ id: UTF8_SUPPORT, data: new Uint8Array([1]) }]
      : []),
  ]);
  writeDone(writer, DoneToken.done, DoneStatus.final);
}
