/**
 * BATCH messages: records that a tap wrote to files instead of its stdout.
 *
 * Files of the same machine, JSON Lines, plain or with gzip. They are read as
 * RECORD messages are, and removed once everything in them is delivered.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { FinalError, type JsonObject } from "@dstream/sdk";
import { asNames, asObject } from "../json.ts";
import { linesOf } from "../singer_process.ts";

/** What one BATCH message says. */
export interface BatchFiles {
  readonly stream: string;
  readonly paths: readonly string[];
  readonly isGzip: boolean;
}

/** @throws {FinalError} for files that can't be read here. */
export function readBatch(message: JsonObject): BatchFiles {
  const { stream, encoding, manifest } = message;
  const { format, compression = "none" } = asObject(encoding) ?? {};
  if (format !== "jsonl") throw unsupported(`format ${JSON.stringify(format)}`);
  if (
    compression !== "gzip" && compression !== "none" && compression !== null
  ) {
    throw unsupported(`compression ${JSON.stringify(compression)}`);
  }
  return {
    stream: String(stream),
    paths: asNames(manifest).map(pathOf),
    isGzip: compression === "gzip",
  };
}

/** The records of one file as RECORD messages, in pieces of whole lines. */
export async function* recordsOf(
  { stream, isGzip }: BatchFiles,
  path: string,
): AsyncGenerator<Uint8Array> {
  const file = await Deno.open(path);
  const bytes: ReadableStream<Uint8Array> = isGzip
    ? file.readable.pipeThrough(new DecompressionStream("gzip"))
    : file.readable;
  const head = `{"type":"RECORD","stream":${JSON.stringify(stream)},"record":`;
  const encoder = new TextEncoder();
  let text = "";
  for await (const line of linesOf(bytes, MOST_LINE_CHARACTERS)) {
    if (line.trim() === "") continue;
    text += `${head}${line}}\n`;
    if (text.length < PIECE_CHARACTERS) continue;
    yield encoder.encode(text);
    text = "";
  }
  if (text !== "") yield encoder.encode(text);
}

const PIECE_CHARACTERS = 64 * 1024;
const MOST_LINE_CHARACTERS = 16 * 1024 * 1024;

/** Files that are gone already are no failure. */
export async function removeAll(paths: readonly string[]): Promise<void> {
  for (const path of paths) await Deno.remove(path).catch(() => {});
}

function pathOf(url: string): string {
  if (url.startsWith("file:")) return fileURLToPath(url);
  if (!/^\w+:\/\//.test(url)) return url;
  throw unsupported(`files at ${url.split("/", 3).join("/")}`);
}

function unsupported(what: string): FinalError {
  return new FinalError(
    "singer.batch_unsupported",
    `the tap writes batches with ${what}, which can't be read here`,
    {
      key: "tap_config",
      hint: "leave batch_config out of it, or use jsonl, gzip and file:",
    },
  );
}
