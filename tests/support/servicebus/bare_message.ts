/**
 * Messages as bytes: what a service must not change goes on as it came.
 *
 * A library that reads a message and writes it again makes other types of it: a
 * GUID becomes bytes, a whole number another one. So the sections that belong to
 * the sender are cut out of what it sent; the service's own, header and
 * annotations, are written anew.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { type Amqp, message, types } from "./rhea.ts";

/** Sections by their AMQP descriptor. */
const HEADER = 0x70;
const DELIVERY_ANNOTATIONS = 0x71;
const MESSAGE_ANNOTATIONS = 0x72;
const PROPERTIES = 0x73;
const APPLICATION_PROPERTIES = 0x74;
const FOOTER = 0x78;

const LOCK_TOKEN = "x-opt-lock-token";

/** Of a decoded message: the bytes it came as. */
const RAW = Symbol("raw");
/** Application properties that were set since. */
const CHANGED = Symbol("changed");
/** It came without an id, and has one since. */
const IS_NAMED = Symbol("isNamed");

/** What a section's value and a map are made of. */
interface Section {
  readonly code: number;
  readonly bytes: Buffer;
}

/** Decodes a message and keeps its bytes. */
export function decodeMessage(bytes: Uint8Array): Amqp {
  return withBytes(message.decode(Buffer.from(bytes)), bytes);
}

/** A message that was decoded elsewhere, with its bytes. */
export function withBytes(decoded: Amqp, bytes: Uint8Array): Amqp {
  return Object.assign(decoded, { [RAW]: Buffer.from(bytes) });
}

/** A copy that has an id. */
export function withId(decoded: Amqp, id: string): Amqp {
  return { ...decoded, message_id: id, [IS_NAMED]: true };
}

/** A copy with these application properties set. */
export function withProperties(
  decoded: Amqp,
  changes: Readonly<Record<string, Amqp>>,
): Amqp {
  return {
    ...decoded,
    application_properties: { ...decoded.application_properties, ...changes },
    [CHANGED]: { ...decoded[CHANGED], ...changes },
  };
}

/**
 * A message as it goes to a receiver.
 *
 * @param header Of the service: durable, ttl, delivery_count.
 * @param annotations Of the service, added to those of the sender.
 * @param lockToken Of a delivery that has one, a GUID.
 */
export function encodeMessage(
  decoded: Amqp,
  header: Amqp,
  annotations: Readonly<Record<string, Amqp>>,
  lockToken?: Amqp,
): Buffer {
  const delivery_annotations = lockToken && { [LOCK_TOKEN]: lockToken };
  const raw: Buffer | undefined = decoded[RAW];
  if (raw === undefined) {
    const message_annotations = {
      ...decoded.message_annotations,
      ...annotations,
    };
    return message.encode({
      ...decoded,
      ...header,
      delivery_annotations,
      message_annotations,
    });
  }
  const sections = sectionsOf(raw);
  const find = (code: number) => sections.find((one) => one.code === code);
  const body = sections.filter(({ code }) =>
    code > APPLICATION_PROPERTIES && code <= FOOTER
  );
  return Buffer.concat([
    encodeHeader(header),
    withEntries(undefined, DELIVERY_ANNOTATIONS, delivery_annotations ?? {}),
    withEntries(find(MESSAGE_ANNOTATIONS), MESSAGE_ANNOTATIONS, annotations),
    propertiesOf(decoded, find(PROPERTIES)),
    withEntries(
      find(APPLICATION_PROPERTIES),
      APPLICATION_PROPERTIES,
      decoded[CHANGED] ?? {},
    ),
    ...body.map(({ bytes }) => bytes),
  ]);
}

/** How many bytes the application properties have: each, and all together. */
export function propertySizes(decoded: Amqp): number[] {
  const raw: Buffer | undefined = decoded[RAW];
  const section = raw &&
    sectionsOf(raw).find(({ code }) => code === APPLICATION_PROPERTIES);
  if (section === undefined) return [];
  return [...entriesOf(section.bytes)].map(({ bytes }) => bytes.length);
}

function propertiesOf(decoded: Amqp, section: Section | undefined): Buffer {
  if (section !== undefined && !decoded[IS_NAMED]) return section.bytes;
  const own = section === undefined ? {} : message.decode(section.bytes);
  const { message_id } = decoded;
  return onlySection({ ...own, message_id }, PROPERTIES);
}

function encodeHeader(header: Amqp): Buffer {
  return onlySection(header, HEADER);
}

/** rhea writes every section; this is one of them. */
function onlySection(fields: Amqp, code: number): Buffer {
  const all = message.encode({ ...fields, body: message.data_section("") });
  return sectionsOf(all).find((one) => one.code === code)!.bytes;
}

/** A section that is a map, with entries added or replaced. */
function withEntries(
  section: Section | undefined,
  code: number,
  entries: Readonly<Record<string, Amqp>>,
): Buffer {
  const names = Object.keys(entries);
  if (names.length === 0) return section?.bytes ?? Buffer.alloc(0);
  const kept = section === undefined
    ? []
    : [...entriesOf(section.bytes)].filter(({ key }) => !names.includes(key))
      .map(({ bytes }) => bytes);
  const isSymbolic = code !== APPLICATION_PROPERTIES;
  const added = names.map((name) =>
    written([
      isSymbolic ? types.wrap_symbol(name) : types.wrap_string(name),
      types.wrap(entries[name]),
    ])
  );
  const content = Buffer.concat([...kept, ...added]);
  const head = Buffer.from([0, 0x53, code, 0xd1, 0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(content.length + 4, 4);
  head.writeUInt32BE(2 * (kept.length + added.length), 8);
  return Buffer.concat([head, content]);
}

function written(values: readonly Amqp[]): Buffer {
  const writer = new types.Writer();
  for (const value of values) writer.write(value);
  return Buffer.from(writer.toBuffer());
}

/** The entries of a section that is a map. */
function* entriesOf(
  section: Buffer,
): Generator<{ readonly key: string; readonly bytes: Buffer }> {
  let at = endOf(section, 1); // behind the descriptor
  const isSmall = section[at] === 0xc1;
  const count = isSmall ? section[at + 2] : section.readUInt32BE(at + 5);
  at += isSmall ? 3 : 9;
  for (let n = 0; n < count; n += 2) {
    const valueAt = endOf(section, at);
    const end = endOf(section, valueAt);
    const key = textOf(section.subarray(at, valueAt));
    yield { key, bytes: section.subarray(at, end) };
    at = end;
  }
}

/** A string or symbol. */
function textOf(bytes: Buffer): string {
  const isSmall = bytes[0] === 0xa1 || bytes[0] === 0xa3;
  return bytes.subarray(isSmall ? 2 : 5).toString("utf8");
}

function sectionsOf(bytes: Buffer): Section[] {
  const sections: Section[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = endOf(bytes, at);
    // A small ulong, or eight bytes of which the last counts.
    const code = bytes[at + 1] === 0x53 ? bytes[at + 2] : bytes[at + 9];
    if (code !== DELIVERY_ANNOTATIONS) {
      sections.push({ code, bytes: bytes.subarray(at, end) });
    }
    at = end;
  }
  return sections;
}

/** Bytes behind the code of a type, by its first digit; below 0: a length. */
const WIDTHS = [0, 1, 2, 4, 8, 16, -1, -4, -1, -4, -1, -4];

/** Where the value that begins at a place is over. */
function endOf(bytes: Buffer, at: number): number {
  const code = bytes[at];
  if (code === 0) return endOf(bytes, endOf(bytes, at + 1));
  const width = WIDTHS[(code >> 4) - 4];
  if (width >= 0) return at + 1 + width;
  const size = width === -1 ? bytes[at + 1] : bytes.readUInt32BE(at + 1);
  return at + 1 - width + size;
}
