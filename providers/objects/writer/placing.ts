/**
 * Where a row belongs: its folder, its table, its position.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { OutputBatch } from "@dstream/sdk";
import { type ChangeHead, readHead } from "@dstream/sdk/changes";
import { Scope, Template } from "@dstream/sdk/service";
import { fitsName } from "../names.ts";
import { PrefixTemplate } from "../prefix.ts";
import { timeOf } from "../row_time.ts";
import type { WriterConfig } from "./config.ts";
import { seriesOf } from "./track.ts";

/** What decides on a row's file. */
export interface Place {
  /** The same for all rows of one file. */
  readonly key: string;
  readonly prefix: string;
  readonly table: string | undefined;
  /** `undefined` where the row has none. */
  readonly position: string | undefined;
  /** Whether no other row has this position. */
  readonly isUnique: boolean;
}

const TIMESTAMP = "{metadata.timestamp}";

type Head = Pick<ChangeHead, "table" | "operation" | "position">;

/** Finds it for the rows of a batch. */
export class Placing {
  readonly #prefix: PrefixTemplate;
  readonly #time: Template;
  readonly #isTimeGiven: boolean;
  readonly #position: Template | undefined;
  readonly #table: string | undefined;
  readonly #now: () => number;
  #searched: Uint8Array | undefined;
  #hasOp = false;
  /** Of the row before, which is nearly always that of the next one too. */
  #unplaced: Place | undefined;

  constructor(config: WriterConfig, now: () => number) {
    const { prefix, time, position, table } = config;
    this.#prefix = new PrefixTemplate(prefix);
    this.#time = new Template(time ?? TIMESTAMP);
    this.#isTimeGiven = time !== undefined;
    this.#position = position === undefined
      ? undefined
      : new Template(position);
    this.#table = table;
    this.#now = now;
  }

  /** What all folders begin with. */
  get fixedPrefix(): string {
    return this.#prefix.fixedPart;
  }

  /** @returns `undefined` for a row that is rejected. */
  placeOf(batch: OutputBatch, index: number): Place | undefined {
    const head = this.#headOf(batch, index);
    if (head === undefined) return undefined;
    const prefix = this.#prefixOf(batch, index);
    if (prefix === undefined) return undefined;
    const { table } = head;
    const position = this.#position === undefined
      ? head.position
      : this.#position.render(new Scope(batch, index));
    if (position === undefined || !fitsName(position)) {
      return this.#unplacedAt(prefix, table);
    }
    return {
      key: `${prefix}\n${table ?? ""}\n${seriesOf(position)}`,
      prefix,
      table,
      position,
      // The rows of a snapshot may all have the place where it began.
      isUnique: head.operation !== "read" || this.#position !== undefined,
    };
  }

  #unplacedAt(prefix: string, table: string | undefined): Place {
    const before = this.#unplaced;
    if (before?.table === table && before?.prefix === prefix) return before;
    return this.#unplaced = {
      key: `${prefix}\n${table ?? ""}`,
      prefix,
      table,
      position: undefined,
      isUnique: false,
    };
  }

  /** Rows that are no changes aren't parsed for it, unless they look like one. */
  #headOf(batch: OutputBatch, index: number): Head | undefined {
    const head = batch.head(index);
    const isRecord = head !== undefined && head.operation === undefined &&
      (head.table !== undefined || batch.metadataText(index) === "{}");
    if (!isRecord || this.#mayHoldChanges(batch)) {
      return readHead(batch, index, { table: this.#table });
    }
    const { table = this.#table, position } = head;
    return { table, operation: undefined, position };
  }

  /** Debezium says in the data what happened; asked once for a batch. */
  #mayHoldChanges({ bytes }: OutputBatch): boolean {
    if (this.#searched !== bytes) {
      this.#searched = bytes;
      const { buffer, byteOffset, length } = bytes;
      // A text is searched many times faster than a buffer.
      this.#hasOp = Buffer.from(buffer, byteOffset, length)
        .toString("latin1").includes('"op"');
    }
    return this.#hasOp;
  }

  #prefixOf(batch: OutputBatch, index: number): string | undefined {
    if (this.#prefix.isFixed) return this.#prefix.text;
    const scope = new Scope(batch, index);
    if (!this.#prefix.hasDate) return this.#prefix.render(scope, 0);
    const timeMs = timeOf(this.#time.render(scope)) ??
      (this.#isTimeGiven ? undefined : this.#now());
    if (timeMs === undefined) {
      batch.reject(index, `${this.#time.text} is no time`, "no_time");
      return undefined;
    }
    return this.#prefix.render(scope, timeMs);
  }
}
