/**
 * A request that had no answer, or not the one it should have.
 *
 * @module
 */

import { DstreamError, FinalError } from "@dstream/sdk";
import type { Scrubber } from "./secrets.ts";
import type { WebResponse } from "./response.ts";

/** What is wrong, and whether trying again may help. */
export class FailedRequest extends DstreamError {
  override readonly name: string = "FailedRequest";

  constructor(
    message: string,
    readonly isTransient: boolean,
    /** The answer, where one came. */
    readonly response?: WebResponse,
    hint?: string,
  ) {
    super("http.failed", message, { hint });
  }

  static late(url: URL, timeoutMs: number): FailedRequest {
    return new FailedRequest(
      `${shownUrl(url)} said nothing for ${timeoutMs / 1000} s`,
      true,
      undefined,
      "request_timeout is how long it may",
    );
  }

  static broken(url: URL, cause: unknown): FailedRequest {
    return new FailedRequest(
      `cannot reach ${shownUrl(url)}: ${causeText(cause)}`,
      !isForGood(cause),
    );
  }

  static tooLong(url: URL, maxBytes: number): FailedRequest {
    return new FailedRequest(
      `the answer of ${shownUrl(url)} is longer than ${maxBytes} bytes`,
      false,
      undefined,
      "max_response is the most that is taken; ask for smaller pages",
    );
  }

  /** An answer whose status is no success. */
  static refused(response: WebResponse, scrubber: Scrubber): FailedRequest {
    const { status, url, bytes } = response;
    const said = scrubber.quote(bytes);
    return new FailedRequest(
      `${shownUrl(url)} answered ${status}${said === "" ? "" : `: ${said}`}`,
      isTransientStatus(status),
      response,
      HINTS[status],
    );
  }

  /** For a task that no restart mends. */
  asFinal(key: string): FinalError {
    const { message, hint } = this;
    return new FinalError("http.refused", message, { hint, key });
  }
}

const HINTS: Readonly<Record<number, string>> = {
  401: "check the token or password in auth",
  403: "whose token is it, and may they read this?",
  404: "check the path in the address",
};

/** 408, 425, 429 and what is the server's fault, but what it can't do at all. */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 ||
    (status >= 500 && status !== 501 && status !== 505);
}

/** An address without what may be secret in it. */
export function shownUrl(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

function causeText(cause: unknown): string {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const inner = error.cause instanceof Error ? error.cause.message : "";
  const text = inner === "" ? error.message : `${error.message}: ${inner}`;
  const short = text.split(/client error \([^)]*\):? ?/).pop() || text;
  return short.replace(
    /^error sending request (from|for) [^:]*(?::\d+)?: ?/,
    "",
  )
    .replace(/^.*?: (?=.*\(os error)/, "").slice(0, 300);
}

/** A certificate doesn't get better by asking again. */
function isForGood(cause: unknown): boolean {
  return /certificate|invalid peer|UnknownIssuer|NotValidForName/i.test(
    String((cause as Error)?.cause ?? "") + String(cause),
  );
}
