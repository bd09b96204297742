/**
 * Lines of a tap that are not what they should be, and what becomes of them.
 *
 * @module
 */

import { FinalError, type JsonObject, type Logger } from "@dstream/sdk";
import { parseExactJson } from "@dstream/sdk/changes";
import { asObject } from "../json.ts";

/** This many are told one by one. */
const TOLD = 10;
const SHOWN_CHARACTERS = 200;

/** Tells of them, each kind a few times. */
export class OddLines {
  readonly #log: Logger;
  readonly #nonFinite: "null" | "fail";
  readonly #told = new Map<string, number>();

  constructor(log: Logger, nonFinite: "null" | "fail") {
    this.#log = log;
    this.#nonFinite = nonFinite;
  }

  /** No message at all: what a library printed, most often. */
  stray(text: string): void {
    const shown = text.trim().slice(0, SHOWN_CHARACTERS);
    this.#tell("stray", `the tap wrote what is no message: ${shown}`);
  }

  unknownType(type: string): void {
    this.#tell(
      `type ${type}`,
      `the tap wrote a message of unknown type "${type}"`,
    );
  }

  notUtf8(): void {
    this.#once("utf8", "the tap writes what is no UTF-8: U+FFFD stands for it");
  }

  /** @throws {FinalError} where that is wished. */
  nonFinite(): void {
    if (this.#nonFinite === "fail") {
      throw new FinalError(
        "singer.non_finite",
        "the tap wrote NaN or Infinity, which JSON doesn't have",
        { key: "non_finite", hint: 'non_finite = "null" makes null of them' },
      );
    }
    this.#once(
      "non_finite",
      "the tap writes NaN or Infinity: null stands for it",
    );
  }

  tooLong(): FinalError {
    return new FinalError(
      "singer.message_too_long",
      "the tap wrote a message of more than 16 MiB",
    );
  }

  #once(kind: string, message: string): void {
    if (this.#told.has(kind)) return;
    this.#told.set(kind, 1);
    this.#log.warn(message);
  }

  #tell(kind: string, message: string): void {
    const count = (this.#told.get(kind) ?? 0) + 1;
    this.#told.set(kind, count);
    if (count > TOLD) return;
    const more = count === TOLD ? "; further ones are not told" : "";
    this.#log.warn(message + more);
  }
}

/**
 * One line, mended where that is possible.
 * @returns `undefined` for what is no message (told by then).
 */
export function readMessage(
  bytes: Uint8Array,
  odd: OddLines,
): JsonObject | undefined {
  const text = decode(bytes, odd);
  if (text.trim() === "") return undefined;
  const message = asObject(
    tryParse(text) ?? tryParse(withoutNonFinite(text, odd)),
  );
  if (message !== undefined && typeof message.type === "string") return message;
  odd.stray(text);
}

function decode(bytes: Uint8Array, odd: OddLines): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    odd.notUtf8();
    return new TextDecoder().decode(bytes);
  }
}

/** Python's words for what JSON doesn't have; texts stay as they are. */
function withoutNonFinite(text: string, odd: OddLines): string {
  if (!text.trimStart().startsWith("{")) return text;
  let isMended = false;
  const mended = text.replace(
    /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g,
    (part) => {
      if (part.startsWith('"')) return part;
      isMended = true;
      return "null";
    },
  );
  if (isMended) odd.nonFinite();
  return mended;
}

function tryParse(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch {
    return undefined;
  }
}
