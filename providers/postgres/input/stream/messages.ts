/**
 * Messages of pgoutput, protocol version 1 → lines.
 *
 * Large transactions come whole at their commit, row by row, so memory does not
 * grow with them. Source of the layout:
 * https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html
 *
 * @module
 */

import { FinalError } from "@dstream/sdk";
import { metadataOf } from "@dstream/sdk/changes";
import {
  type ChangeLines,
  INDEX_DIGITS,
  type OldRow,
} from "../decode/change_lines.ts";
import { readRelation, readText, type Relation } from "../decode/relation.ts";
import type { RowShape } from "../decode/row_shape.ts";
import { readInt32, readInt64, Tuple } from "../decode/tuple.ts";
import { type Lsn, sortableLsn } from "../lsn.ts";
import { RecentTransactions } from "../reread/recent_transactions.ts";
import type { StreamPlace } from "../reread/rereads.ts";
import type { ShapeBook } from "../setup/shape_book.ts";
import { commitTime, fromPostgresTime } from "./transaction_time.ts";

/** What the user wants of things that are no rows. */
export interface MessageChoice {
  readonly truncate: "send" | "fail" | "ignore";
  /** Whether a message of this prefix becomes an envelope. */
  readonly isMessageWanted: (prefix: string) => boolean;
  /** Whether it asks the task for something. */
  readonly isSignal: (prefix: string) => boolean;
}

/** What a message asks of the stream. */
export type Step =
  | { readonly kind: "none" }
  | { readonly kind: "relation"; readonly relation: Relation }
  | { readonly kind: "commit"; readonly end: Lsn }
  /** A wish, and where it stands in the log. */
  | { readonly kind: "signal"; readonly text: string; readonly place: string };

const NONE: Step = { kind: "none" };
const decoder = new TextDecoder();

/** One per stream; outlives a connection. */
export class Messages {
  readonly #row = new Tuple();
  readonly #old = new Tuple();
  /** The transaction that is open, by the place of its commit. */
  #commitLsn: Lsn = 0n;
  #index = 0;
  isInTransaction = false;
  /** When the newest transaction was committed, in milliseconds since 1970. */
  committedMs = 0;
  /** The newest change that became a line, so that none is sent twice. */
  #sentLsn: Lsn = 0n;
  #sentIndex = 0;
  /** Of the transaction that is open, changes up to this one were sent before. */
  #sentBefore = 0;
  /** The table of the change before, which is most often this one's too. */
  #oid = 0;
  #shape: RowShape | undefined;
  /** Those that the stream has told of. */
  readonly recent = new RecentTransactions();

  constructor(
    private readonly lines: ChangeLines,
    private readonly shapes: ShapeBook,
    private readonly choice: MessageChoice,
  ) {}

  /** A new connection: the server begins again where the slot is confirmed. */
  restart(): void {
    this.isInTransaction = false;
  }

  /** The newest change that was told. */
  get place(): StreamPlace {
    return { place: sortableLsn(this.#sentLsn), index: this.#sentIndex };
  }

  /** Between the change before and the next: no row has this position. */
  get here(): { readonly place: string; readonly position: string } {
    const place = sortableLsn(this.#commitLsn);
    const index = String(this.#index).padStart(INDEX_DIGITS, "0");
    return { place, position: `${place}/${index}` };
  }

  /** Reads one message. */
  read(source: Uint8Array, start: number): Step {
    switch (source[start]) {
      case 0x49: // I
        return this.#insert(source, start + 1);
      case 0x55: // U
        return this.#update(source, start + 1);
      case 0x44: // D
        return this.#delete(source, start + 1);
      case 0x42: // B
        return this.#begin(source, start + 1);
      case 0x43: // C
        this.isInTransaction = false;
        return { kind: "commit", end: readInt64(source, start + 10) };
      case 0x52: // R
        this.#oid = 0; // what is known of it may change
        return {
          kind: "relation",
          relation: readRelation(source, start + 1),
        };
      case 0x54: // T
        return this.#truncate(source, start + 1);
      case 0x4d: // M
        return this.#message(source, start + 1);
      default: // origins and types
        return NONE;
    }
  }

  /**
   * Reads the inserts and updates that follow a message and go on with its table.
   *
   * @param at Behind that message.
   * @returns Where the next message begins.
   */
  readOn(source: Uint8Array, at: number, enoughBytes: number): number {
    const shape = this.#shape;
    const isQuick = shape !== undefined && this.#oid !== 0 &&
      this.isInTransaction && this.#index > this.#sentBefore;
    if (!isQuick) return at;
    const written = this.lines.run("changes", shape, this.#oid, {
      bytes: source,
      at,
      enoughBytes,
      index: this.#index,
    });
    if (written === undefined) return at;
    this.#index = this.#sentIndex = written.index;
    return written.at;
  }

  #begin(source: Uint8Array, at: number): Step {
    this.isInTransaction = true;
    this.#index = 0;
    this.#commitLsn = readInt64(source, at);
    this.#sentBefore = this.#commitLsn < this.#sentLsn
      ? Infinity
      : this.#commitLsn === this.#sentLsn
      ? this.#sentIndex
      : 0;
    const place = sortableLsn(this.#commitLsn);
    const committed = readInt64(source, at + 8);
    this.recent.add(readInt32(source, at + 16) >>> 0);
    this.committedMs = fromPostgresTime(committed);
    this.lines.begin(place, {
      transaction: place,
      timestamp: commitTime(committed),
    });
    return NONE;
  }

  #insert(source: Uint8Array, at: number): Step {
    const shape = this.#next(source, at);
    if (shape === undefined) return NONE;
    this.#row.readMessage(source, at + 5);
    this.lines.row("insert", shape, this.#row, this.#index);
    return NONE;
  }

  #update(source: Uint8Array, at: number): Step {
    const shape = this.#next(source, at);
    if (shape === undefined) return NONE;
    const oldRow = oldRowOf(source[at + 4]);
    const rowAt = oldRow === "none"
      ? at + 5
      : this.#old.readMessage(source, at + 5) + 1;
    this.#row.readMessage(source, rowAt);
    this.lines.update(shape, this.#row, this.#old, oldRow, this.#index);
    return NONE;
  }

  #delete(source: Uint8Array, at: number): Step {
    const shape = this.#next(source, at);
    if (shape === undefined) return NONE;
    const isIdentity = oldRowOf(source[at + 4]) === "identity";
    this.#old.readMessage(source, at + 5);
    this.lines.row("delete", shape, this.#old, this.#index, isIdentity);
    return NONE;
  }

  #truncate(source: Uint8Array, at: number): Step {
    const count = readInt32(source, at);
    for (let i = 0; i < count; i++) {
      const shape = this.#next(source, at + 5 + i * 4);
      if (shape === undefined || this.choice.truncate === "ignore") continue;
      if (this.choice.truncate === "fail") throw truncated(shape);
      this.lines.truncate(shape, this.#index);
    }
    return NONE;
  }

  /** Content that is JSON goes on as that, other text as a string. */
  #message(source: Uint8Array, at: number): Step {
    const isTransactional = (source[at] & 1) === 1;
    const [prefix, behind] = readText(source, at + 9);
    if (isTransactional && this.#isSent()) return NONE;
    const isSignal = this.choice.isSignal(prefix);
    if (!isSignal && !this.choice.isMessageWanted(prefix)) return NONE;
    const length = readInt32(source, behind);
    const content = source.subarray(behind + 4, behind + 4 + length);
    const lsn = readInt64(source, at + 1);
    if (!isTransactional) {
      if (lsn <= this.#sentLsn) return NONE;
      this.#sentLsn = lsn;
      this.#index = this.#sentIndex = 0;
    }
    if (isSignal) {
      const { place } = this.place;
      return { kind: "signal", text: decoder.decode(content), place };
    }
    if (!isTransactional) this.lines.begin(sortableLsn(lsn), {});
    const metadata = JSON.stringify(
      metadataOf({ source: "postgres" }, { prefix }),
    );
    this.lines.message(
      `{"data":${toJson(content)},"metadata":${metadata.slice(0, -1)}`,
      this.#index,
    );
    return NONE;
  }

  /**
   * Counts a change, so that its place is the same whatever is left out.
   * @returns How to write it; `undefined` when it isn't wanted or was sent.
   */
  #next(source: Uint8Array, at: number): RowShape | undefined {
    if (this.#isSent()) return undefined;
    const oid = readInt32(source, at) >>> 0;
    if (oid !== this.#oid) {
      this.#oid = oid;
      this.#shape = this.shapes.get(oid)?.shape;
    }
    return this.#shape;
  }

  #isSent(): boolean {
    if (++this.#index <= this.#sentBefore) return true;
    if (this.#index === this.#sentBefore + 1) this.#sentLsn = this.#commitLsn;
    this.#sentIndex = this.#index;
    return false;
  }
}

function oldRowOf(letter: number): OldRow {
  if (letter === 0x4b) return "identity"; // K
  return letter === 0x4f ? "whole" : "none"; // O
}

function truncated({ table }: RowShape): FinalError {
  return new FinalError(
    "postgres.truncated",
    `${table} was emptied by TRUNCATE, and truncate = "fail"`,
    { key: "truncate", hint: 'truncate = "send" or "ignore" goes on' },
  );
}

function toJson(content: Uint8Array): string {
  const text = decoder.decode(content);
  try {
    JSON.parse(text);
    return text.replace(/[\r\n]/g, " ");
  } catch {
    return JSON.stringify(text);
  }
}
