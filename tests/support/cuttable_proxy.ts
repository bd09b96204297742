/**
 * A way to a server that a test can cut, or fall silent.
 *
 * @module
 */

/** Listens on a port of its own and passes every connection on. */
export class CuttableProxy implements Disposable {
  readonly port: number;
  readonly #listener: Deno.TcpListener;
  readonly #pairs = new Set<readonly [Deno.TcpConn, Deno.TcpConn]>();
  #held: PromiseWithResolvers<void> | undefined;
  #heldFrom = 0;
  #silent = new Set<Deno.TcpConn>();
  /** How many have come. */
  connections = 0;

  /** @param target The server's port on 127.0.0.1. */
  constructor(private readonly target: number) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.#accept();
  }

  /** Breaks every connection there is; new ones are taken. */
  cut(): void {
    for (const pair of this.#pairs) closeBoth(pair);
    this.#pairs.clear();
  }

  /** The connections of now stay open and pass nothing on, for ever. */
  fallSilent(): void {
    for (const [client, server] of this.#pairs) {
      this.#silent.add(client).add(server);
    }
  }

  /** From that connection on they wait; 1 is the first. @returns Lets them go on. */
  hold(from: number): () => void {
    const held = this.#held = Promise.withResolvers<void>();
    this.#heldFrom = from;
    return () => {
      this.#held = undefined;
      held.resolve();
    };
  }

  [Symbol.dispose](): void {
    this.#listener.close();
    this.cut();
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      const isHeld = ++this.connections >= this.#heldFrom;
      this.#connect(client, isHeld).catch(() => client.close());
    }
  }

  async #connect(client: Deno.TcpConn, isHeld: boolean): Promise<void> {
    if (isHeld) await this.#held?.promise;
    const server = await Deno.connect({
      hostname: "127.0.0.1",
      port: this.target,
    });
    const pair = [client, server] as const;
    this.#pairs.add(pair);
    await Promise.race([this.#pump(client, server), this.#pump(server, client)])
      .catch(() => {});
    if (this.#pairs.delete(pair)) closeBoth(pair);
  }

  async #pump(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    for (;;) {
      const length = await from.read(buffer);
      if (this.#silent.has(from)) return await new Promise(() => {});
      if (length === null) return;
      let rest = buffer.subarray(0, length);
      while (rest.length > 0) rest = rest.subarray(await to.write(rest));
    }
  }
}

function closeBoth(pair: readonly Deno.TcpConn[]): void {
  for (const each of pair) {
    try {
      each.close();
    } catch {
      // The other end was faster.
    }
  }
}
