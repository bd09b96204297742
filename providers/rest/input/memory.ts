/**
 * Which records were sent, so that asking from a value on, that value included,
 * sends none twice.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { FinalError, type Json } from "@dstream/sdk";
import type { CursorValue } from "./cursor.ts";
import { keyOf } from "./exact.ts";

/** A record is this long in the state. */
const HASH_DIGITS = 16;

interface Sent {
  readonly id: string;
  readonly at: CursorValue;
}

/** The records from a reach on. */
export class Memory {
  readonly #key: readonly string[] | undefined;
  readonly #limit: number;
  readonly #field: string;
  #sent = new Map<string, Sent>();

  constructor(
    key: readonly string[] | undefined,
    limit: number,
    field: string,
  ) {
    this.#key = key;
    this.#limit = limit;
    this.#field = field;
  }

  /** What an earlier run sent at and behind its reach. */
  recall(sent: readonly (readonly [string, CursorValue])[]): void {
    for (const [id, at] of sent) this.#sent.set(id, { id, at });
  }

  /**
   * By its key and cursor where it has one: a later change of it is another.
   * Else by all of it.
   */
  idOf(record: Json, at: CursorValue | undefined): string {
    const text = this.#key === undefined
      ? JSON.stringify(record)
      : `${keyOf(record, this.#key)}@${at?.text ?? ""}`;
    return createHash("sha256").update(text).digest("hex")
      .slice(0, HASH_DIGITS);
  }

  has(id: string): boolean {
    return this.#sent.has(id);
  }

  /**
   * @param reach What is before it will not be asked for again.
   * @throws {FinalError} When it would remember more than it may.
   */
  add(id: string, at: CursorValue, reach: CursorValue): void {
    if (at.order < reach.order) return;
    this.#sent.set(id, { id, at });
    if (this.#sent.size > this.#limit) this.forgetBefore(reach);
    if (this.#sent.size > this.#limit) this.#refuse();
  }

  forgetBefore(reach: CursorValue): void {
    for (const { id, at } of this.#sent.values()) {
      if (at.order < reach.order) this.#sent.delete(id);
    }
  }

  /** For the state. */
  sent(): [string, string][] {
    return [...this.#sent.values()].map(({ id, at }) => [id, at.text]);
  }

  #refuse(): never {
    throw new FinalError(
      "rest.too_many_alike",
      `more than ${this.#limit} records have the same or nearly the same ` +
        `"${this.#field}"`,
      {
        key: "cursor.max_remembered",
        hint: "choose a finer field, a shorter lookback, or a higher bound",
      },
    );
  }
}
