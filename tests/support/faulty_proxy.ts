/**
 * A way to an HTTP server on which requests meet what a test says: another answer, a
 * cut in the middle of their body, or a cut once they have worked.
 *
 * It passes bytes on, so signatures stay right. Requests of one connection come one
 * after the other, each with the length of its body.
 *
 * @module
 */

/** One request, as far as its head tells. */
export interface RequestHead {
  readonly method: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly bodyBytes: number;
}

/** What becomes of a request. */
export type Fault =
  | { readonly kind: "answer"; readonly status: number; readonly body: string }
  /** Half of the body goes on, then the connection ends. */
  | { readonly kind: "cut_body" }
  /** It works, and nobody hears of it. */
  | { readonly kind: "cut_answer" };

const HEAD_END = new TextEncoder().encode("\r\n\r\n");

/** Listens on a port of its own. */
export class FaultyProxy implements Disposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections = new Set<Deno.TcpConn>();

  /**
   * @param target The server's port on 127.0.0.1.
   * @param choose Asked for each request; nothing lets it pass.
   */
  constructor(
    private readonly target: number,
    private readonly choose: (request: RequestHead) => Fault | undefined,
  ) {
    this.#accept();
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#listener.addr.port}`;
  }

  [Symbol.dispose](): void {
    this.#listener.close();
    for (const each of this.#connections) close(each);
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) void this.#serve(client);
  }

  async #serve(client: Deno.TcpConn): Promise<void> {
    const hostname = "127.0.0.1";
    const server = await Deno.connect({ hostname, port: this.target });
    const pair = [client, server];
    pair.forEach((each) => this.#connections.add(each));
    const answers = { areLost: false };
    try {
      await Promise.race([
        this.#passRequests(client, server, answers),
        passAnswers(server, client, answers),
      ]);
    } catch {
      // One end is gone; the other follows.
    }
    for (const each of pair) {
      close(each);
      this.#connections.delete(each);
    }
  }

  /** Until the client ends, or a fault ends both. */
  async #passRequests(
    client: Deno.TcpConn,
    server: Deno.TcpConn,
    answers: { areLost: boolean },
  ): Promise<void> {
    const input = new Bytes(client);
    for (;;) {
      const head = await input.until(HEAD_END);
      if (head === undefined) return;
      const request = parse(head);
      const fault = this.choose(request);
      if (fault?.kind === "answer") {
        await input.pass(request.bodyBytes);
        await writeAll(client, answerOf(fault));
        continue;
      }
      answers.areLost = fault?.kind === "cut_answer";
      await writeAll(server, head);
      const isCut = fault?.kind === "cut_body";
      const bytes = isCut ? request.bodyBytes >> 1 : request.bodyBytes;
      await input.pass(bytes, server);
      if (isCut) return;
    }
  }
}

/** Bytes of a connection that are taken in portions. */
class Bytes {
  #rest: Uint8Array = new Uint8Array();

  constructor(private readonly source: Deno.TcpConn) {}

  /** Up to the end of a mark, or nothing at the end of all. */
  async until(mark: Uint8Array): Promise<Uint8Array | undefined> {
    for (let from = 0;;) {
      const at = this.#find(mark, from);
      if (at >= 0) return this.#take(at + mark.length);
      from = Math.max(0, this.#rest.length - mark.length);
      if (!await this.#more()) return undefined;
    }
  }

  async pass(count: number, to?: Deno.TcpConn): Promise<void> {
    for (let left = count; left > 0;) {
      if (this.#rest.length === 0 && !await this.#more()) {
        throw new Error("the body ends too early");
      }
      const piece = this.#take(Math.min(left, this.#rest.length));
      left -= piece.length;
      if (to !== undefined) await writeAll(to, piece);
    }
  }

  #find(mark: Uint8Array, from: number): number {
    const last = this.#rest.length - mark.length;
    for (let at = from; at <= last; at++) {
      if (mark.every((byte, index) => this.#rest[at + index] === byte)) {
        return at;
      }
    }
    return -1;
  }

  #take(length: number): Uint8Array {
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }

  async #more(): Promise<boolean> {
    const buffer = new Uint8Array(64 * 1024);
    const length = await this.source.read(buffer);
    if (length === null) return false;
    const joined = new Uint8Array(this.#rest.length + length);
    joined.set(this.#rest);
    joined.set(buffer.subarray(0, length), this.#rest.length);
    this.#rest = joined;
    return true;
  }
}

/** Until the server ends, or an answer is to be lost. */
async function passAnswers(
  server: Deno.TcpConn,
  client: Deno.TcpConn,
  answers: { readonly areLost: boolean },
): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  for (;;) {
    const length = await server.read(buffer);
    if (length === null || answers.areLost) return;
    await writeAll(client, buffer.subarray(0, length));
  }
}

function parse(head: Uint8Array): RequestHead {
  const [first, ...lines] = new TextDecoder().decode(head).trimEnd()
    .split("\r\n");
  const [method, target] = first.split(" ");
  const headers = new Headers(
    lines.map((line): [string, string] => {
      const at = line.indexOf(":");
      return [line.slice(0, at), line.slice(at + 1).trim()];
    }),
  );
  const bodyBytes = Number(headers.get("content-length") ?? 0);
  const query = new URL(target, "http://localhost").searchParams;
  return { method, query, headers, bodyBytes };
}

function answerOf(fault: Extract<Fault, { kind: "answer" }>): Uint8Array {
  const { status, body } = fault;
  const length = new TextEncoder().encode(body).length;
  return new TextEncoder().encode(
    `HTTP/1.1 ${status} Fault\r\nContent-Type: application/xml\r\n` +
      `Content-Length: ${length}\r\n\r\n${body}`,
  );
}

async function writeAll(to: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) {
    rest = rest.subarray(await to.write(rest));
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It was faster.
  }
}
