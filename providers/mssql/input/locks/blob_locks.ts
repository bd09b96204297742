/**
 * Locks as leases of blobs: 60 seconds, renewed every 20.
 *
 * A lease that couldn't be renewed is given up before it runs out, so that this
 * instance has stopped when another may begin. No lease is ever broken: a crashed
 * holder's runs out by itself.
 *
 * @module
 */

import type { ContainerClient } from "@azure/storage-blob";
import type { Logger } from "@dstream/sdk";
import type { HeldLock, TableLocks } from "./table_lock.ts";

/** How leases live; Azure allows 15 to 60 seconds. */
export interface LeaseTimes {
  readonly leaseSeconds: number;
  readonly renewMs: number;
  /** Given up this long before the end. */
  readonly marginMs: number;
}

/** As the issue of locks goes: two renewals may fail. */
export const LEASE_TIMES: LeaseTimes = {
  leaseSeconds: 60,
  renewMs: 20_000,
  marginMs: 10_000,
};

/** Where the container is. */
export interface BlobPlace {
  readonly connectionString?: string;
  readonly accountUrl?: string;
  readonly containerName: string;
}

/** What Azure's client throws, as far as it matters. */
interface BlobError {
  readonly statusCode?: number;
  readonly code?: string;
  readonly message?: string;
}

const REQUEST_TIMEOUT_MS = 10_000;
const PRECONDITION_FAILED = 412;
const CONFLICT = 409;
const NOT_FOUND = 404;

/** Leases in one container, each renewed until it is given back or lost. */
export class BlobLocks implements TableLocks {
  readonly #container: ContainerClient;
  readonly #log: Logger;
  readonly #times: LeaseTimes;
  readonly #held = new Set<HeldLock>();

  constructor(
    container: ContainerClient,
    log: Logger,
    times: LeaseTimes = LEASE_TIMES,
  ) {
    this.#container = container;
    this.#log = log;
    this.#times = times;
  }

  /** Opens the container, making it when it is missing. */
  static async open(
    place: BlobPlace,
    log: Logger,
    signal: AbortSignal,
    times?: LeaseTimes,
  ): Promise<BlobLocks> {
    const container = await containerOf(place);
    try {
      await container.createIfNotExists({ abortSignal: limited(signal) });
    } catch (error) {
      // A login may be allowed to use it and not to make it.
      const isThere = await container.exists({ abortSignal: limited(signal) })
        .catch(() => false);
      if (!isThere) throw explain(error, place);
    }
    return new BlobLocks(container, log, times);
  }

  async tryAcquire(
    name: string,
    signal: AbortSignal,
  ): Promise<HeldLock | undefined> {
    const blob = this.#container.getBlockBlobClient(name);
    const lease = blob.getBlobLeaseClient();
    const acquire = async () => {
      const beganMs = performance.now();
      const { leaseSeconds } = this.#times;
      await lease.acquireLease(leaseSeconds, { abortSignal: limited(signal) });
      return this.#hold(name, lease, beganMs);
    };
    try {
      return await acquire();
    } catch (error) {
      if (statusOf(error) === CONFLICT) return undefined;
      if (statusOf(error) !== NOT_FOUND) throw error;
    }
    await createEmpty(blob, limited(signal));
    return await acquire().catch((error) => {
      if (statusOf(error) === CONFLICT) return undefined;
      throw error;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#held].map((lock) => lock.release()));
  }

  #hold(name: string, lease: Lease, beganMs: number): HeldLock {
    const lost = new AbortController();
    const renewal = new Renewal(lease, beganMs, this.#times, (why) => {
      if (lost.signal.aborted) return;
      this.#held.delete(lock);
      this.#log.warn(`lost the lock ${name}: ${why}`);
      lost.abort(new Error(`the lock ${name} was lost: ${why}`));
    });
    const lock: HeldLock = {
      lost: lost.signal,
      release: async () => {
        renewal.stop();
        this.#held.delete(lock);
        const abortSignal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
        // One that can't be given back runs out.
        await lease.releaseLease({ abortSignal }).catch(() => {});
      },
    };
    this.#held.add(lock);
    return lock;
  }
}

type Lease = ReturnType<
  ReturnType<ContainerClient["getBlockBlobClient"]>["getBlobLeaseClient"]
>;

/** Renews a lease until it is stopped or too old. */
class Renewal {
  #renew: ReturnType<typeof setTimeout> | undefined;
  #expiry: ReturnType<typeof setTimeout> | undefined;
  #isStopped = false;

  constructor(
    readonly lease: Lease,
    beganMs: number,
    readonly times: LeaseTimes,
    readonly onLost: (why: string) => void,
  ) {
    this.#extend(beganMs);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#renew);
    clearTimeout(this.#expiry);
  }

  /** Counted from when the request was begun: the server began no earlier. */
  #extend(beganMs: number): void {
    const { leaseSeconds, marginMs, renewMs } = this.times;
    const leftMs = beganMs + leaseSeconds * 1000 - marginMs - performance.now();
    clearTimeout(this.#expiry);
    this.#expiry = setTimeout(
      () => this.#lose("it could not be renewed in time"),
      Math.max(0, leftMs),
    );
    this.#renew = setTimeout(() => this.#tryRenew(), renewMs);
  }

  async #tryRenew(): Promise<void> {
    const beganMs = performance.now();
    const abortSignal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    try {
      await this.lease.renewLease({ abortSignal });
      if (!this.#isStopped) this.#extend(beganMs);
    } catch (error) {
      if (this.#isStopped) return;
      const status = statusOf(error);
      if (
        status === CONFLICT || status === PRECONDITION_FAILED ||
        status === NOT_FOUND
      ) {
        return this.#lose("another has it");
      }
      this.#renew = setTimeout(
        () => this.#tryRenew(),
        Math.min(1000, this.times.renewMs),
      );
    }
  }

  #lose(why: string): void {
    this.stop();
    this.onLost(why);
  }
}

async function createEmpty(
  blob: ReturnType<ContainerClient["getBlockBlobClient"]>,
  abortSignal: AbortSignal,
): Promise<void> {
  try {
    const conditions = { ifNoneMatch: "*" };
    await blob.upload("", 0, { conditions, abortSignal });
  } catch (error) {
    const status = statusOf(error);
    if (status !== CONFLICT && status !== PRECONDITION_FAILED) throw error;
  }
}

async function containerOf(place: BlobPlace): Promise<ContainerClient> {
  const { BlobServiceClient } = await import("@azure/storage-blob");
  const options = {
    retryOptions: { maxTries: 2, tryTimeoutInMs: REQUEST_TIMEOUT_MS },
  };
  const { connectionString, accountUrl, containerName } = place;
  if (connectionString !== undefined) {
    return BlobServiceClient.fromConnectionString(connectionString, options)
      .getContainerClient(containerName);
  }
  const { DefaultAzureCredential } = await import("@azure/identity");
  const credential = new DefaultAzureCredential();
  return new BlobServiceClient(accountUrl!, credential, options)
    .getContainerClient(containerName);
}

/** Neither a stop nor a silent server may keep a request open. */
function limited(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([
    signal,
    AbortSignal.timeout(2 * REQUEST_TIMEOUT_MS),
  ]);
}

function statusOf(error: unknown): number | undefined {
  return (error as BlobError).statusCode;
}

function explain(error: unknown, place: BlobPlace): Error {
  const { code, message } = error as BlobError;
  const why = (code ?? message ?? "unknown error").split("\n")[0];
  return new Error(
    `could not open the container "${place.containerName}" for locks: ${why}`,
    { cause: error },
  );
}
