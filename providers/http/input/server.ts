/**
 * Answers requests: who may write, what is taken, and when it is said.
 *
 * @module
 */

import { createHash, timingSafeEqual } from "node:crypto";
import {
  ConfigError,
  type Envelope,
  type Json,
  type JsonObject,
  type OpenContext,
} from "@dstream/sdk";
import { writeChange } from "@dstream/sdk/changes";
import { BadBody, readBody, recordsOf } from "./body.ts";
import type { HttpInputConfig } from "./config.ts";
import { isSigned } from "./signature.ts";
import type { Queue } from "./waiting.ts";

/** How long a sender should wait that came too often, in seconds. */
const RETRY_AFTER_S = 5;

/** The server of one input. */
export class WebhookServer implements AsyncDisposable {
  readonly #config: HttpInputConfig;
  readonly #queue: Queue;
  readonly #context: OpenContext;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  /** Nothing new is taken; what waits is answered. */
  isClosing = false;

  constructor(config: HttpInputConfig, queue: Queue, context: OpenContext) {
    this.#config = config;
    this.#queue = queue;
    this.#context = context;
    this.#server = this.#listen();
  }

  get port(): number {
    return this.#server.addr.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isClosing = true;
    // Its answers are out; an open connection without a request has no claim.
    await Promise.race([this.#server.shutdown(), this.#context.sleep(1000)]);
  }

  #listen(): Deno.HttpServer<Deno.NetAddr> {
    const { listen, tls } = this.#config;
    const colon = listen.lastIndexOf(":");
    const hostname = listen.slice(0, colon).replace(/^\[|\]$/g, "");
    const certificate = tls === undefined ? {} : {
      cert: readFile("tls.cert_file", tls.certFile),
      key: readFile("tls.key_file", tls.keyFile),
    };
    try {
      return Deno.serve({
        port: Number(listen.slice(colon + 1)),
        hostname,
        ...certificate,
        onListen: () => {},
        onError: () => say(500, "something went wrong"),
      }, (request) => this.#answer(request)) as Deno.HttpServer<Deno.NetAddr>;
    } catch (error) {
      throw new ConfigError(
        "listen",
        `cannot listen on ${listen}: ${(error as Error).message}`,
        "is another program there already?",
      );
    }
  }

  async #answer(request: Request): Promise<Response> {
    try {
      return this.#refusal(request) ?? await this.#take(request);
    } catch (error) {
      if (error instanceof BadBody) return say(error.status, error.message);
      throw error;
    }
  }

  #refusal(request: Request): Response | undefined {
    const { path, method, token } = this.#config;
    if (new URL(request.url).pathname !== path) return say(404, "not here");
    if (request.method !== method) {
      return say(405, `only ${method}`, { Allow: method });
    }
    const given = request.headers.get("authorization") ?? "";
    if (token !== undefined && !isEqual(given, `Bearer ${token}`)) {
      return say(401, "a token is needed", { "WWW-Authenticate": "Bearer" });
    }
    if (this.isClosing) return later(503, "closing");
    if (this.#queue.isFull) return later(429, "too many requests wait");
  }

  async #take(request: Request): Promise<Response> {
    const { signature, maxBodyBytes, answerTimeoutMs, ack } = this.#config;
    const late = AbortSignal.timeout(answerTimeoutMs);
    const body = await readBody(request, maxBodyBytes, late);
    if (
      signature !== undefined &&
      !isSigned(signature, request.headers, body, this.#context.now())
    ) return say(401, "the signature is not right");
    const envelopes = this.#envelopes(request, body);
    if (envelopes.length === 0) return say(200, "nothing in it");
    const delivered = this.#queue.put(envelopes);
    if (ack === "received") return say(202, "received");
    const isLate = new Promise<true>((resolve) =>
      late.addEventListener("abort", () => resolve(true), { once: true })
    );
    return await Promise.race([isLate, delivered]) === true
      ? later(503, "not delivered yet")
      : say(200, "delivered");
  }

  #envelopes(request: Request, body: Uint8Array): Envelope[] {
    const { table, key, headers } = this.#config;
    const timestamp = new Date(this.#context.now()).toISOString();
    const more: JsonObject = headers === undefined
      ? {}
      : { headers: chosen(headers, request.headers) };
    return recordsOf(body, this.#config).map((data) =>
      writeChange({ table, key, timestamp, source: "http", data }, more)
    );
  }
}

function chosen(
  names: readonly string[],
  headers: Headers,
): Record<string, Json> {
  const found = names.map((name) => [name.toLowerCase(), headers.get(name)]);
  return Object.fromEntries(found.filter(([, value]) => value !== null));
}

function say(status: number, text: string, headers: HeadersInit = {}) {
  return new Response(`${text}\n`, { status, headers });
}

function later(status: number, text: string): Response {
  return say(status, text, { "Retry-After": String(RETRY_AFTER_S) });
}

/** In a time that says nothing of where two texts differ. */
function isEqual(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function readFile(key: string, path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new ConfigError(
      key,
      `cannot read "${path}": ${(error as Error).message}`,
    );
  }
}
