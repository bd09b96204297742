/**
 * A small registry that keeps to the rules, except where a test tells it not to.
 *
 * It records every request, so that a test can say what was asked, how often and
 * with which credentials. What the real registry can show is tested with that.
 *
 * @module
 */

import { type Digest, digestOf } from "../../../core/registry/digest.ts";

/** One request as it came. */
export interface RecordedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly host: string;
  readonly authorization: string | null;
  readonly range: string | null;
}

/** How somebody has to prove who they are. */
export type AuthKind = "none" | "basic" | "token";

/** What a test may do instead of the right answer; nothing: the right answer. */
export type Fault = (
  request: RecordedRequest,
  answer: () => Promise<Response>,
) => Promise<Response | undefined> | Response | undefined;

/** What a registry is started with. */
export interface FaultyOptions {
  readonly auth?: AuthKind;
  readonly user?: string;
  readonly password?: string;
  /** Where its tokens are to be had; itself where none is named. */
  readonly realm?: string;
  readonly fault?: Fault;
  readonly tls?: { readonly cert: string; readonly key: string };
}

interface Upload {
  bytes: Uint8Array;
}

const TOKEN = "a-token-for-this-scope";

/** Listens on a loopback port of its own until disposed. */
export class FaultyRegistry implements AsyncDisposable {
  readonly requests: RecordedRequest[] = [];
  readonly blobs = new Map<Digest, Uint8Array<ArrayBuffer>>();
  /** `repository` + space + tag or digest. */
  readonly manifests = new Map<string, { bytes: Uint8Array; type: string }>();
  readonly #uploads = new Map<string, Upload>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #over = new AbortController();
  fault: Fault | undefined;
  #uploadCount = 0;

  constructor(readonly options: FaultyOptions = {}) {
    this.fault = options.fault;
    this.#server = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      signal: this.#over.signal,
      onListen: () => {},
      onError: () => new Response("a test's own mistake", { status: 500 }),
      ...options.tls,
    }, (request) => this.#handle(request));
  }

  /** `127.0.0.1:12345` */
  get host(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  get origin(): string {
    return `${this.options.tls ? "https" : "http"}://${this.host}`;
  }

  /** Requests for this method and the beginning of a path behind the repository. */
  count(method: string, part: string): number {
    return this.requests.filter((one) =>
      one.method === method && one.path.includes(part)
    ).length;
  }

  addBlob(bytes: Uint8Array<ArrayBuffer>): Digest {
    const digest = digestOf(bytes);
    this.blobs.set(digest, bytes);
    return digest;
  }

  addManifest(
    repository: string,
    tag: string,
    value: { readonly mediaType: string },
  ): Digest {
    const bytes = new TextEncoder().encode(JSON.stringify(value));
    return this.#putManifest(repository, tag, bytes, value.mediaType);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // At once: a request that a fault never answers would keep it open.
    this.#over.abort();
    await this.#server.finished;
  }

  async #handle(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const recorded: RecordedRequest = {
      method: request.method,
      path: pathname + search,
      host: request.headers.get("host") ?? "",
      authorization: request.headers.get("authorization"),
      range: request.headers.get("range"),
    };
    this.requests.push(recorded);
    const body = new Uint8Array(await request.arrayBuffer());
    const answer = () => this.#answer(request, body, recorded);
    return await this.fault?.(recorded, answer) ?? await answer();
  }

  async #answer(
    request: Request,
    body: Uint8Array<ArrayBuffer>,
    recorded: RecordedRequest,
  ): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/token") return this.#token(recorded);
    const refusal = this.#refuse(recorded);
    if (refusal !== undefined) return refusal;
    if (pathname === "/v2/") return Response.json({});
    const match = /^\/v2\/(.+?)\/(manifests|blobs|tags|referrers)\/(.+)$/.exec(
      pathname,
    );
    if (match === null) return notFound();
    const [, repository, what, rest] = match;
    switch (what) {
      case "manifests":
        return this.#manifest(request, repository, rest, body);
      case "tags":
        return this.#tags(repository);
      case "referrers":
        return notFound();
      default:
        return await this.#blob(request, repository, rest, body);
    }
  }

  /** Who doesn't know the password gets no token; who has no token, no blob. */
  #refuse({ authorization }: RecordedRequest): Response | undefined {
    const { auth = "none", realm = `${this.origin}/token` } = this.options;
    if (auth === "none") return undefined;
    const wanted = auth === "basic" ? this.#basic() : `Bearer ${TOKEN}`;
    if (authorization === wanted) return undefined;
    const challenge = auth === "basic"
      ? 'Basic realm="test"'
      : `Bearer realm="${realm}",service="test"`;
    return Response.json({ errors: [{ code: "UNAUTHORIZED" }] }, {
      status: 401,
      headers: { "www-authenticate": challenge },
    });
  }

  #token({ authorization }: RecordedRequest): Response {
    const isKnown = this.options.user === undefined ||
      authorization === this.#basic();
    return isKnown
      ? Response.json({ token: TOKEN, expires_in: 300 })
      : Response.json({ errors: [{ code: "DENIED" }] }, { status: 401 });
  }

  #basic(): string {
    const { user = "", password = "" } = this.options;
    return `Basic ${btoa(`${user}:${password}`)}`;
  }

  #manifest(
    request: Request,
    repository: string,
    reference: string,
    body: Uint8Array,
  ): Response {
    if (request.method === "PUT") {
      const type = request.headers.get("content-type") ?? "";
      const digest = this.#putManifest(repository, reference, body, type);
      return created({ "docker-content-digest": digest });
    }
    const key = `${repository} ${reference}`;
    const found = this.manifests.get(key);
    if (found === undefined) return notFound();
    if (request.method === "DELETE") {
      this.manifests.delete(key);
      return new Response(null, { status: 202 });
    }
    const bytes = found.bytes as Uint8Array<ArrayBuffer>;
    return new Response(request.method === "HEAD" ? null : bytes, {
      headers: {
        "content-type": found.type,
        "content-length": String(bytes.length),
        "docker-content-digest": digestOf(bytes),
      },
    });
  }

  #putManifest(
    repository: string,
    reference: string,
    bytes: Uint8Array,
    type: string,
  ): Digest {
    const digest = digestOf(bytes);
    for (const name of [reference, digest]) {
      this.manifests.set(`${repository} ${name}`, { bytes, type });
    }
    return digest;
  }

  #tags(repository: string): Response {
    const tags = [...this.manifests.keys()]
      .filter((key) => key.startsWith(`${repository} `))
      .map((key) => key.slice(repository.length + 1))
      .filter((tag) => !tag.includes(":"));
    return Response.json({ name: repository, tags });
  }

  async #blob(
    request: Request,
    repository: string,
    rest: string,
    body: Uint8Array<ArrayBuffer>,
  ): Promise<Response> {
    if (rest.startsWith("uploads/")) {
      return await this.#upload(request, repository, rest, body);
    }
    const bytes = this.blobs.get(rest as Digest);
    if (bytes === undefined) return notFound();
    const range = /^bytes=(\d+)-(\d+)$/.exec(
      request.headers.get("range") ?? "",
    );
    const start = range === null ? 0 : Number(range[1]);
    const part = bytes.subarray(start);
    return new Response(request.method === "HEAD" ? null : part, {
      status: range === null ? 200 : 206,
      headers: {
        "content-length": String(part.length),
        ...range !== null && {
          "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}`,
        },
      },
    });
  }

  #upload(
    request: Request,
    repository: string,
    rest: string,
    body: Uint8Array<ArrayBuffer>,
  ): Response {
    const { searchParams } = new URL(request.url);
    if (request.method === "POST") {
      const mount = searchParams.get("mount") as Digest | null;
      if (mount !== null && this.blobs.has(mount)) return created({});
      const id = String(++this.#uploadCount);
      this.#uploads.set(id, { bytes: new Uint8Array() });
      return this.#accepted(repository, id, 202);
    }
    const id = rest.slice("uploads/".length);
    const upload = this.#uploads.get(id);
    if (upload === undefined) return notFound();
    if (request.method === "GET") return this.#accepted(repository, id, 204);
    const range = request.headers.get("content-range");
    const start = Number(/^(\d+)-/.exec(range ?? "")?.[1] ?? 0);
    if (range !== null && start !== upload.bytes.length) {
      return this.#accepted(repository, id, 416);
    }
    upload.bytes = concat(upload.bytes, body);
    if (request.method === "PATCH") return this.#accepted(repository, id, 202);
    const digest = searchParams.get("digest");
    const got = this.addBlob(upload.bytes as Uint8Array<ArrayBuffer>);
    if (got === digest) return created({});
    this.blobs.delete(got);
    return Response.json({ errors: [{ code: "DIGEST_INVALID" }] }, {
      status: 400,
    });
  }

  #accepted(repository: string, id: string, status: number): Response {
    const { bytes } = this.#uploads.get(id)!;
    return new Response(null, {
      status,
      headers: {
        location: `/v2/${repository}/blobs/uploads/${id}`,
        range: `0-${Math.max(0, bytes.length - 1)}`,
      },
    });
  }
}

/** Sends the first bytes of an answer, then breaks the connection. */
export async function brokenAt(
  answer: Response,
  bytes: number,
): Promise<Response> {
  const whole = new Uint8Array(await answer.arrayBuffer());
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      if (bytes > 0) controller.enqueue(whole.subarray(0, bytes));
    },
    async pull(controller) {
      // What was enqueued has to be on its way first.
      await new Promise((resolve) => setTimeout(resolve, 5));
      controller.error(new Error("broken by the test"));
    },
  });
  const { status, headers } = answer;
  return new Response(body, { status, headers });
}

function notFound(): Response {
  return Response.json({ errors: [{ code: "UNKNOWN", message: "not here" }] }, {
    status: 404,
  });
}

function created(headers: Record<string, string>): Response {
  return new Response(null, { status: 201, headers });
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
