/**
 * A client with the real network and a fast clock.
 *
 * @module
 */

import { systemSpawner } from "../../../core/ports/deno.ts";
import {
  openClient,
  type OpenOptions,
  type RegistryClient,
  type Retry,
} from "../../../core/registry/mod.ts";
import { FastClock } from "../fast_clock.ts";

/** A client and what it told. */
export interface TestClient extends Disposable {
  readonly client: RegistryClient;
  readonly retries: readonly Retry[];
  readonly clock: FastClock;
}

/** Reads no credentials but those of `options`. */
export async function testClient(
  options: Partial<OpenOptions> = {},
  clock: FastClock = new FastClock(),
): Promise<TestClient> {
  const retries: Retry[] = [];
  const client = await openClient({
    env: {},
    homeFolder: "/nowhere",
    version: "0.0.0",
    clock,
    random: { next: () => 0.5 },
    spawner: systemSpawner,
    onRetry: (retry) => retries.push(retry),
    ...options,
  });
  return { client, retries, clock, [Symbol.dispose]: () => client.onClose() };
}
