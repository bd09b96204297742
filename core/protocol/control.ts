/**
 * Control records of version 2: one line, 0x1E and then a JSON object.
 *
 * @module
 */

import type { Json, Position } from "./envelope.ts";

/** A rejected envelope: it can't be delivered however often it is tried. */
export interface Rejection {
  readonly seq: Position;
  readonly reason: string;
  readonly code?: string;
}

/** What an output tells the CLI. */
export type OutputRecord =
  | { readonly hello: { readonly version: number } }
  | { readonly ack: Position }
  | { readonly reject: Rejection };

/** What an input tells the CLI. */
export type InputRecord =
  | { readonly hello: { readonly version: number } }
  | { readonly end: true }
  | { readonly state: Json }
  | { readonly progress: Progress };

/** What the CLI tells an input. */
export type CliRecord = { readonly ack: Position } | { readonly stop: true };

/** Shown to the user. */
export interface Progress {
  readonly message: string;
  readonly done?: number;
  readonly total?: number;
}

/** The record's bytes, 0x1E and line feed included. */
export function formatControl(
  record: OutputRecord | InputRecord | CliRecord,
): Uint8Array {
  return new TextEncoder().encode(`\x1e${JSON.stringify(record)}\n`);
}
