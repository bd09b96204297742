/**
 * The connection for questions to the catalog; one that broke is replaced.
 *
 * @module
 */

import type { Client } from "pg";
import { isConnectionFailure } from "../../connection/failure.ts";
import { closeClient, openClient } from "../../connection/open.ts";
import type { ConnectionSettings } from "../../connection/settings.ts";
import { readTable, type TableDetails } from "./catalog.ts";

/** Counts as a broken connection. */
function silence(): Error {
  return Object.assign(new Error("Postgres does not answer"), {
    code: "ETIMEDOUT",
  });
}

/** Used by one question at a time. */
export class CatalogConnection {
  #client: Client | undefined;

  constructor(private readonly settings: ConnectionSettings) {}

  /** The connection of the moment, opened where there is none. */
  async get(signal: AbortSignal): Promise<Client> {
    if (this.#client === undefined) {
      const client = await openClient(this.settings, {
        isPatient: true,
        signal,
      });
      this.#client = client;
      client.on("end", () => this.#forget(client));
    }
    return this.#client;
  }

  /** Asks, and once more where the connection turned out to be gone. */
  async ask<T>(
    signal: AbortSignal,
    question: (client: Client) => Promise<T>,
  ): Promise<T> {
    const client = await this.get(signal);
    try {
      return await this.#inTime(question(client));
    } catch (error) {
      if (!isConnectionFailure(error)) throw error;
      this.#forget(client);
      closeClient(client);
      return await this.#inTime(question(await this.get(signal)));
    }
  }

  /** A connection may fall silent without breaking: the driver would wait for ever. */
  async #inTime<T>(answer: Promise<T>): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => reject(silence()),
      this.settings.connectTimeoutMs,
    );
    try {
      return await Promise.race([answer, promise]);
    } finally {
      clearTimeout(timer);
      answer.catch(() => {});
    }
  }

  /** A table as it is now; types also of columns that are gone. */
  async details(
    oid: number,
    typeOids: readonly number[],
    signal: AbortSignal,
  ): Promise<TableDetails> {
    return await this.ask(signal, (client) => readTable(client, oid, typeOids));
  }

  close(): void {
    if (this.#client !== undefined) closeClient(this.#client);
    this.#client = undefined;
  }

  #forget(client: Client): void {
    if (this.#client === client) this.#client = undefined;
  }
}
