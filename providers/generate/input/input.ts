/**
 * Makes up envelopes: any number, any size, as fast as JSON can be written.
 *
 * An envelope is made from the seed and its number alone, so that a run that goes
 * on from a state sends what the first one would have sent.
 *
 * @module
 */

import type {
  Envelope,
  Input,
  InputBatch,
  InputContext,
  Json,
} from "@dstream/sdk";
import {
  metadataOf,
  type SchemaField,
  type TableSchema,
} from "@dstream/sdk/changes";
import { declaredFields } from "../../formats/mod.ts";
import type { GenerateConfig } from "./config.ts";
import { TypedRows } from "./typed_rows.ts";

const ENVELOPES_AT_ONCE = 100;
/** Of rows of columns, which are ready for the pipe. */
const ROWS_AT_ONCE = 500;
/** Large envelopes come in fewer at once. */
const BYTES_AT_ONCE = 1024 * 1024;
/** Shorter pauses aren't worth a timer. */
const LEAST_PAUSE_MS = 5;
/** Where the padding of different envelopes begins, so that they differ. */
const PADDING_STARTS = 4096;
const TEXT_FIELDS: readonly SchemaField[] = [
  { name: "id", type: "int64" },
  { name: "text", type: "string" },
];

/** Envelopes without a source. */
export class GenerateInput implements Input {
  readonly #padding: string;
  readonly #paddingBytes: number;
  readonly #schema: TableSchema;
  readonly #rows: TypedRows | undefined;
  readonly #encoder = new TextEncoder();

  constructor(readonly config: GenerateConfig) {
    const { seed, sizeBytes, table, columns } = config;
    const fields = columns === undefined
      ? TEXT_FIELDS
      : declaredFields(columns);
    this.#schema = { table, fields };
    if (columns !== undefined) this.#rows = new TypedRows(fields, seed, mix);
    this.#paddingBytes = sizeBytes -
      JSON.stringify(this.#envelope(0, "")).length;
    this.#padding = randomText(seed, sizeBytes + PADDING_STARTS);
  }

  async *read(
    resume: Json | undefined,
    { signal, sleep, monotonicMs }: InputContext,
  ): AsyncIterable<InputBatch> {
    const { maxCount, rate, sizeBytes } = this.config;
    const last = maxCount === 0 ? Infinity : maxCount;
    const schema = this.#schema;
    const atOnce = this.#rows !== undefined ? ROWS_AT_ONCE : Math.min(
      ENVELOPES_AT_ONCE,
      Math.ceil(BYTES_AT_ONCE / sizeBytes),
    );
    const first = sentBefore(resume);
    const startMs = monotonicMs();
    let sent = first;
    while (sent < last && !signal.aborted) {
      const owed = rate === 0
        ? atOnce
        : Math.floor((monotonicMs() - startMs) * rate / 1000) + 1 -
          (sent - first);
      if (owed <= 0) {
        await sleep(Math.max(LEAST_PAUSE_MS, 1000 / rate));
        continue;
      }
      const size = Math.min(owed, atOnce, last - sent);
      const batch = this.#rows === undefined
        ? { envelopes: this.#envelopes(sent + 1, size) }
        : this.#lines(this.#rows, sent + 1, size);
      sent += size;
      yield { schema, ...batch, state: { sent: sent === last ? 0 : sent } };
    }
  }

  #envelopes(first: number, count: number): Envelope[] {
    const envelopes = new Array<Envelope>(count);
    for (let i = 0; i < count; i++) envelopes[i] = this.envelope(first + i);
    return envelopes;
  }

  #lines(rows: TypedRows, first: number, count: number): InputBatch {
    const { seed, table } = this.config;
    const head = JSON.stringify(metadataOf({ table, source: "generate" }));
    const begin = `,"metadata":${head.slice(0, -1)},"seq":`;
    const end = `,"seed":${seed}}}\n`;
    let text = "";
    for (let seq = first; seq < first + count; seq++) {
      text += `{"data":${rows.text(seq)}${begin}${seq}${end}`;
    }
    return { lines: this.#encoder.encode(text), lineCount: count };
  }

  /** The `seq`th envelope, from 1. */
  envelope(seq: number): Envelope {
    const start = mix(this.config.seed, seq) % PADDING_STARTS;
    const digits = 2 * (String(seq).length - 1);
    const length = Math.max(0, this.#paddingBytes - 1 - digits);
    return this.#envelope(seq, this.#padding.slice(start, start + length));
  }

  #envelope(seq: number, text: string): Envelope {
    const { seed, table } = this.config;
    return {
      data: { id: seq, text },
      metadata: metadataOf({ table, source: "generate" }, { seq, seed }),
    };
  }
}

function sentBefore(resume: Json | undefined): number {
  const sent = (resume as { sent?: Json } | null | undefined)?.sent;
  return typeof sent === "number" && sent >= 0 ? sent : 0;
}

/** Letters, digits and spaces: nothing that JSON would escape. */
function randomText(seed: number, length: number): string {
  const letters =
    "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789";
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) {
    bytes[at] = letters.charCodeAt(mix(seed, at) % letters.length);
  }
  return new TextDecoder().decode(bytes);
}

/** A number that looks random, made from two (the finish of MurmurHash3). */
function mix(seed: number, value: number): number {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
