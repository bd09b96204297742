/**
 * Transactions that the stream told of lately.
 *
 * The server sends a transaction as soon as its commit is in the log; other sessions
 * see it only a moment later, or much later where it waits for a standby. Rows that
 * are read in between are older than what the stream has said already.
 *
 * @module
 */

/** So many are remembered; a session can hold up but one. */
const COUNT = 65_536;

/** One per stream. */
export class RecentTransactions {
  readonly #ring = new Uint32Array(COUNT);
  #next = 0;
  #former: ReadonlySet<number> = new Set();

  /** @param xid As BEGIN tells it, of 32 bits. */
  add(xid: number): void {
    this.#ring[this.#next] = xid;
    this.#next = (this.#next + 1) % COUNT;
  }

  /** Those that run when a process begins: the one before may have told of some. */
  addRunning(xids: readonly number[]): void {
    this.#former = new Set(xids);
  }

  /**
   * Whether a snapshot shows all of them.
   *
   * @param snapshot As `pg_current_snapshot()` has it: `xmin:xmax:xip,…`
   */
  isShownBy(snapshot: string): boolean {
    const [, end, running = ""] = snapshot.split(":");
    const after = low(end);
    const hidden = new Set(
      running.split(",").filter((each) => each !== "").map(low),
    );
    // Numbers go round; 0 is none.
    const isHidden = (xid: number) =>
      xid !== 0 && (hidden.has(xid) || ((xid - after) | 0) >= 0);
    // What has ended once stays so.
    this.#former = new Set([...this.#former].filter(isHidden));
    return this.#former.size === 0 && !this.#ring.some(isHidden);
  }
}

/** The server counts to 64 bits, the stream tells the lower half. */
function low(xid: string): number {
  return Number(BigInt.asUintN(32, BigInt(xid)));
}
