/**
 * Rows of a change table → envelope lines, and how far they reach.
 *
 * An update's before-image comes just before its after-image and goes into the
 * same envelope; one whose after-image didn't come any more belongs to the next
 * reading, so the two are never parted.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { ChangeWriter } from "./change_writer.ts";
import type { Position } from "../offsets/position.ts";
import { OPERATION, type RowEncoder } from "./row_encoder.ts";
import type { Cell } from "../connection/session.ts";

/** Which of the leading columns a reading has. */
export interface LeadingColumns {
  readonly withUpdateMask: boolean;
  readonly withCommitTime: boolean;
}

const NO_BYTES = new Uint8Array(0);

/** Takes the rows of one reading in their order; holds a before-image at most. */
export class ChangeAssembler {
  readonly #rows: RowEncoder;
  readonly #writer: ChangeWriter;
  readonly #maskAt: number;
  readonly #timeAt: number;
  readonly #firstColumn: number;
  #rowCount = 0;
  #changeCount = 0;
  #last: Position | undefined;
  #before: string | undefined;
  // Many rows share an LSN: its text is made once.
  #lsnBytes: Uint8Array = NO_BYTES;
  #lsn = "";

  constructor(rows: RowEncoder, writer: ChangeWriter, leading: LeadingColumns) {
    this.#rows = rows;
    this.#writer = writer;
    const { withUpdateMask, withCommitTime } = leading;
    this.#maskAt = withUpdateMask ? 4 : -1;
    this.#timeAt = withCommitTime ? (withUpdateMask ? 5 : 4) : -1;
    this.#firstColumn = 4 + Number(withUpdateMask) + Number(withCommitTime);
  }

  /** Rows that came, before-images too. */
  get rowCount(): number {
    return this.#rowCount;
  }

  /** Changes that were written. */
  get changeCount(): number {
    return this.#changeCount;
  }

  /** The last change that is whole; nothing when there was none. */
  get last(): Position | undefined {
    return this.#last;
  }

  /** Notes a change that was written without {@link add}. */
  note(
    lsn: Uint8Array,
    commandId: number,
    seqval: Uint8Array,
    operation: number,
  ) {
    this.#rowCount++;
    this.#changeCount++;
    this.#before = undefined;
    this.#last = { kind: "within", lsn, commandId, seqval, operation };
  }

  /** Takes a row as it was selected. */
  add(cells: readonly Cell[]): void {
    this.#rowCount++;
    const operation = cells[3].value as number;
    const mask = this.#maskAt < 0
      ? undefined
      : cells[this.#maskAt].value as Uint8Array | null;
    const data = this.#rows.encode(cells, this.#firstColumn, operation, mask);
    if (operation === OPERATION.before) {
      this.#before = data;
      return;
    }
    const lsnBytes = cells[0].value as Uint8Array;
    const seqval = cells[2].value as Uint8Array;
    const commandId = (cells[1].value ?? 0) as number;
    this.#changeCount++;
    this.#last = {
      kind: "within",
      lsn: lsnBytes,
      commandId,
      seqval,
      operation,
    };
    this.#writer.add({
      lsn: this.#lsnText(lsnBytes),
      lsnBytes,
      seq: hex(seqval),
      commandId,
      operation,
      data,
      before: operation === OPERATION.after ? this.#before : undefined,
      commitTime: this.#commitTime(cells),
    });
    this.#before = undefined;
  }

  #lsnText(bytes: Uint8Array): string {
    if (!isSame(bytes, this.#lsnBytes)) {
      this.#lsnBytes = bytes;
      this.#lsn = hex(bytes);
    }
    return this.#lsn;
  }

  #commitTime(cells: readonly Cell[]): string | undefined {
    if (this.#timeAt < 0) return undefined;
    const text = cells[this.#timeAt].value as string | null;
    return text === null ? undefined : `${text.replace(" ", "T")}Z`;
  }
}

function hex(bytes: Uint8Array): string {
  return (bytes as Buffer).toString("hex");
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = a.length - 1; i >= 0; i--) if (a[i] !== b[i]) return false;
  return true;
}
