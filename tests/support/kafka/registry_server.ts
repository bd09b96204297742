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
  /** How often it was asked for a schema by its number. */
  asked = 0;
  /** Answers with this status instead, so many times. */
  failures = 0;
  /** Why it takes no new schema; it does when left out. */
  refusal: string | undefined;
  /** What a request must have as `authorization`; anything when left out. */
  wantedLogin: string | undefined;
  /** What the last request had there. */
  login: string | undefined;
  readonly #schemas: Registered[] = [];
  readonly #subjects = new Map<string, readonly number[]>();
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
    this.login = request.headers.get("authorization") ?? undefined;
    if (this.wantedLogin !== undefined && this.login !== this.wantedLogin) {
      return Response.json({ error_code: 40101 }, { status: 401 });
    }
    if (this.failures-- > 0) {
      if (pathname.startsWith("/schemas/")) this.asked++;
      return Response.json({}, { status: 503 });
    }
    const id = /^\/schemas\/ids\/(\d+)$/.exec(pathname)?.[1];
    if (id !== undefined) {
      this.asked++;
      return found(this.#schemas[Number(id) - 1], 40403);
    }
    const [, name, version] =
      /^\/subjects\/([^/]+)(?:\/versions(?:\/([^/]+))?)?$/.exec(pathname) ?? [];
    if (name === undefined) return found(undefined, 404);
    const subject = decodeURIComponent(name);
    if (request.method === "GET") return this.#version(subject, version);
    const given: Registered = await request.json();
    return pathname.endsWith("/versions")
      ? this.#register(subject, given)
      : this.#lookUp(subject, given);
  }

  #version(subject: string, version: string): Response {
    const ids = this.#subjects.get(subject) ?? [];
    const number = version === "latest" ? ids.length : Number(version);
    const isKnown = ids.length > 0;
    return this.#told(subject, ids, number - 1, isKnown ? 40402 : 40401);
  }

  #lookUp(subject: string, { schema }: Registered): Response {
    const ids = this.#subjects.get(subject) ?? [];
    const place = ids.findIndex((id) =>
      this.#schemas[id - 1].schema === schema
    );
    return this.#told(subject, ids, place, 40403);
  }

  #told(
    subject: string,
    ids: readonly number[],
    place: number,
    code: number,
  ): Response {
    const id = ids[place];
    return id === undefined ? found(undefined, code) : Response.json({
      subject,
      id,
      version: place + 1,
      ...this.#schemas[id - 1],
    });
  }

  #register(subject: string, given: Registered): Response {
    if (this.refusal !== undefined) {
      const message = this.refusal;
      return Response.json({ error_code: 409, message }, { status: 409 });
    }
    const same = this.#schemas.findIndex(({ schema, schemaType }) =>
      schema === given.schema && schemaType === given.schemaType
    );
    const id = same >= 0 ? same + 1 : this.#schemas.push(given);
    const ids = this.#subjects.get(subject) ?? [];
    if (!ids.includes(id)) this.#subjects.set(subject, [...ids, id]);
    return Response.json({ id, version: 1, subject, ...given });
  }
}

function found(schema: Registered | undefined, code: number): Response {
  return schema === undefined
    ? Response.json({ error_code: code, message: "" }, { status: 404 })
    : Response.json(schema);
}
