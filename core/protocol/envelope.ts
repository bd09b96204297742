/**
 * What travels: one JSON object on one line.
 *
 * @module
 */

/** Any JSON value. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json };

/** The payload and what is known about it. */
export interface Envelope {
  readonly data: Json;
  readonly metadata: JsonObject;
}

/**
 * Counts envelopes from 1 in the life of one process: the lines whose first byte
 * is `{` for an input, every line not beginning with 0x1E for an output.
 */
export type Position = number;

/** First byte of a control record (ASCII record separator, as in RFC 7464). */
export const RECORD_SEPARATOR = 0x1e;

/** First byte of every envelope: `{`. */
export const ENVELOPE_START = 0x7b;

/** Line feed. */
export const LINE_FEED = 0x0a;

/** The longest envelope or control record unless `max_line_bytes` says less. */
export const DEFAULT_MAX_LINE_BYTES = 16 * 1024 * 1024;
