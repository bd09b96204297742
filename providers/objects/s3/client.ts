/**
 * Signed requests to one bucket, tried again where that can help.
 *
 * @module
 */

import { AwsV4Signer } from "aws4fetch";
import { withRetries } from "@dstream/sdk/service";
import type { OpenContext } from "@dstream/sdk";
import { StoreError } from "../store_error.ts";
import type { CredentialSource } from "./credentials.ts";
import { errorTextOf, refusalIn, refusalOf } from "./failure.ts";
import { textOf } from "./xml.ts";

/** A request, for {@link S3Client.send}. */
export interface S3Request {
  /** For people: `write "a/b.jsonl"`. */
  readonly what: string;
  readonly method: "GET" | "PUT" | "POST" | "DELETE" | "HEAD";
  /** Empty for the bucket itself. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly signal: AbortSignal;
  /** Answers besides 2xx that are no failure. */
  readonly accepts?: readonly number[];
  /** Long work is answered with 200 first, and may fail behind that. */
  readonly mayFailInBody?: boolean;
  /** Its body may take as long as it likes. */
  readonly isLong?: boolean;
}

/** What every client is told. */
export interface S3ClientOptions {
  /** With the bucket in its host or path, ending in a slash. */
  readonly bucketUrl: URL;
  readonly bucketName: string;
  readonly region: string;
  readonly credentials: CredentialSource;
  readonly retryTimeoutMs: number;
  readonly context: Pick<OpenContext, "log" | "monotonicMs" | "sleep">;
}

/** One request takes no longer; a part of 8 MiB needs 70 KB/s. */
const REQUEST_MS = 120_000;
const EMPTY_SHA256 =
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

export class S3Client {
  readonly #options: S3ClientOptions;
  readonly #signingKeys = new Map<string, ArrayBuffer>();

  constructor(options: S3ClientOptions) {
    this.#options = options;
  }

  /**
   * @returns An answer of 2xx, or one that is accepted; its body is to be read or
   * cancelled.
   * @throws {StoreError} what the store says for good.
   */
  async send(request: S3Request): Promise<Response> {
    const { context, retryTimeoutMs, credentials } = this.#options;
    try {
      return await withRetries(() => this.#once(request), {
        timeoutMs: retryTimeoutMs,
        signal: request.signal,
        sleep: (delayMs) => context.sleep(delayMs),
        now: () => context.monotonicMs(),
        isTransient: (error) => {
          if (!(error instanceof StoreError)) return false;
          if (/Token/.test(error.storeCode)) credentials.expire();
          return error.isTransient;
        },
        onRetry: (error, attempt, delayMs) =>
          context.log.debug((error as Error).message, { attempt, delayMs }),
      });
    } catch (error) {
      throw error instanceof StoreError ? error.final : error;
    }
  }

  /** The same, and its body as text. */
  async text(request: S3Request): Promise<string> {
    const answer = await this.send(request);
    return await answer.text();
  }

  /** Bucket and key, as a copy names its source. */
  pathOf(key: string): string {
    const { pathname } = this.#urlOf({ key });
    const bucket = `/${this.#options.bucketName}/`;
    return this.#options.bucketUrl.pathname === bucket
      ? pathname
      : bucket.slice(0, -1) + pathname;
  }

  async #once(request: S3Request): Promise<Response> {
    const { what, signal, accepts = [], isLong = false } = request;
    const signed = await this.#sign(request);
    let answer: Response;
    try {
      answer = await fetch(signed, {
        signal: isLong
          ? signal
          : AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]),
        redirect: "manual",
      });
    } catch (error) {
      throw new StoreError(
        { what, status: 0, code: "", message: errorTextOf(error) },
        error,
      );
    }
    if (answer.ok && request.mayFailInBody) {
      return await wholeAnswer(what, answer);
    }
    if (answer.ok || accepts.includes(answer.status)) return answer;
    throw new StoreError(await refusalOf(what, answer));
  }

  async #sign(request: S3Request): Promise<Request> {
    const { region, credentials } = this.#options;
    const { method, headers, body } = request;
    const { accessKeyId, secretAccessKey, sessionToken } = await credentials
      .get();
    const signer = new AwsV4Signer({
      method,
      url: this.#urlOf(request).href,
      headers: {
        ...headers,
        "x-amz-content-sha256": body === undefined
          ? EMPTY_SHA256
          : await sha256(body),
      },
      body,
      service: "s3",
      region,
      accessKeyId,
      secretAccessKey,
      sessionToken,
      cache: this.#signingKeys,
    });
    const { url, headers: signedHeaders } = await signer.sign();
    return new Request(url, { method, headers: signedHeaders, body });
  }

  #urlOf({ key, query = {} }: Pick<S3Request, "key" | "query">): URL {
    const url = new URL(this.#options.bucketUrl);
    url.pathname += key.split("/").map(encodeSegment).join("/");
    for (const [name, value] of Object.entries(query)) {
      url.searchParams.set(name, value);
    }
    // Spaces as the signature has them.
    url.search = url.search.replaceAll("+", "%20");
    return url;
  }
}

async function wholeAnswer(what: string, answer: Response): Promise<Response> {
  const body = await answer.text();
  if (textOf(body, "Code") === undefined) return new Response(body);
  throw new StoreError(refusalIn(what, 500, body));
}

function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(digest).toHex?.() ??
    [...new Uint8Array(digest)]
      .map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
