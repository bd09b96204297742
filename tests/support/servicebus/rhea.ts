/**
 * The door to rhea, whose types don't reach as far as a server needs, and the few
 * ways in which Service Bus writes numbers and identifiers.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import rhea from "rhea";

/** Whatever rhea hands out. */
// deno-lint-ignore no-explicit-any
export type Amqp = any;

const { types, message, uuid_to_string, string_to_uuid } = rhea as Amqp;
export { message, types };

/** What one end tells the other when something is refused. */
export interface Refusal {
  readonly condition: string;
  readonly description: string;
}

/** What the service says of itself when a connection opens. */
export const OPEN = {
  max_frame_size: 65_536,
  channel_max: 4999,
  idle_time_out: 240_000,
  properties: { product: "dstream-test-server", version: "1.0" },
};

/** A new rhea container. */
export function createContainer(id: string): Amqp {
  const container = (rhea as Amqp).create_container({ id });
  container.sasl_server_mechanisms.enable_anonymous();
  container.sasl_server_mechanisms.enable_plain(() => true);
  container.sasl_server_mechanisms.MSSBCBS = () => ({
    outcome: true,
    start() {},
    step() {},
  });
  const errors = ["connection", "session", "receiver", "sender", "protocol"];
  for (const error of errors) container.on(`${error}_error`, () => {});
  container.on("error", () => {});
  container.on("session_open", ({ session }: Amqp) => {
    session.local.begin.handle_max = 255;
    const output = session.output;
    session.output = (frame: Amqp, payload: Amqp) => {
      padFields(frame);
      output.call(session, frame, payload);
    };
  });
  return container;
}

/** The bytes of a message that rhea decoded. */
const bytesOf = new WeakMap<object, Uint8Array>();
const decode = message.decode;
/** rhea hands out what it made of a message alone. */
message.decode = (bytes: Buffer) => {
  const decoded = decode(bytes);
  bytesOf.set(decoded, bytes);
  return decoded;
};

/** What a decoded message came as. */
export function bytesOfMessage(decoded: object): Uint8Array {
  return bytesOf.get(decoded)!;
}

/** With all its fields: clients count on the last, which is for more. */
export function wholeError({ condition, description }: Refusal): Amqp {
  return { condition, description, info: undefined };
}

/**
 * Refuses a link as AMQP says: the answer to the attach names no terminus of ours,
 * and the link is gone at once.
 */
export function refuseLink(link: Amqp, refusal: Refusal): void {
  const { attach } = link.local;
  if (link.is_receiver()) attach.target = undefined;
  else attach.source = undefined;
  link.close(wholeError(refusal));
}

/** The path of `amqps://host:port/orders`, which may come without a host. */
export function pathOf(address: string | undefined): string {
  return (address ?? "").replace(/^[a-z]+:\/\/[^/]*\//i, "")
    .replace(/^\/+/, "");
}

/** A value that came with a descriptor, without it. */
export function plain(value: Amqp): Amqp {
  return value?.descriptor === undefined ? value : value.value;
}

/** A value with the descriptor that another came with, if it had one. */
export function describedLike(other: Amqp, value: string): Amqp {
  const wrapped = types.wrap(value);
  return other?.descriptor === undefined
    ? wrapped
    : types.described_nc(other.descriptor, wrapped);
}

/** Writes also the empty fields at the end: a client reads them by their place. */
function padFields(frame: Amqp): void {
  const kind = Object.getPrototypeOf(frame);
  const fields = Object.getOwnPropertyDescriptors(kind);
  const count = Object.values(fields).filter(({ get }) => get).length;
  for (let place = 0; place < count; place++) {
    frame.value[place] ??= types.Null();
  }
}

/** Eight bytes, as rhea wants an AMQP `long`. */
export function longBytes(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}

/** A sequence number as it comes from a client. */
export function readLong(value: Amqp): number {
  return Buffer.isBuffer(value) ? Number(value.readBigInt64BE()) : +value;
}

const TICKS_PER_MS = 10_000n;
const TICKS_AT_1970 = 621_355_968_000_000_000n;

/** .NET ticks of a time in milliseconds since 1970. */
export function ticks(timeMs: number): Buffer {
  return longBytes(BigInt(timeMs) * TICKS_PER_MS + TICKS_AT_1970);
}

/** A lock token as a delivery tag: the bytes of a .NET Guid. */
export function tokenToTag(token: string): Buffer {
  return reorder(string_to_uuid(token));
}

/** The other way round. */
export function tagToToken(tag: Uint8Array): string {
  return uuid_to_string(reorder(Buffer.from(tag)));
}

/** A lock token in a request, which comes as text or as sixteen bytes. */
export function readToken(value: Amqp): string {
  return typeof value === "string" ? value : uuid_to_string(value);
}

/** A token in an answer. */
export function wrapToken(token: string): Amqp {
  return types.wrap_uuid(string_to_uuid(token));
}

function reorder(b: Buffer): Buffer {
  const head = [b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6]];
  return Buffer.from([...head, ...b.subarray(8, 16)]);
}

/** Deno 2.6 never says so when a client has closed its connection first. */
const CLOSE_WAIT_MS = 200;

/** Stops listening. */
export async function closeListener(listener: Amqp): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  await Promise.race([
    new Promise((resolve) => listener.close(resolve)),
    new Promise((resolve) => timer = setTimeout(resolve, CLOSE_WAIT_MS)),
  ]);
  clearTimeout(timer);
}
