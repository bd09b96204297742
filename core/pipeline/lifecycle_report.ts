/**
 * What a provider prints for a lifecycle command, line by line.
 *
 * @module
 */

import { tryParseObject } from "../base/json.ts";
import { LINE_FEED } from "../protocol/mod.ts";
import type { HandshakeJudge } from "./session/handshake_judge.ts";

/** One planned change. */
export interface Change {
  readonly action: string;
  readonly type: string;
  readonly name: string;
  readonly [key: string]: unknown;
}

/** One thing reported. */
export type ReportItem =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "changes"; readonly changes: readonly Change[] }
  | {
    /** Also the result object of version 1 providers. */
    readonly kind: "resources";
    readonly resources: readonly Readonly<Record<string, unknown>>[];
    readonly status?: string;
    readonly message?: string;
    readonly error?: string;
  };

/** More than anybody reads; the rest is counted. */
const MAX_ITEMS = 10_000;

/** Collects the report behind the handshake line. */
export class ReportReader {
  readonly #judge: HandshakeJudge;
  readonly #printable: (text: string) => string;
  readonly #items: ReportItem[] = [];
  #isReady = false;
  #hasFailed = false;
  #dropped = 0;

  constructor(judge: HandshakeJudge, printable: (text: string) => string) {
    this.#judge = judge;
    this.#printable = printable;
  }

  /** Takes lines; the last one may lack its line feed at the very end. */
  push(lines: Uint8Array): void {
    for (let start = 0; start < lines.length;) {
      const found = lines.indexOf(LINE_FEED, start);
      const end = found < 0 ? lines.length : found;
      this.#line(lines.subarray(start, end));
      start = end + 1;
    }
  }

  /** Everything so far. */
  report(): { items: readonly ReportItem[]; hasFailed: boolean } {
    const more: ReportItem[] = this.#dropped > 0
      ? [{ kind: "text", text: `… and ${this.#dropped} more lines` }]
      : [];
    return { items: [...this.#items, ...more], hasFailed: this.#hasFailed };
  }

  #line(bytes: Uint8Array): void {
    if (!this.#isReady && this.#judge.judge(bytes).kind === "ready") {
      this.#isReady = true;
      return;
    }
    this.#isReady = true;
    const text = new TextDecoder().decode(bytes).replace(/\r$/, "");
    if (text.trim() === "") return;
    if (this.#items.length >= MAX_ITEMS) this.#dropped++;
    else this.#items.push(this.#item(text));
  }

  #item(text: string): ReportItem {
    const fields = text.startsWith("{") ? tryParseObject(text) : undefined;
    if (Array.isArray(fields?.changes)) {
      return { kind: "changes", changes: fields.changes.map(toChange) };
    }
    const isResult = Array.isArray(fields?.resources) ||
      typeof fields?.status === "string";
    if (fields === undefined || !isResult) {
      return { kind: "text", text: this.#printable(text) };
    }
    return this.#result(fields);
  }

  #result(fields: Record<string, unknown>): ReportItem {
    const { resources, status, message, error } = fields;
    if (typeof status === "string" && /^failed$/i.test(status)) {
      this.#hasFailed = true;
    }
    const said = (value: unknown) =>
      typeof value === "string" && value !== ""
        ? this.#printable(value)
        : undefined;
    return {
      kind: "resources",
      resources: Array.isArray(resources) ? resources : [],
      status: said(status),
      message: said(message),
      error: said(error),
    };
  }
}

function toChange(change: unknown): Change {
  const fields = typeof change === "object" && change !== null ? change : {};
  const { action, type, name } = fields as Record<string, unknown>;
  return {
    ...fields,
    action: String(action ?? "none"),
    type: String(type ?? ""),
    name: String(name ?? ""),
  };
}
