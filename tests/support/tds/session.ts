/**
 * What a handler knows of the connection a request came over.
 *
 * @module
 */

/** A session: one login, until the connection ends. */
export class TdsSession {
  readonly #endings = new Set<() => void>();
  readonly #resets = new Set<() => void>();
  /** Counts the server's open transactions of this session; at most one here. */
  isInTransaction = false;

  constructor(
    /** As @@SPID. */
    readonly id: number,
    readonly user: string,
    readonly database: string,
    readonly appName: string,
    /** ApplicationIntent=ReadOnly. */
    readonly isReadOnly: boolean,
    /** Aborted when the connection ends. */
    readonly ended: AbortSignal,
    /** Ends the connection without a word. */
    readonly drop: () => void,
  ) {}

  /** Called once, when the connection has ended: release what it owned. */
  onEnd(action: () => void): void {
    this.#endings.add(action);
  }

  /** Called when the client resets the session, for a pool's next user. */
  onReset(action: () => void): void {
    this.#resets.add(action);
  }

  /** For the server alone. */
  end(): void {
    for (const action of this.#endings) action();
    this.#endings.clear();
  }

  /** For the server alone. */
  reset(): void {
    this.isInTransaction = false;
    for (const action of this.#resets) action();
  }
}
