/**
 * Changes → envelope lines, one for each or one for a batch.
 *
 * @module
 */

import { LineBuffer } from "./line_buffer.ts";
import {
  COMMAND_DIGITS,
  LINE_END,
  type LineForm,
  type LinePart,
  upstreamType,
} from "./line_form.ts";
import { formatLsnParts } from "../offsets/lsn.ts";

/** What is done with each change. */
export interface ChangeWriter {
  /** Adds one change. */
  add(change: Change): void;
  /** @returns Whole lines and how many; begins anew. */
  take(): EncodedLines;
  /** About how many bytes are collected. */
  readonly size: number;
}

/** Whole lines. */
export interface EncodedLines {
  readonly lines: Uint8Array;
  readonly lineCount: number;
}

/** One change, its row already JSON. */
export interface Change {
  /** 20 hexadecimal digits. */
  readonly lsn: string;
  readonly lsnBytes: Uint8Array;
  readonly seq: string;
  readonly commandId: number;
  readonly operation: number;
  readonly data: string;
  /** The row before an update, where it was read. */
  readonly before: string | undefined;
  /** ISO 8601, UTC. */
  readonly commitTime: string | undefined;
}

// ------------------------------------------------------- one envelope a change

/** Upstream's metadata that every envelope of a table has, first its name. */
export function constantMetadata(
  tableName: string,
  extra: Readonly<Record<string, string>>,
): string {
  const members = Object.entries({ TableName: tableName, ...extra })
    .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  return members.join(",");
}

/** One envelope for each change, its metadata in one of the forms. */
export class EnvelopeWriter implements ChangeWriter {
  readonly #buffer: LineBuffer;
  #count = 0;

  constructor(readonly form: LineForm, capacityBytes: number) {
    this.#buffer = new LineBuffer(capacityBytes);
  }

  /** Where lines may be written without {@link add}; see {@link added}. */
  get buffer(): LineBuffer {
    return this.#buffer;
  }

  /** A line was written to {@link buffer}. */
  added(): void {
    this.#count++;
  }

  get size(): number {
    return this.#buffer.size;
  }

  add(change: Change): void {
    const { operation, before, commitTime } = change;
    const { timeLabel, beforeLabel } = this.form;
    let text = '{"data":' + change.data;
    for (const part of this.form.parts(operation)) {
      text += textOf(part, change);
    }
    if (commitTime !== undefined) text += timeLabel + '"' + commitTime + '"';
    if (before !== undefined) text += beforeLabel + before;
    this.#buffer.add(text + LINE_END);
    this.#count++;
  }

  take(): EncodedLines {
    const lineCount = this.#count;
    this.#count = 0;
    return { lines: this.#buffer.take(), lineCount };
  }
}

function textOf(part: LinePart, { lsn, seq, commandId }: Change): string {
  if ("text" in part) return part.text;
  switch (part.place) {
    case "lsn":
      return lsn;
    case "seq":
      return seq;
    case "command":
      return "" + commandId;
    case "padded_command":
      return String(commandId).padStart(COMMAND_DIGITS, "0");
  }
}

// -------------------------------------------------------- one envelope a batch

/** What a batch says of itself. */
export interface BatchLabels {
  /** `dbo.customers` */
  readonly tableName: string;
  readonly serverName: string;
  /** From {@link constantMetadata}. */
  readonly constants: string;
  /** No envelope is larger, unless a single change is. */
  readonly maxBytes: number;
  /** As a Go duration. */
  pollInterval(): string;
}

/** `{"data":{"table_name","server_name","changes":[…]},"metadata":{…}}` */
export class BatchWriter implements ChangeWriter {
  readonly #labels: BatchLabels;
  readonly #buffer: LineBuffer;
  #changes: string[] = [];
  #pendingBytes = 0;
  #first: Change | undefined;
  #last: Change | undefined;
  #count = 0;

  constructor(labels: BatchLabels, capacityBytes: number) {
    this.#labels = labels;
    this.#buffer = new LineBuffer(capacityBytes);
  }

  get size(): number {
    return this.#buffer.size + this.#pendingBytes;
  }

  add(change: Change): void {
    const text = this.#changeText(change);
    const sizeBytes = utf8Length(text) + 1;
    const most = this.#labels.maxBytes - ENVELOPE_BYTES;
    if (this.#pendingBytes + sizeBytes > most) this.#finish();
    this.#changes.push(text);
    this.#pendingBytes += sizeBytes;
    this.#first ??= change;
    this.#last = change;
  }

  take(): EncodedLines {
    this.#finish();
    const lineCount = this.#count;
    this.#count = 0;
    return { lines: this.#buffer.take(), lineCount };
  }

  #changeText(change: Change): string {
    const { before, commitTime } = change;
    const type = upstreamType(change.operation).toLowerCase();
    return `{"table_name":${JSON.stringify(this.#labels.tableName)},` +
      `"change_type":"${type}","data":${change.data}` +
      (before === undefined ? "" : `,"before":${before}`) +
      (commitTime === undefined ? "" : `,"timestamp":"${commitTime}"`) +
      `,"lsn":"${formatLsnParts(change.lsnBytes)}","seq":"${change.seq}",` +
      `"command_id":${change.commandId}}`;
  }

  #finish(): void {
    if (this.#first === undefined || this.#last === undefined) return;
    const { tableName, serverName, constants } = this.#labels;
    const size = this.#changes.length;
    this.#buffer.add(
      `{"data":{"table_name":${JSON.stringify(tableName)},` +
        `"server_name":${JSON.stringify(serverName)},` +
        `"changes":[${this.#changes.join(",")}]},` +
        `"metadata":{"batch_size":${size},` +
        `"poll_interval":"${this.#labels.pollInterval()}",${constants},` +
        `"FirstLSN":"${this.#first.lsn}","LSN":"${this.#last.lsn}",` +
        `"Seq":"${this.#last.seq}","CommandID":${this.#last.commandId},` +
        `"OperationID":${this.#last.operation},"OperationType":"Batch"}}\n`,
    );
    this.#count++;
    this.#changes = [];
    this.#pendingBytes = 0;
    this.#first = this.#last = undefined;
  }
}

/** What an envelope needs besides its changes, with room to spare. */
const ENVELOPE_BYTES = 1024;

function utf8Length(text: string): number {
  let extra = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // A surrogate is half of four bytes.
    if (unit > 0x7f) {
      extra += unit < 0x800 || (unit & 0xf800) === 0xd800 ? 1 : 2;
    }
  }
  return text.length + extra;
}
