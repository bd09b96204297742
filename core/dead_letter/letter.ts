/**
 * A dead letter read back: why it was refused, and the line it was before.
 *
 * The other direction is pipeline/dead_letter_line.ts.
 *
 * @module
 */

import { isJsonObject, tryParseJson } from "../base/json.ts";
import { cutMember, findMember } from "../base/json_member.ts";

/** One dead letter. */
export interface DeadLetter {
  readonly reason: string;
  readonly code?: string;
  readonly task: string;
  /** Name of the output that refused it, "transform", or "NAME/transform". */
  readonly output: string;
  readonly runId: string;
  /** ISO 8601. */
  readonly at: string;
  /** The line as the output was sent it, without its line feed. */
  original(): Uint8Array;
}

/**
 * @param line Without its line feed.
 * @returns `undefined` for what is no dead letter.
 */
export function parseDeadLetter(line: Uint8Array): DeadLetter | undefined {
  const text = decode(line);
  const envelope = text === undefined ? undefined : tryParseJson(text);
  if (text === undefined || !isJsonObject(envelope)) return undefined;
  if (!isJsonObject(envelope.metadata)) return undefined;
  const said = envelope.metadata.dead_letter;
  if (!isJsonObject(said) || typeof said.reason !== "string") return undefined;
  const { raw, code } = said;
  const bytes = typeof raw === "string" ? fromBase64(raw) : undefined;
  if (raw !== undefined && bytes === undefined) return undefined;
  return {
    reason: said.reason,
    ...(typeof code === "string" && { code }),
    task: wordOf(said.task),
    output: wordOf(said.output),
    runId: wordOf(said.run_id),
    at: wordOf(said.at),
    original: () => bytes ?? new TextEncoder().encode(withoutDeadLetter(text)),
  };
}

/** The envelope's own bytes: the member is cut out, nothing is serialised again. */
function withoutDeadLetter(text: string): string {
  const metadata = findMember(text, 0, "metadata")!;
  const member = findMember(text, metadata.valueStart, "dead_letter")!;
  return cutMember(text, member);
}

function decode(line: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(line);
  } catch {
    return undefined;
  }
}

function fromBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function wordOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
