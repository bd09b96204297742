/**
 * Ends an attempt when its connection breaks.
 *
 * Azure's clients let a send that lost its connection wait for an answer until
 * its time is up, half a minute. The connection itself knows at once; the clients
 * keep it in a field they don't document, so without that field nothing is lost
 * but time.
 *
 * @module
 */

/** What breaks. */
interface Connection {
  on(
    event: "disconnected",
    listener: (context?: { readonly error?: NodeError }) => void,
  ): unknown;
}

type NodeError = Error & { readonly code?: string };

/** An attempt whose connection broke; whether it worked is not known. */
export class ConnectionLost extends Error {
  override readonly name: string = "ConnectionLost";
  readonly retryable: boolean = true;
  /** `ECONNREFUSED` and the like. */
  readonly code: string | undefined;

  constructor(cause: NodeError | undefined) {
    const why = cause?.message ? `: ${cause.message}` : "";
    super(`the connection broke${why}`, { cause });
    this.code = cause?.code;
  }
}

/** Watches the connection of one client. */
export class ConnectionWatch {
  readonly #client: unknown;
  readonly #watched = new WeakSet<Connection>();
  readonly #running = new Set<AbortController>();
  #cause: NodeError | undefined;

  constructor(client: unknown) {
    this.#client = client;
  }

  /**
   * Runs an attempt, with a signal that also says that the connection broke.
   * @throws {ConnectionLost}
   */
  async run<T>(
    signal: AbortSignal,
    attempt: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    this.#watch();
    const broken = new AbortController();
    this.#running.add(broken);
    try {
      return await attempt(AbortSignal.any([signal, broken.signal]));
    } catch (error) {
      if (!broken.signal.aborted) throw error;
      throw new ConnectionLost(this.#cause);
    } finally {
      this.#running.delete(broken);
    }
  }

  /**
   * The same for work that takes no signal: it is not waited for any longer, nor
   * longer than `limitMs`.
   * @throws {ConnectionLost}
   */
  async race<T>(work: () => Promise<T>, limitMs: number): Promise<T> {
    const late = AbortSignal.timeout(limitMs);
    return await this.run(late, async (signal) => {
      const lost = Promise.withResolvers<never>();
      const lose = () => lost.reject(new ConnectionLost(undefined));
      signal.addEventListener("abort", lose);
      try {
        return await Promise.race([work(), lost.promise]);
      } finally {
        signal.removeEventListener("abort", lose);
      }
    });
  }

  /** It is another one after it broke. */
  #watch(): void {
    const connection = connectionOf(this.#client);
    if (connection === undefined || this.#watched.has(connection)) return;
    this.#watched.add(connection);
    connection.on("disconnected", (context) => {
      this.#cause = context?.error;
      for (const each of this.#running) each.abort();
    });
  }
}

function connectionOf(client: unknown): Connection | undefined {
  type Context = { readonly connection?: Connection };
  const { _connectionContext, _context } = client as {
    readonly _connectionContext?: Context;
    readonly _context?: Context;
  };
  const { connection } = _connectionContext ?? _context ?? {};
  return typeof connection?.on === "function" ? connection : undefined;
}
