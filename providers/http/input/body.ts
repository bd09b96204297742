/**
 * A request's body → records.
 *
 * @module
 */

import { type Json, parseExactJson } from "@dstream/sdk";
import { valueAt } from "../../web/mod.ts";
import type { HttpInputConfig } from "./config.ts";

/** Why a body isn't taken, with the status that says it. */
export class BadBody extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

/** Reads all of it, within its bound and its time. */
export async function readBody(
  request: Request,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const tooLong = () =>
    new BadBody(413, `a body has at most ${maxBytes} bytes`);
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) {
    throw tooLong();
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = request.body?.getReader();
  const stop = () => void reader?.cancel().catch(() => {});
  signal.addEventListener("abort", stop, { once: true });
  try {
    for (;;) {
      const { value, done } = await reader?.read() ?? { done: true };
      if (signal.aborted) throw new BadBody(408, "the body came too slowly");
      if (done) {
        return new Uint8Array(
          await new Blob(parts as BlobPart[]).arrayBuffer(),
        );
      }
      length += value!.length;
      if (length > maxBytes) throw tooLong();
      parts.push(value!);
    }
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** @throws {BadBody} For one that isn't what `format` says. */
export function recordsOf(
  body: Uint8Array,
  { format, records }: Pick<HttpInputConfig, "format" | "records">,
): Json[] {
  const text = decode(body);
  if (format === "text") return [text];
  if (format === "json_lines") {
    return text.split("\n").filter((line) => line.trim() !== "").map(parse);
  }
  return recordsAt(parse(text), records);
}

function decode(body: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw new BadBody(400, "the body is not UTF-8");
  }
}

function parse(text: string): Json {
  try {
    return parseExactJson(text);
  } catch {
    throw new BadBody(400, "the body is no JSON");
  }
}

function recordsAt(body: Json, path: string | undefined): Json[] {
  if (path === undefined) return [body];
  const at = valueAt(body, path);
  if (at === undefined) throw new BadBody(400, `the body has no "${path}"`);
  return (Array.isArray(at) ? at : [at]) as Json[];
}
