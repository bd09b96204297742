/**
 * As much of gRPC as a plugin needs: unary calls and streams from the server.
 *
 * Our own over `node:http2`, because gRPC's library hangs on the runtime that
 * executables hold; see docs/decisions/plugin-host.md.
 * Source: gRPC over HTTP2, grpc/doc/PROTOCOL-HTTP2.md.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import http2 from "node:http2";
import net from "node:net";
import { joinBytes } from "../../base/join_bytes.ts";
import type { PluginAddress } from "./handshake.ts";

/** A call that ended with a status that isn't OK. */
export class GrpcError extends Error {
  constructor(readonly code: number, message: string) {
    super(message);
  }

  /** The plugin hasn't got this call. */
  get isUnimplemented(): boolean {
    return this.code === 12;
  }

  /** The connection is gone. */
  get isUnavailable(): boolean {
    return this.code === 14;
  }
}

const UNAVAILABLE = 14;
const RESOURCE_EXHAUSTED = 8;
/** A byte for compression, four of length. */
const HEAD_BYTES = 5;
/** Of a message: one of 64 MiB is no config any more. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/** One connection. Ending it is the only sure way to cancel a call. */
export class GrpcConnection implements Disposable {
  readonly #session: http2.ClientHttp2Session;

  private constructor(session: http2.ClientHttp2Session) {
    this.#session = session;
    // Each call says by itself how it ended.
    session.on("error", () => {});
  }

  static open(address: PluginAddress): Promise<GrpcConnection> {
    return new Promise((resolve, reject) => {
      const session = http2.connect("http://localhost", {
        createConnection: () =>
          address.network === "unix"
            ? net.connect(address.path)
            : net.connect(address.port, address.host),
      });
      session.once("connect", () => resolve(new GrpcConnection(session)));
      session.once("error", reject);
    });
  }

  /** The one message of the answer. @throws {GrpcError} */
  async unary(path: string, request: Uint8Array): Promise<Uint8Array> {
    let answer: Uint8Array | undefined;
    await this.stream(path, request, (message) => answer = message);
    return answer ?? new Uint8Array();
  }

  /** Each message of the answer; resolves at its end. @throws {GrpcError} */
  stream(
    path: string,
    request: Uint8Array,
    onMessage: (message: Uint8Array) => void,
  ): Promise<void> {
    const stream = this.#session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      "te": "trailers",
    });
    return new Promise((resolve, reject) => {
      let status: GrpcError | "ok" | undefined;
      const read = (headers: http2.IncomingHttpHeaders) =>
        status ??= statusOf(headers);
      const cut = cutMessages(onMessage);
      stream.on("response", read);
      stream.on("trailers", read);
      stream.on("data", (chunk: Buffer) => {
        try {
          cut(chunk);
        } catch (error) {
          status = error as GrpcError;
          stream.close(http2.constants.NGHTTP2_CANCEL);
        }
      });
      stream.on("error", () => {});
      const end = () => {
        if (status === "ok") return resolve();
        reject(status ?? new GrpcError(UNAVAILABLE, "the connection broke"));
      };
      stream.on("end", end);
      stream.on("close", end);
      this.#session.once("close", end);
      stream.end(framed(request));
    });
  }

  [Symbol.dispose](): void {
    this.#session.destroy();
  }
}

/** No compression, four bytes of length. */
function framed(message: Uint8Array): Buffer {
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  return frame;
}

/**
 * Messages out of chunks, each byte copied once however many chunks there are.
 * @returns Takes a chunk. @throws {GrpcError} A message is too long.
 */
export function cutMessages(
  onMessage: (message: Uint8Array) => void,
): (chunk: Uint8Array) => void {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let neededBytes = HEAD_BYTES;
  return (chunk) => {
    held.push(chunk);
    heldBytes += chunk.length;
    if (heldBytes < neededBytes) return;
    let rest = held.length === 1 ? chunk : joinBytes(held);
    for (;;) {
      neededBytes = HEAD_BYTES;
      if (rest.length < neededBytes) break;
      neededBytes += sizeOf(rest);
      if (rest.length < neededBytes) break;
      onMessage(rest.subarray(HEAD_BYTES, neededBytes));
      rest = rest.subarray(neededBytes);
    }
    held = rest.length === 0 ? [] : [rest];
    heldBytes = rest.length;
  };
}

function sizeOf(frame: Uint8Array): number {
  const { buffer, byteOffset } = frame;
  const sizeBytes = new DataView(buffer, byteOffset).getUint32(1);
  if (sizeBytes <= MAX_MESSAGE_BYTES) return sizeBytes;
  const limit = `${MAX_MESSAGE_BYTES / 1024 / 1024} MiB`;
  throw new GrpcError(
    RESOURCE_EXHAUSTED,
    `it sent a message of ${sizeBytes} bytes, more than ${limit}`,
  );
}

/** In the trailers, or in the headers where nothing else comes. */
function statusOf(
  headers: http2.IncomingHttpHeaders,
): GrpcError | "ok" | undefined {
  const code = headers["grpc-status"];
  if (code === undefined) return undefined;
  if (Number(code) === 0) return "ok";
  const text = String(headers["grpc-message"] ?? "");
  return new GrpcError(Number(code), decodePercent(text));
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
