/**
 * The smallest schema registry that Confluent's own client works with.
 *
 * @module
 */

interface Registered {
  readonly schema: string;
  readonly schemaType?: string;
  readonly references?: unknown;
}

/** A running registry. */
export class RegistryServer implements AsyncDisposable {
  /** How often it was asked for a schema. */
  asked = 0;
  /** Answers with this status instead, so many times. */
  failures = 0;
  /** Why it takes no new schema; it does when left out. */
  refusal: string | undefined;
  readonly #schemas: Registered[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor() {
    const onListen = () => {};
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen },
      (request) => this.#answer(request),
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const id = /^\/schemas\/ids\/(\d+)$/.exec(pathname)?.[1];
    if (id !== undefined) {
      this.asked++;
      if (this.failures-- > 0) return Response.json({}, { status: 503 });
      const found = this.#schemas[Number(id) - 1];
      return found === undefined
        ? Response.json({ error_code: 40403 }, { status: 404 })
        : Response.json(found);
    }
    if (request.method !== "POST") return Response.json({}, { status: 404 });
    const registered: Registered = await request.json();
    if (this.refusal !== undefined) {
      const message = this.refusal;
      return Response.json({ error_code: 409, message }, { status: 409 });
    }
    const same = this.#schemas.findIndex(({ schema }) =>
      schema === registered.schema
    );
    const place = same >= 0 ? same : this.#schemas.push(registered) - 1;
    return Response.json({
      id: place + 1,
      version: 1,
      subject: pathname.split("/")[2],
      ...registered,
    });
  }
}
