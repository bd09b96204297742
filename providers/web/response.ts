/**
 * One request and its answer, with an end to every wait and to every body.
 *
 * @module
 */

import { FailedRequest } from "./failed_request.ts";

/** What is sent. */
export interface WebRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

/** What came. */
export interface WebResponse {
  readonly status: number;
  readonly headers: Headers;
  /** The body, unpacked. */
  readonly bytes: Uint8Array;
  /** Where it came from, after redirects. */
  readonly url: URL;
}

/** Bounds of one exchange. */
export interface Limits {
  /** Until the answer begins, and between two parts of it. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** Sends one request; redirects are answers like any other. */
export async function exchange(
  request: WebRequest,
  limits: Limits,
  signal: AbortSignal,
  client?: Deno.HttpClient,
): Promise<WebResponse> {
  using patience = new Patience(limits.timeoutMs, signal);
  const { url, method, headers, body } = request;
  try {
    const response = await fetch(url, {
      method,
      headers,
      body,
      redirect: "manual",
      signal: patience.signal,
      client,
    } as RequestInit);
    const bytes = await readBody(response, limits.maxBytes, patience);
    return { status: response.status, headers: response.headers, bytes, url };
  } catch (error) {
    if (error instanceof FailedRequest) throw error;
    signal.throwIfAborted();
    throw patience.isOver
      ? FailedRequest.late(url, limits.timeoutMs)
      : FailedRequest.broken(url, error);
  }
}

async function readBody(
  response: Response,
  maxBytes: number,
  patience: Patience,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    patience.renew();
    length += part.length;
    if (length > maxBytes) {
      throw FailedRequest.tooLong(new URL(response.url), maxBytes);
    }
    parts.push(part);
  }
  return joined(parts, length);
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Ends a wait that stands still. */
class Patience implements Disposable {
  readonly #late = new AbortController();
  readonly signal: AbortSignal;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly timeoutMs: number, signal: AbortSignal) {
    this.signal = AbortSignal.any([signal, this.#late.signal]);
    this.renew();
  }

  get isOver(): boolean {
    return this.#late.signal.aborted;
  }

  renew(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#late.abort(), this.timeoutMs);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
