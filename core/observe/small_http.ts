/**
 * An HTTP server for a few short questions, which nobody from outside can use up.
 *
 * One request a connection, headers only. A connection has seconds to ask and to
 * take its answer; when there are too many, the oldest makes room, so that a
 * reader with a question gets through. Whatever fails ends that connection only.
 *
 * @module
 */

/** Far from any limit of open files; a monitor needs one or two. */
const MAX_CONNECTIONS = 64;
/** From the first byte of a question to the last of its answer. */
const CONNECTION_MS = 5_000;
const MAX_HEADER_BYTES = 16 * 1024;
/** When the process has no more files to open. */
const ACCEPT_PAUSE_MS = 200;

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** @returns What to say; a failure of it is told as 500. */
export type Answer = (request: Request) => Promise<Response>;

/** Listens from now on. Leaving its scope ends it, and what is connected. */
export class SmallHttpServer implements Disposable {
  readonly #listener: Deno.TcpListener;
  readonly #answer: Answer;
  /** Oldest first. */
  readonly #connections = new Set<Deno.TcpConn>();
  #isOver = false;

  /** @throws What {@link Deno.listen} throws. */
  constructor(hostname: string, port: number, answer: Answer) {
    this.#listener = Deno.listen({ hostname, port });
    this.#answer = answer;
    void this.#accept();
  }

  get addr(): Deno.NetAddr {
    return this.#listener.addr as Deno.NetAddr;
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#listener.close();
    for (const one of [...this.#connections]) this.#end(one);
  }

  async #accept(): Promise<void> {
    while (!this.#isOver) {
      try {
        const connection = await this.#listener.accept();
        this.#makeRoom();
        this.#connections.add(connection);
        void this.#serve(connection);
      } catch {
        if (this.#isOver) return;
        this.#makeRoom(0);
        await new Promise((resolve) => setTimeout(resolve, ACCEPT_PAUSE_MS));
      }
    }
  }

  #makeRoom(most = MAX_CONNECTIONS - 1): void {
    for (const oldest of this.#connections) {
      if (this.#connections.size <= most) return;
      this.#end(oldest);
    }
  }

  async #serve(connection: Deno.TcpConn): Promise<void> {
    const timer = setTimeout(() => this.#end(connection), CONNECTION_MS);
    try {
      const head = await readHead(connection);
      if (head !== undefined) {
        await this.#reply(connection, head);
        await connection.closeWrite();
      }
    } catch {
      // It went away, or was ended here: nobody is left to be told.
    } finally {
      clearTimeout(timer);
      this.#end(connection);
    }
  }

  async #reply(connection: Deno.TcpConn, head: string): Promise<void> {
    const isHead = head.startsWith("HEAD ");
    const response = await this.#respond(head);
    const body = new Uint8Array(await response.arrayBuffer());
    const lines = [
      `HTTP/1.1 ${response.status} ${REASONS[response.status] ?? "Answer"}`,
      ...[...response.headers].map(([name, value]) => `${name}: ${value}`),
      `content-length: ${body.length}`,
      "connection: close",
    ];
    const bytes = new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
    await writeAll(connection, bytes);
    if (!isHead) await writeAll(connection, body);
  }

  async #respond(head: string): Promise<Response> {
    if (head.length >= MAX_HEADER_BYTES) {
      return plain("too many headers\n", 431);
    }
    const request = requestOf(head);
    if (typeof request === "string") return plain(`${request}\n`, 400);
    try {
      return await this.#answer(request);
    } catch {
      return plain("internal error\n", 500);
    }
  }

  #end(connection: Deno.TcpConn): void {
    if (!this.#connections.delete(connection)) return;
    try {
      connection.close();
    } catch {
      // It is closed.
    }
  }
}

/** @returns `undefined`: the reader went before it had asked. */
async function readHead(connection: Deno.TcpConn): Promise<string | undefined> {
  const bytes = new Uint8Array(MAX_HEADER_BYTES);
  let length = 0;
  while (length < bytes.length) {
    const count = await connection.read(bytes.subarray(length));
    if (count === null) return undefined;
    length += count;
    const text = new TextDecoder("latin1").decode(bytes.subarray(0, length));
    const end = /\r?\n\r?\n/.exec(text);
    if (end !== null) return text.slice(0, end.index);
  }
  return new TextDecoder("latin1").decode(bytes);
}

/** @returns What is wrong with it, if it is none. */
function requestOf(head: string): Request | string {
  const [first, ...rest] = head.split(/\r?\n/);
  const [, method, path] = /^([A-Z]+) (\/\S*) HTTP\/1\.[01]$/.exec(first) ?? [];
  if (path === undefined) return "this is no HTTP request";
  try {
    const headers = new Headers();
    for (const line of rest) {
      const colon = line.indexOf(":");
      headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
    }
    const url = new URL(`http://${headers.get("host") ?? "localhost"}`);
    return new Request(new URL(path.replace(/^\/+/, "/"), url), {
      method,
      headers,
    });
  } catch {
    return "the Host header is no host, or another header is none";
  }
}

async function writeAll(to: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
}

function plain(body: string, status: number): Response {
  const headers = { "content-type": "text/plain; charset=utf-8" };
  return new Response(body, { status, headers });
}
