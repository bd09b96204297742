/**
 * The change stream of a slot: reads, decodes, hands over, confirms.
 *
 * @module
 */

import { DstreamError, FinalError, type InputBatch } from "@dstream/sdk";
import type { Client } from "pg";
import { quoteIdentifier, quoteLiteral } from "../../names.ts";
import { ChangeLines } from "../decode/change_lines.ts";
import { QuickRows } from "../decode/quick/quick_rows.ts";
import { readInt64 } from "../decode/tuple.ts";
import type { Lsn } from "../lsn.ts";
import type { ReplacedTables } from "../reread/replaced_table.ts";
import type { RecentTransactions } from "../reread/recent_transactions.ts";
import type { Rereads } from "../reread/rereads.ts";
import type { ShapeBook } from "../setup/shape_book.ts";
import { Frames } from "./frames.ts";
import { type MessageChoice, Messages } from "./messages.ts";
import { SlotProgress } from "./slot_progress.ts";
import { StatusSender } from "./status_sender.ts";

/** A batch is handed over when it is this large, or nothing more is there. */
const BATCH_BYTES = 256 * 1024;
/** No line waits longer for others to go on with. */
const LINGER_MS = 25;
/** Lines may grow a batch beyond that; the rest is room for one. */
const BUFFER_BYTES = BATCH_BYTES + 128 * 1024;

/** What to stream. */
export interface StreamOptions {
  readonly slot: string;
  readonly publication: string;
  readonly hasMessages: boolean;
  /** `wal_sender_timeout` of the server; 0: none. */
  readonly serverTimeoutMs: number;
  readonly choice: MessageChoice;
  readonly replaced: ReplacedTables;
  readonly now: () => number;
}

/** One per run; a broken connection is followed by another. */
export class ChangeStream {
  readonly progress: SlotProgress;
  readonly #quick = QuickRows.create(BUFFER_BYTES);
  readonly #lines = new ChangeLines(BUFFER_BYTES, this.#quick);
  readonly #messages: Messages;
  /** Since when the first line waits to be handed over. */
  #lingerMs: number | undefined;
  /** When the silent server was asked last. */
  #askedMs = -Infinity;
  #connection: { frames: Frames; status: StatusSender } | undefined;

  constructor(
    private readonly options: StreamOptions,
    private readonly shapes: ShapeBook,
    start: Lsn,
  ) {
    this.progress = new SlotProgress(start);
    this.#messages = new Messages(this.#lines, shapes, options.choice);
  }

  /** What it has told of. */
  get recent(): RecentTransactions {
    return this.#messages.recent;
  }

  /**
   * Reads from one connection until it breaks, the signal is aborted, or everything
   * up to a place was read. It stays open for what is acknowledged afterwards.
   *
   * @param client A replication connection that does nothing.
   * @param rereads Tables that are read meanwhile, as the stream tells.
   * @throws {DstreamError} `postgres.connection_lost`: may be called again with
   * another connection. `postgres.slot_lost`, `postgres.refused`.
   */
  async *read(
    client: Client,
    rereads: Rereads,
    signal: AbortSignal,
    until?: Lsn,
  ): AsyncGenerator<InputBatch> {
    await this.close();
    const frames = new Frames(client, this.#quick?.input);
    const { serverTimeoutMs, now } = this.options;
    const status = new StatusSender(frames, this.progress, {
      serverTimeoutMs,
      now,
    });
    this.#connection = { frames, status };
    this.#messages.restart();
    frames.query(startStatement(this.options));
    for (;;) {
      while (frames.next()) {
        const step = this.#read(frames, status, rereads) ??
          this.#readOn(frames);
        if (step !== undefined) yield* step;
      }
      if (rereads.isPending && rereads.waitMs === 0) {
        yield* this.#readAgain(rereads);
      }
      if (frames.isDrained && this.#lines.count > 0) {
        // Many small batches cost more than a moment's wait.
        const nowMs = performance.now();
        this.#lingerMs ??= nowMs;
        const mayWait = nowMs - this.#lingerMs < LINGER_MS;
        if (mayWait && await frames.gather(signal)) continue;
        yield this.#handOver();
      }
      this.progress.hasLines = this.#hasLines;
      if (this.#isReached(until) && !rereads.isPending) return;
      const usualMs = waitMs(serverTimeoutMs, until);
      const mostMs = rereads.isPending ? rereads.waitMs : usualMs;
      const hasMore = await frames.fill(Math.min(usualMs, mostMs), signal);
      if (signal.aborted) return;
      if (!hasMore) this.#noteSilence(frames, status, usualMs);
    }
  }

  /** How old the newest commit is that was read and not acknowledged; 0: none. */
  get lagSeconds(): number {
    if (this.progress.isSettled && !this.#hasLines) return 0;
    const { committedMs } = this.#messages;
    return Math.max(0, this.options.now() - committedMs) / 1000;
  }

  /** Confirms what was acknowledged last and ends the connection. */
  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.status.close();
    await connection?.frames.close();
  }

  #isReached(until: Lsn | undefined): boolean {
    return until !== undefined && !this.#hasLines &&
      this.progress.reached >= until;
  }

  get #hasLines(): boolean {
    return this.#messages.isInTransaction || this.#lines.count > 0;
  }

  /** @returns What is to be handed over before the next message. */
  #read(
    frames: Frames,
    status: StatusSender,
    rereads: Rereads,
  ): AsyncGenerator<InputBatch> | Generator<InputBatch> | undefined {
    const { bytes, start } = frames;
    switch (frames.kind) {
      case 0x64: // CopyData
        return bytes[start] === 0x77
          ? this.#change(bytes, start + 25, rereads)
          : this.#keepalive(bytes, start + 1, status);
      case 0x45: // ErrorResponse
        throw streamFailure(frames.serverError(), this.options);
      case 0x63: // CopyDone
        throw new DstreamError(
          "postgres.connection_lost",
          "Postgres ended the stream",
        );
      default: // CopyBothResponse, notices, parameters
        return undefined;
    }
  }

  #change(bytes: Uint8Array, start: number, rereads: Rereads) {
    const step = this.#messages.read(bytes, start);
    this.progress.hasLines = true;
    switch (step.kind) {
      case "commit":
        this.progress.commit(step.end);
        break;
      case "relation":
        if (!this.shapes.isKnown(step.relation)) {
          return this.#learn(step.relation, rereads);
        }
        break;
      case "signal":
        return this.#heed(step.text, step.place, rereads);
    }
    return this.#lines.length >= BATCH_BYTES ? this.#whole() : undefined;
  }

  /** Rows of one table that follow each other are read at once. */
  #readOn(frames: Frames) {
    const { bytes, behind } = frames;
    const at = this.#messages.readOn(bytes, behind, BATCH_BYTES);
    if (at === behind) return undefined;
    frames.skipTo(at);
    return this.#lines.length >= BATCH_BYTES ? this.#whole() : undefined;
  }

  *#whole(): Generator<InputBatch> {
    yield this.#handOver();
  }

  /** The slot waits until the state knows what was asked for. */
  *#heed(text: string, place: string, rereads: Rereads): Generator<InputBatch> {
    if (this.#lines.count > 0) yield this.#handOver();
    if (!rereads.request(text, place)) return;
    this.progress.hold();
    yield { state: rereads.toJson() };
  }

  /** Rows come behind all changes that were decoded, and before the next. */
  async *#readAgain(rereads: Rereads): AsyncGenerator<InputBatch> {
    if (this.#lines.count > 0) yield this.#handOver();
    const { oid } = rereads.first;
    const { place } = this.#messages;
    yield* rereads.readPart(place, () => this.progress.stored());
    // Rows may have a shape that the stream comes to only later.
    const shape = this.shapes.get(oid)?.shape;
    if (shape !== undefined) yield { schema: shape.schema };
  }

  async *#learn(
    relation: Parameters<ShapeBook["learn"]>[0],
    rereads: Rereads,
  ): AsyncGenerator<InputBatch> {
    // What came before has the old shape.
    if (this.#lines.count > 0) yield this.#handOver();
    const { shape, isReplaced } = await this.shapes.learn(relation);
    if (shape === undefined) return;
    yield { schema: shape.schema };
    if (!isReplaced) return;
    yield await this.options.replaced.answer(
      { ...relation, ...this.#messages.here },
      rereads,
      () => this.progress.hold(),
    );
  }

  #keepalive(bytes: Uint8Array, at: number, status: StatusSender): undefined {
    if (!this.#hasLines) this.progress.keepalive(readInt64(bytes, at));
    if (bytes[at + 16] === 1) status.send();
  }

  #handOver(): InputBatch {
    this.#lingerMs = undefined;
    const { bytes, count } = this.#lines.take();
    return {
      lines: bytes,
      lineCount: count,
      delivered: this.progress.handOver(),
    };
  }

  /**
   * A server that hears from us says nothing by itself, so it is asked; not more
   * often than usual, however short a wait was.
   * @throws {DstreamError} When it has been silent for too long.
   */
  #noteSilence(frames: Frames, status: StatusSender, usualMs: number): void {
    const nowMs = performance.now();
    if (nowMs - this.#askedMs < usualMs * 0.9) return;
    this.#askedMs = nowMs;
    status.send({ wantsReply: true });
    const { serverTimeoutMs } = this.options;
    const silentMs = nowMs - frames.heardMs;
    if (serverTimeoutMs === 0 || silentMs < serverTimeoutMs * 1.5) return;
    throw new DstreamError(
      "postgres.connection_lost",
      `Postgres has said nothing for ${Math.round(silentMs / 1000)} s`,
    );
  }
}

/** With a goal, the server is asked often how far it is. */
function waitMs(serverTimeoutMs: number, until: Lsn | undefined): number {
  if (until !== undefined) return 100;
  return serverTimeoutMs === 0 ? 60_000 : Math.max(serverTimeoutMs / 2, 100);
}

function startStatement(
  { slot, publication, hasMessages }: StreamOptions,
): string {
  const names = quoteLiteral(quoteIdentifier(publication));
  const options = [
    "proto_version '1'",
    `publication_names ${names}`,
    ...(hasMessages ? ["messages 'true'"] : []),
  ];
  return `START_REPLICATION SLOT ${quoteIdentifier(slot)} LOGICAL 0/0 (${
    options.join(", ")
  })`;
}

function streamFailure(
  error: DstreamError & { readonly sqlState: string },
  { slot, publication }: StreamOptions,
): Error {
  const { sqlState, message } = error;
  if (/^(57P|08|53)/.test(sqlState)) {
    return new DstreamError("postgres.connection_lost", message);
  }
  if (sqlState === "55006") {
    return new DstreamError(
      "postgres.slot_in_use",
      `slot "${slot}" is being read by another process`,
      { hint: "one task has one slot: give this one its own with `slot`" },
    );
  }
  if (/publication ".*" does not exist/.test(message)) {
    return new FinalError(
      "postgres.publication",
      `publication "${publication}" did not exist when these changes were ` +
        "made: the server can't tell which of them belong to it",
      {
        key: "publication",
        hint: "make it before the slot: drop the slot, then run again",
      },
    );
  }
  return error;
}
