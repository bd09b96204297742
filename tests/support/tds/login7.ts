/**
 * LOGIN7 (MS-TDS 2.2.6.4): who logs in, from where, to which database.
 *
 * @module
 */

import { ByteReader } from "./byte_reader.ts";

/** What a client says of itself. */
export interface Login {
  /** Empty with integrated security or a token. */
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly appName: string;
  readonly hostName: string;
  /** The name the client knows the server by. */
  readonly serverName: string;
  /** ApplicationIntent=ReadOnly. */
  readonly isReadOnly: boolean;
  readonly usesIntegratedSecurity: boolean;
  readonly packetSizeBytes: number;
  /** How a token of Entra ID comes: with the login, after it, or not at all. */
  readonly tokenWay: "in_login" | "asked_for" | "none";
  readonly token: string;
  readonly wantsUtf8: boolean;
}

const INTEGRATED_SECURITY = 0x80;
const READ_ONLY_INTENT = 0x20;
const EXTENSION_USED = 0x10;
const FED_AUTH = 0x02;
const UTF8_SUPPORT = 0x0a;
const FEATURES_END = 0xff;
const FIELDS_AT = 36;

/** @returns The parts of a LOGIN7 message. */
export function readLogin7(payload: Uint8Array): Login {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const field = (index: number) => fieldBytes(payload, view, index);
  const text = (index: number) => {
    const bytes = field(index);
    return new ByteReader(bytes).ucs2(bytes.length);
  };
  const usesExtension = (view.getUint8(27) & EXTENSION_USED) !== 0;
  return {
    hostName: text(0),
    user: text(1),
    password: clearPassword(field(2)),
    appName: text(3),
    serverName: text(4),
    database: text(8),
    packetSizeBytes: view.getUint32(8, true),
    usesIntegratedSecurity: (view.getUint8(25) & INTEGRATED_SECURITY) !== 0,
    isReadOnly: (view.getUint8(26) & READ_ONLY_INTENT) !== 0,
    ...readFeatures(payload, view, usesExtension),
  };
}

function fieldBytes(
  payload: Uint8Array,
  view: DataView,
  index: number,
): Uint8Array {
  const at = view.getUint16(FIELDS_AT + index * 4, true);
  const characters = view.getUint16(FIELDS_AT + index * 4 + 2, true);
  return payload.subarray(at, at + characters * 2);
}

/** Undoes the obfuscation: bits XOR 0xA5, then halves of a byte swapped. */
export function clearPassword(scrambled: Uint8Array): string {
  const bytes = scrambled.map((byte) => {
    const bits = byte ^ 0xa5;
    return ((bits & 0x0f) << 4) | (bits >> 4);
  });
  return new ByteReader(bytes).ucs2(bytes.length);
}

type Features = Pick<Login, "tokenWay" | "token" | "wantsUtf8">;

/** FeatureExt: the fifth field points to where its place is written. */
function readFeatures(
  payload: Uint8Array,
  view: DataView,
  usesExtension: boolean,
): Features {
  const features = { tokenWay: "none", token: "", wantsUtf8: false } as const;
  if (!usesExtension) return features;
  const pointer = view.getUint16(FIELDS_AT + 5 * 4, true);
  const reader = new ByteReader(payload);
  reader.at = view.getUint32(pointer, true);
  let found: Features = features;
  for (let id = reader.u8(); id !== FEATURES_END; id = reader.u8()) {
    const data = reader.bytes(reader.u32());
    if (id === UTF8_SUPPORT) found = { ...found, wantsUtf8: true };
    if (id === FED_AUTH) found = { ...found, ...readFedAuth(data) };
  }
  return found;
}

/** MS-TDS 2.2.6.4, FEDAUTH: the upper seven bits name the library. */
function readFedAuth(data: Uint8Array): Pick<Features, "tokenWay" | "token"> {
  const reader = new ByteReader(data);
  const securityToken = 1;
  if (reader.u8() >> 1 !== securityToken) {
    return { tokenWay: "asked_for", token: "" };
  }
  return { tokenWay: "in_login", token: reader.ucs2(reader.u32()) };
}
