/**
 * Sends envelopes as requests; what an API refuses for good is rejected.
 *
 * @module
 */

import type {
  OpenContext,
  Output,
  OutputBatch,
  OutputContext,
} from "@dstream/sdk";
import { FailedRequest, WebClient } from "../../web/mod.ts";
import type { HttpConfig } from "./config.ts";
import { type Carried, Requests } from "./requests.ts";

/** These say something of us or of the address, not of the envelope. */
const NOT_ITS_FAULT: readonly number[] = [401, 403, 405, 407, 421, 426, 451];
/** These only where the address is the same for all. */
const OF_THE_ADDRESS: readonly number[] = [404, 410];

/** An API that takes envelopes. */
export class HttpOutput implements Output {
  readonly #client: WebClient;
  readonly #requests: Requests;

  constructor(config: HttpConfig, client: WebClient) {
    this.#client = client;
    this.#requests = new Requests(config);
  }

  static open(config: HttpConfig, context: OpenContext): HttpOutput {
    const home = new URL(config.url.replaceAll(/\{[^}]*\}/g, "x"));
    return new HttpOutput(config, new WebClient(home, config, context));
  }

  async write(batch: OutputBatch, _context: OutputContext): Promise<void> {
    const indexes = batch.envelopes.flatMap((envelope, index) =>
      envelope === undefined ? [] : index
    );
    const lanes = this.#requests.lanes(batch, indexes);
    await Promise.all(lanes.map((lane) => this.#writeLane(batch, lane)));
  }

  close(): Promise<void> {
    this.#client[Symbol.dispose]();
    return Promise.resolve();
  }

  async #writeLane(
    batch: OutputBatch,
    lane: readonly number[],
  ): Promise<void> {
    for (const piece of this.#requests.of(batch, lane)) {
      if ("reason" in piece) {
        batch.reject(piece.index, piece.reason, "no_address");
      } else await this.#send(batch, piece);
    }
  }

  async #send(batch: OutputBatch, { ask, indexes }: Carried): Promise<void> {
    const response = await this.#client.send(ask);
    if (response.status >= 200 && response.status <= 299) return;
    const failure = FailedRequest.refused(response, this.#client.scrubber);
    if (!this.#isItsFault(response.status)) {
      throw failure.isTransient ? failure : failure.asFinal("url");
    }
    if (indexes.length === 1) {
      batch.reject(indexes[0], failure.message, `http_${response.status}`);
      return;
    }
    await this.#sendHalves(batch, indexes);
  }

  /** One of them is refused: the others go without it. */
  async #sendHalves(
    batch: OutputBatch,
    indexes: readonly number[],
  ): Promise<void> {
    const half = Math.ceil(indexes.length / 2);
    for (const part of [indexes.slice(0, half), indexes.slice(half)]) {
      await this.#send(batch, this.#requests.request(batch, part));
    }
  }

  #isItsFault(status: number): boolean {
    if (status < 400 || status > 499) return false;
    if (NOT_ITS_FAULT.includes(status)) return false;
    return !(this.#requests.isFixed && OF_THE_ADDRESS.includes(status));
  }
}
