/**
 * A store that says what a test wants to hear, and remembers what it was asked.
 *
 * @module
 */

/** One request. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
}

/** An answer; `undefined` for what a store that works would say. */
export type Answer = (
  request: SeenRequest,
) => Response | undefined | Promise<Response | undefined>;

/** A server on a port of its own. */
export class FakeS3 implements AsyncDisposable {
  readonly seen: SeenRequest[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(answer: Answer = () => undefined) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      async (request) => {
        const url = new URL(request.url);
        const seen = {
          method: request.method,
          path: url.pathname,
          query: url.searchParams,
          headers: request.headers,
          bytes: await request.bytes(),
        };
        this.seen.push(seen);
        return await answer(seen) ?? usual(seen);
      },
    );
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** Requests that wrote an object or a part. */
  get writes(): SeenRequest[] {
    return this.seen.filter(({ method }) => method === "PUT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** A refusal as S3 words it. */
export function refusal(status: number, code: string, message = ""): Response {
  return new Response(
    `<Error><Code>${code}</Code><Message>${message}</Message></Error>`,
    { status },
  );
}

function usual({ method, query }: SeenRequest): Response {
  if (method === "POST" && query.has("uploads")) {
    return new Response(
      "<InitiateMultipartUploadResult><UploadId>u-1</UploadId>" +
        "</InitiateMultipartUploadResult>",
    );
  }
  if (method === "DELETE") return new Response(null, { status: 204 });
  return new Response(method === "GET" ? "<List/>" : "", {
    headers: { etag: '"e"' },
  });
}
