/**
 * PRELOGIN (MS-TDS 2.2.6.5): versions, and who wants encryption.
 *
 * @module
 */

import { ByteReader } from "./byte_reader.ts";
import { concat } from "./packets.ts";

/** What the server says about encryption when it may choose. */
export type EncryptionMode = "not_supported" | "off" | "required";

/** The values of the ENCRYPTION option. */
export const Encryption = {
  off: 0,
  on: 1,
  notSupported: 2,
  required: 3,
} as const;

const VERSION = 0;
const ENCRYPTION = 1;
const INSTANCE = 2;
const THREAD_ID = 3;
const MARS = 4;
const FED_AUTH_REQUIRED = 6;
const TERMINATOR = 0xff;
const SQL_SERVER_2022 = new Uint8Array([16, 0, 0x10, 0x36, 0, 0]);

/** @returns The options of a PRELOGIN message by their token. */
export function readPrelogin(payload: Uint8Array): Map<number, Uint8Array> {
  const reader = new ByteReader(payload);
  const options = new Map<number, Uint8Array>();
  for (let token = reader.u8(); token !== TERMINATOR; token = reader.u8()) {
    const at = reader.u16be();
    options.set(token, payload.subarray(at, at + reader.u16be()));
  }
  return options;
}

/** @returns What the client says about encryption. */
export function clientEncryption(
  options: ReadonlyMap<number, Uint8Array>,
): number {
  return options.get(ENCRYPTION)?.[0] ?? Encryption.notSupported;
}

/**
 * The table of MS-TDS 2.2.6.5. One line is missing: where both sides say OFF only
 * the login is encrypted; this server then encrypts nothing and says so.
 */
export function negotiate(client: number, server: EncryptionMode): number {
  if (server === "not_supported") return Encryption.notSupported;
  const wants = client === Encryption.on || client === Encryption.required;
  if (wants) return Encryption.on;
  // "off" is for a client that could: it has to. One that can't is hung up on.
  return server === "required" ? Encryption.required : Encryption.notSupported;
}

/** @returns The answer to a PRELOGIN message. */
export function writePrelogin(
  encryption: number,
  asksForToken: boolean,
): Uint8Array {
  const options: [number, Uint8Array][] = [
    [VERSION, SQL_SERVER_2022],
    [ENCRYPTION, new Uint8Array([encryption])],
    [INSTANCE, new Uint8Array([0])],
    [THREAD_ID, new Uint8Array(0)],
    [MARS, new Uint8Array([0])],
    [FED_AUTH_REQUIRED, new Uint8Array([asksForToken ? 1 : 0])],
  ];
  let at = options.length * 5 + 1;
  const heads = options.map(([token, value]) => {
    const head = [token, at >> 8, at & 255, value.length >> 8, value.length];
    at += value.length;
    return new Uint8Array(head);
  });
  const end = new Uint8Array([TERMINATOR]);
  return concat([...heads, end, ...options.map(([, value]) => value)]);
}
