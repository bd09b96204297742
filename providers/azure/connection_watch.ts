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

/** What a link tells of its end: closed by the service, with the reason. */
interface Link {
  on(event: string, listener: (context: LinkContext) => void): unknown;
}

interface LinkContext {
  readonly sender?: { readonly error?: AmqpError };
}

interface AmqpError {
  readonly condition?: string;
  readonly description?: string;
}

/** An attempt whose link the service closed; whether it worked is not known. */
export class LinkDetached extends Error {
  override readonly name: string = "LinkDetached";
  readonly retryable: boolean = true;
  /** `amqp:resource-limit-exceeded` and the like. */
  readonly code: string | undefined;

  constructor(cause: AmqpError | undefined) {
    const why = cause?.description ? `: ${cause.description}` : "";
    super(`the service closed the link${why}`);
    this.code = cause?.condition;
  }
}

/** Watches the connection of one client. */
export class ConnectionWatch {
  readonly #client: unknown;
  readonly #watched = new WeakSet<Connection>();
  readonly #watchedLinks = new WeakSet<Link>();
  readonly #running = new Set<AbortController>();
  readonly #onDetach = new Map<
    AbortController,
    { readonly link: Link; hear(error: AmqpError | undefined): void }
  >();
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
   * The same, which also ends when the service closes the link it goes by.
   *
   * @param linkOf The client's link, which it keeps undocumented; undefined: not
   * open yet.
   * @throws {LinkDetached}
   */
  async runOn<T>(
    linkOf: () => unknown,
    signal: AbortSignal,
    attempt: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const link = linkOf() as Link | undefined;
    if (typeof link?.on !== "function") return await this.run(signal, attempt);
    this.#watchLink(link);
    const detached = new AbortController();
    const hear = (error: AmqpError | undefined) =>
      detached.abort(new LinkDetached(error));
    this.#onDetach.set(detached, { link, hear });
    try {
      const either = AbortSignal.any([signal, detached.signal]);
      return await this.run(either, attempt);
    } catch (error) {
      throw detached.signal.aborted ? detached.signal.reason : error;
    } finally {
      this.#onDetach.delete(detached);
    }
  }

  /** Listened to once: the client's links live as long as it does. */
  #watchLink(link: Link): void {
    if (this.#watchedLinks.has(link)) return;
    this.#watchedLinks.add(link);
    const ended = (context: LinkContext) => {
      for (const each of this.#onDetach.values()) {
        if (each.link === link) each.hear(context?.sender?.error);
      }
    };
    link.on("sender_error", ended);
    link.on("sender_close", ended);
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
