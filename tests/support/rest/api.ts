/**
 * An API on this machine that plays what APIs do: pages of every kind, faults.
 *
 * @module
 */

/** What a handler gets besides the request. */
export interface Asked {
  readonly request: Request;
  readonly url: URL;
  /** From 1 on. */
  readonly count: number;
  readonly body: string;
}

export type Handler = (asked: Asked) => Response | Promise<Response>;

/** A running server that remembers what it was asked. */
export class Api implements AsyncDisposable {
  readonly asked: { url: URL; headers: Headers; body: string }[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(handler: Handler) {
    this.#server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      async (request) => {
        const url = new URL(request.url);
        const body = await request.text();
        this.asked.push({ url, headers: request.headers, body });
        return await handler({ request, url, body, count: this.asked.length });
      },
    );
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/v1/orders`;
  }

  /** The values of a parameter, request by request. */
  params(name: string): (string | null)[] {
    return this.asked.map(({ url }) => url.searchParams.get(name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** JSON as it is written, with every digit. */
export function json(text: unknown, init?: ResponseInit): Response {
  const body = typeof text === "string" ? text : JSON.stringify(text);
  return new Response(body, {
    ...init,
    headers: { "Content-Type": "application/json", ...init?.headers },
  });
}

/** `{ id: 1 }`, `{ id: 2 }`, … */
export function numbered(from: number, to: number): { id: number }[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => ({
    id: from + i,
  }));
}
