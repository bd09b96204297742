/**
 * One request to a registry, tried until it is answered: pauses between attempts,
 * redirects, time limits. Who we are is auth.ts; what to ask for is client.ts.
 *
 * Redirects are followed here and not by `fetch`, because the Authorization header
 * must not travel to another host, nor a secure request go on in the clear.
 *
 * @module
 */

import { DstreamError } from "../base/errors.ts";
import type { Clock, Random } from "../ports/mod.ts";
import { errorText } from "./body.ts";
import { type Attempted, refused, unreachable } from "./problem.ts";

/** The outside world, as far as registries are concerned. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** What a transport needs. */
export interface TransportDeps {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal?: AbortSignal;
  /** "dstream/0.1.0" */
  readonly userAgent: string;
  /** Told before each pause. */
  readonly onRetry?: (retry: Retry) => void;
}

/** Why there is a pause. */
export interface Retry {
  readonly reason: string;
  readonly attempt: number;
  readonly delayMs: number;
}

/** One request. */
export interface RegistryRequest extends Attempted {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer> | string;
  /** The body is a secret: no redirect takes it to another host. */
  readonly staysAtHost?: boolean;
  /** How often at most; 1 where to send it twice would do harm. */
  readonly maxAttempts?: number;
}

/** An answer, of whatever status, whose body may still be on its way. */
export interface Answer {
  readonly response: Response;
  /** Where it came from in the end. */
  readonly url: string;
  /** The host a redirect has led to, when that is another. */
  readonly redirectedTo?: string;
  /** Gives up on the rest of the body. */
  cancel(): void;
}

export const MAX_ATTEMPTS = 5;
const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 10_000;
/** A registry that asks for more patience than this gets an error instead. */
const MAX_RETRY_AFTER_MS = 60_000;
const ANSWER_TIMEOUT_MS = 30_000;
/** A connection that is slower than this isn't one: 16 MiB may take four minutes. */
const SLOWEST_BYTES_PER_MS = 64;
const MAX_REDIRECTS = 10;
const RETRIED = new Set([408, 429, 500, 502, 503, 504]);

/** Sends requests; holds no state but its tools. */
export class Transport {
  constructor(readonly deps: TransportDeps) {}

  /**
   * @returns The first answer that isn't worth another attempt.
   * @throws {DstreamError} `registry.unreachable`, or what the last attempt's
   * answer says, when all attempts are used up.
   */
  async send(request: RegistryRequest): Promise<Answer> {
    for (let attempt = 1;; attempt++) {
      const isLast = attempt >= (request.maxAttempts ?? MAX_ATTEMPTS);
      const outcome = await this.#try(request);
      if (outcome.answer !== undefined && !isRetried(outcome.answer)) {
        return outcome.answer;
      }
      const delayMs = this.#delayMs(attempt, outcome.answer);
      if (isLast || delayMs === undefined) throw await this.#problem(outcome);
      const reason = outcome.answer === undefined
        ? outcome.error.message
        : `${outcome.answer.redirectedTo ?? request.registry} answered with ` +
          `HTTP ${outcome.answer.response.status}`;
      outcome.answer?.cancel();
      await this.pause({ reason, attempt, delayMs });
    }
  }

  /** Waits before another attempt, and says so. */
  async pause(retry: Retry): Promise<void> {
    this.deps.onRetry?.(retry);
    await this.deps.clock.sleep(retry.delayMs, this.deps.signal);
  }

  /** Doubles with each attempt, ±20 %. */
  backoffMs(attempt: number): number {
    const delayMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1));
    return Math.round(delayMs * (0.8 + 0.4 * this.deps.random.next()));
  }

  /** `undefined`: the registry wants more patience than we have. */
  #delayMs(attempt: number, answer: Answer | undefined): number | undefined {
    const header = answer?.response.headers.get("retry-after") ?? null;
    const wantedMs = retryAfterMs(header, this.deps.clock.wallMs());
    if (wantedMs === undefined) return this.backoffMs(attempt);
    return wantedMs <= MAX_RETRY_AFTER_MS
      ? Math.max(wantedMs, FIRST_DELAY_MS)
      : undefined;
  }

  async #problem(outcome: Outcome): Promise<DstreamError> {
    if (outcome.answer === undefined) return outcome.error;
    return await this.refusal(outcome.request, outcome.answer);
  }

  /** What an answer that says no says. */
  async refusal(attempted: Attempted, answer: Answer): Promise<DstreamError> {
    const said = await errorText(answer, this.deps);
    const { redirectedTo, response } = answer;
    return refused(attempted, response.status, said, redirectedTo);
  }

  async #try(request: RegistryRequest): Promise<Outcome> {
    try {
      return { request, answer: await this.#follow(request) };
    } catch (cause) {
      if (this.deps.signal?.aborted) throw this.deps.signal.reason;
      if (cause instanceof DstreamError) throw cause;
      const error = cause instanceof RedirectFailed
        ? unreachable({ ...request, registry: cause.host }, cause.cause)
        : unreachable(request, cause);
      // A certificate doesn't become a better one.
      if (/certificate/i.test(error.message)) throw error;
      return { request, error };
    }
  }

  async #follow(request: RegistryRequest): Promise<Answer> {
    let { url, method, body } = request;
    let headers = { ...request.headers };
    const { host } = new URL(url);
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const here = new URL(url).host;
      const redirectedTo = here === host ? undefined : here;
      const answer = await this.#once(url, method, headers, body)
        .catch((cause) => {
          if (redirectedTo === undefined) throw cause;
          throw new RedirectFailed(redirectedTo, { cause });
        });
      const location = redirectOf(answer.response);
      if (location === undefined) return { ...answer, redirectedTo };
      answer.cancel();
      const next = targetOf(location, url, request);
      if (next.origin !== new URL(url).origin) {
        headers = withoutSecrets(headers);
        if (request.staysAtHost && answer.response.status !== 303) {
          throw misdirected(request, `it redirects a login to ${next.host}`);
        }
      }
      // 303 says "see there", whatever was asked; the others repeat the request.
      if (answer.response.status === 303) [method, body] = ["GET", undefined];
      url = next.href;
    }
    const reason = `it redirects more than ${MAX_REDIRECTS} times`;
    throw misdirected(request, reason);
  }

  async #once(
    url: string,
    method: string,
    headers: Readonly<Record<string, string>>,
    body: RegistryRequest["body"],
  ): Promise<Answer> {
    const { fetch, clock, signal, userAgent } = this.deps;
    const cancel = new AbortController();
    const timer = new AbortController();
    const limitMs = ANSWER_TIMEOUT_MS +
      (body?.length ?? 0) / SLOWEST_BYTES_PER_MS;
    const late = `no answer within ${Math.round(limitMs / 1000)} s`;
    const limit = clock.sleep(limitMs, timer.signal)
      .then(() => cancel.abort(new Error(late)))
      .catch(() => {});
    const onAbort = () => cancel.abort(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      const response = await fetch(url, {
        method,
        headers: {
          "user-agent": userAgent,
          // Digests are of the bytes as stored.
          "accept-encoding": "identity",
          ...headers,
        },
        body,
        redirect: "manual",
        signal: cancel.signal,
      });
      return { response, url, cancel: () => cancel.abort() };
    } catch (error) {
      throw cancel.signal.aborted ? cancel.signal.reason : error;
    } finally {
      timer.abort();
      await limit;
      signal?.removeEventListener("abort", onAbort);
    }
  }
}

/** Not the registry failed, but whom it has sent us to. */
class RedirectFailed extends Error {
  constructor(readonly host: string, options: ErrorOptions) {
    super(`${host} failed`, options);
  }
}

type Outcome =
  | { request: RegistryRequest; answer: Answer; error?: undefined }
  | { request: RegistryRequest; answer?: undefined; error: DstreamError };

function isRetried({ response }: Answer): boolean {
  return RETRIED.has(response.status);
}

function redirectOf(response: Response): string | undefined {
  if (![301, 302, 303, 307, 308].includes(response.status)) return undefined;
  return response.headers.get("location") ?? undefined;
}

/** What is secure goes on securely, and nothing but HTTP is spoken. */
function targetOf(location: string, from: string, attempted: Attempted): URL {
  if (!URL.canParse(location, from)) {
    throw misdirected(attempted, "it redirects to no address");
  }
  const to = new URL(location, from);
  const mayBePlain = new URL(from).protocol === "http:";
  if (to.protocol === "https:" || (mayBePlain && to.protocol === "http:")) {
    return to;
  }
  throw misdirected(attempted, `it redirects to ${to.protocol}//`);
}

function misdirected(
  { action, registry }: Attempted,
  reason: string,
): DstreamError {
  return new DstreamError(
    "registry.redirect_refused",
    `cannot ${action}: ${registry} leads astray: ${reason}`,
    { hint: "this is the registry's mistake, or somebody is in between" },
  );
}

function withoutSecrets(
  headers: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) =>
      !["authorization", "cookie"].includes(name.toLowerCase())
    ),
  );
}

/** Seconds, or a date (RFC 9110, section 10.2.3). */
export function retryAfterMs(
  header: string | null,
  nowMs: number,
): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
