/**
 * Sends requests until they have an answer: at a pace, as somebody, with patience.
 *
 * @module
 */

import { type Credentials, fixedCredentials } from "./credentials.ts";
import type { WebDeps } from "./clock.ts";
import {
  FailedRequest,
  isTransientStatus,
  shownUrl,
} from "./failed_request.ts";
import { secretsOf, type WebConfig } from "./fields.ts";
import { Pace } from "./pace.ts";
import { exchange, type WebRequest, type WebResponse } from "./response.ts";
import { retryAfterMs } from "./retry_after.ts";
import { Scrubber } from "./secrets.ts";
import { openTransport } from "./transport.ts";

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 30_000;
const MOST_REDIRECTS = 5;

/** A request without what the client adds. */
export interface Ask {
  readonly method?: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

/** One client of one origin. */
export class WebClient implements Disposable {
  readonly scrubber: Scrubber;
  readonly #config: WebConfig;
  readonly #origin: string;
  readonly #deps: WebDeps;
  readonly #pace: Pace;
  readonly #transport: Deno.HttpClient | undefined;
  #credentials: Credentials | undefined;
  #warnedOf = new Set<string>();

  /** @param home Whose origin alone gets to know the credentials. */
  constructor(home: URL, config: WebConfig, deps: WebDeps) {
    this.#config = config;
    this.#origin = home.origin;
    this.#deps = deps;
    this.scrubber = new Scrubber(secretsOf(config));
    this.#pace = new Pace(config.rateLimit, config.maxRetryAfterMs, deps);
    this.#transport = openTransport(config);
    this.#credentials = fixedCredentials(config);
  }

  /**
   * The answer, whatever it says: what is transient was tried again until
   * `retry_timeout`.
   * @throws {FailedRequest} Where there is none.
   */
  async send(ask: Ask): Promise<WebResponse> {
    const credentials = await this.#who();
    const response = await this.#insistently(() =>
      this.#followed(ask, credentials)
    );
    if (response.status !== 401 || credentials.renew === undefined) {
      return response;
    }
    await credentials.renew();
    return await this.#insistently(() => this.#followed(ask, credentials));
  }

  /**
   * The answer, which is a success.
   * @throws {FailedRequest} For every other, with what it said.
   */
  async fetch(ask: Ask): Promise<WebResponse> {
    const response = await this.send(ask);
    if (response.status < 200 || response.status > 299) {
      throw FailedRequest.refused(response, this.scrubber);
    }
    return response;
  }

  [Symbol.dispose](): void {
    this.#transport?.close();
  }

  async #who(): Promise<Credentials> {
    if (this.#credentials !== undefined) return this.#credentials;
    const { OAuth2 } = await import("./oauth2.ts");
    const { scrubber } = this;
    const { monotonicMs } = this.#deps;
    const send = (request: WebRequest) =>
      this.#insistently(() => this.#exchange(request));
    this.#credentials ??= new OAuth2(this.#config.auth!, {
      send,
      monotonicMs,
      scrubber,
    });
    return this.#credentials;
  }

  async #insistently(
    attempt: () => Promise<WebResponse>,
  ): Promise<WebResponse> {
    const { monotonicMs, sleep, signal } = this.#deps;
    const startMs = monotonicMs();
    for (let failures = 0;; failures++) {
      const result = await attempt().catch((error) => {
        if (error instanceof FailedRequest && error.isTransient) return error;
        throw error;
      });
      const response = result instanceof FailedRequest ? undefined : result;
      if (response !== undefined && !isTransientStatus(response.status)) {
        return response;
      }
      const failure = response === undefined
        ? result as FailedRequest
        : FailedRequest.refused(response, this.scrubber);
      const delayMs = this.#delayMs(response, failures);
      const isLate = monotonicMs() - startMs + delayMs >
        this.#config.retryTimeoutMs;
      if (isLate) throw failure;
      this.#tell(failure, delayMs);
      await sleep(delayMs);
      signal.throwIfAborted();
    }
  }

  #delayMs(response: WebResponse | undefined, failures: number): number {
    const askedMs = response &&
      retryAfterMs(response.headers, this.#deps.now());
    const { random = Math.random } = this.#deps;
    if (askedMs !== undefined) {
      return Math.min(askedMs, this.#config.maxRetryAfterMs);
    }
    const fullMs = Math.min(FIRST_DELAY_MS * 2 ** failures, LONGEST_DELAY_MS);
    return Math.round(fullMs * (0.5 + random() / 2));
  }

  #tell(failure: FailedRequest, delayMs: number): void {
    const text = `${failure.message}; again in ${delayMs} ms`;
    if (delayMs < 1000) this.#deps.log.debug(text);
    else this.#deps.log.warn(text);
  }

  async #followed(
    { method = "GET", url, headers, body }: Ask,
    credentials: Credentials,
  ): Promise<WebResponse> {
    let at = url;
    let how = { method, body };
    for (let hops = 0;; hops++) {
      const request = await this.#dressed(
        { ...how, url: at, headers },
        credentials,
      );
      const response = await this.#exchange(request);
      const next = redirectOf(response);
      if (next === undefined) return response;
      if (hops === MOST_REDIRECTS) {
        throw new FailedRequest(
          `${shownUrl(url)} leads from one address to the next`,
          false,
          response,
        );
      }
      // As browsers do: what was sent is sent again for 307 and 308 alone.
      const isSame = response.status === 307 || response.status === 308;
      if (!isSame && method !== "HEAD") {
        how = { method: "GET", body: undefined };
      }
      at = next;
    }
  }

  /** With headers of the config and credentials, for the trusted origin alone. */
  async #dressed(ask: Ask, credentials: Credentials): Promise<WebRequest> {
    const { method = "GET", body } = ask;
    const url = new URL(ask.url);
    const headers = new Headers(ask.headers);
    if (!headers.has("accept")) headers.set("Accept", "application/json");
    if (url.origin === this.#origin) {
      for (const [name, value] of Object.entries(this.#config.headers ?? {})) {
        headers.set(name, value);
      }
      await credentials.apply(url, headers);
    } else this.#warnOf(url);
    return { method, url, headers, body };
  }

  #warnOf(url: URL): void {
    if (this.#warnedOf.has(url.origin) || this.#warnedOf.size > 100) return;
    this.#warnedOf.add(url.origin);
    this.#deps.log.warn(
      `${this.#origin} leads to ${url.origin}: asked without token and headers, ` +
        "which only the configured address gets",
    );
  }

  async #exchange(request: WebRequest): Promise<WebResponse> {
    await this.#pace.turn();
    const { requestTimeoutMs: timeoutMs, maxResponseBytes: maxBytes } =
      this.#config;
    const response = await exchange(
      request,
      { timeoutMs, maxBytes },
      this.#deps.signal,
      this.#transport,
    );
    this.#pace.note(response.headers);
    return response;
  }
}

function redirectOf({ status, headers, url }: WebResponse): URL | undefined {
  const location = headers.get("location");
  const isRedirect = [301, 302, 303, 307, 308].includes(status);
  if (!isRedirect || location === null) return undefined;
  const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
  return next !== undefined && /^https?:$/.test(next.protocol)
    ? next
    : undefined;
}
