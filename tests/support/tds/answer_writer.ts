/**
 * Turns a handler's answer into the tokens and packets of one message, as it comes:
 * a large result never stands in memory, and a slow client slows the handler.
 *
 * @module
 */

import {
  type Answer,
  type AnswerPart,
  isRowBlock,
  type Rows,
} from "./answer.ts";
import { ByteWriter } from "./byte_writer.ts";
import type { ByteChannel } from "./channel.ts";
import { MessageType, PacketCutter } from "./packets.ts";
import { RowEncoder } from "./row_encoder.ts";
import {
  Command,
  DoneStatus,
  DoneToken,
  writeDone,
  writeInfo,
  writeReturnStatus,
} from "./tokens.ts";

const FLUSH_BYTES = 1 << 18;

/** One message to the client. */
export class AnswerWriter {
  readonly body = new ByteWriter(4096);
  readonly serverName: string;
  readonly #channel: ByteChannel;
  readonly #cutter: PacketCutter;
  /** The count of the last statement, until it is known whether more comes. */
  #lastCount:
    | { readonly rowCount: number; readonly command: number }
    | undefined;

  constructor(
    channel: ByteChannel,
    packetSizeBytes: number,
    serverName: string,
  ) {
    this.#channel = channel;
    this.#cutter = new PacketCutter(MessageType.answer, packetSizeBytes);
    this.serverName = serverName;
  }

  /** Rejects with what the answer throws; what came before it is kept. */
  async write(
    answer: Answer,
    kind: "batch" | "procedure",
    signal: AbortSignal,
  ): Promise<void> {
    for await (const part of answer) {
      signal.throwIfAborted();
      this.#count(kind, DoneStatus.more);
      await this.#part(part, signal);
    }
    signal.throwIfAborted();
    this.end(kind, DoneStatus.final);
  }

  /** The last DONE of the message. */
  end(kind: "batch" | "procedure", status: number): void {
    // A batch ends with the count of its last statement, as on a server.
    const isCounted = kind === "batch" && status === DoneStatus.final &&
      this.#lastCount !== undefined;
    if (isCounted) return this.#count(kind, DoneStatus.final);
    this.#count(kind, DoneStatus.more);
    if (kind === "procedure") {
      writeReturnStatus(this.body, status === 0 ? 0 : 1);
    }
    const token = kind === "batch" ? DoneToken.done : DoneToken.proc;
    writeDone(this.body, token, status);
  }

  /** Sends what is left, as the end of the message. */
  async finish(): Promise<void> {
    await this.#channel.write(this.#cutter.finish(this.body.written));
  }

  #count(kind: "batch" | "procedure", status: number): void {
    if (this.#lastCount === undefined) return;
    const { rowCount, command } = this.#lastCount;
    this.#lastCount = undefined;
    const token = kind === "batch" ? DoneToken.done : DoneToken.inProc;
    writeDone(this.body, token, status | DoneStatus.count, rowCount, command);
  }

  async #part(
    part: AnswerPart,
    signal: AbortSignal,
  ): Promise<void> {
    if ("info" in part) return writeInfo(this.body, part.info, this.serverName);
    this.#lastCount = "affected" in part
      ? { rowCount: part.affected, command: Command.update }
      : {
        rowCount: await this.#resultSet(
          new RowEncoder(part.columns),
          part.rows,
          signal,
        ),
        command: Command.select,
      };
  }

  /** @returns How many rows it had. */
  async #resultSet(
    encoder: RowEncoder,
    rows: Rows,
    signal: AbortSignal,
  ): Promise<number> {
    encoder.writeMetadata(this.body);
    let rowCount = 0;
    try {
      // An iterable that doesn't wait isn't made to.
      if (Symbol.iterator in rows) {
        for (const row of rows) {
          rowCount += this.#row(encoder, row);
          if (this.body.length >= FLUSH_BYTES) await this.#flush(signal);
        }
      } else {
        for await (const row of rows) {
          rowCount += this.#row(encoder, row);
          if (this.body.length >= FLUSH_BYTES) await this.#flush(signal);
        }
      }
    } catch (error) {
      await this.#flushBeforeDrop(error);
      throw error;
    }
    return rowCount;
  }

  #row(encoder: RowEncoder, row: Parameters<typeof isRowBlock>[0]): number {
    if (isRowBlock(row)) {
      this.body.bytes(row.bytes);
      return row.rowCount;
    }
    encoder.writeRow(this.body, row);
    return 1;
  }

  async #flush(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#channel.write(this.#cutter.cut(this.body.written));
    this.body.clear();
  }

  /** A connection that drops in mid-row has sent half of it before. */
  async #flushBeforeDrop(error: unknown): Promise<void> {
    if ((error as Error)?.name !== "DroppedConnection") return;
    const half = this.body.written.subarray(0, this.body.length - 3);
    await this.#channel.write(this.#cutter.cutAll(half));
  }
}
