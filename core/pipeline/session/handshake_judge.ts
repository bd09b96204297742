/**
 * What each of a provider's first lines means (protocol, section 3).
 *
 * Versions: 0 is the oldest form (raw config, no handshake), 1 has a handshake or
 * had not learnt it yet, 2 acknowledges.
 *
 * @module
 */

import type { ProviderBlock } from "../../config/task.ts";
import { DstreamError } from "../../base/errors.ts";
import { isJsonObject, tryParseObject } from "../../base/json.ts";
import {
  type Handshake,
  type HandshakeError,
  type Hold,
  parseHandshake,
  PROTOCOL_VERSION,
  type Ready,
  RECORD_SEPARATOR,
} from "../../protocol/mod.ts";

/** What both sides agreed on. */
export interface Agreement {
  readonly version: 0 | 1 | 2;
  readonly features: readonly string[];
  /** What an output may keep unacknowledged, where it said so. */
  readonly hold?: Hold;
}

/** The meaning of one line before `ready`. */
export type Verdict =
  | { readonly kind: "hello" }
  | { readonly kind: "noise" }
  | { readonly kind: "ready"; readonly agreement: Agreement }
  /** Version 1 from before the handshake: the line is data or user output. */
  | { readonly kind: "legacy" };

/** Which side judges, and what was offered to it. */
export interface JudgeOptions {
  readonly name: string;
  readonly block: ProviderBlock;
  /** Absent: version 2 was not offered. */
  readonly offered?: { readonly features: readonly string[] };
  /** Whether version 2 is certain, from a spec or from the declaration. */
  readonly isKnownV2: boolean;
}

/** Judges the lines of one process in order. */
export class HandshakeJudge {
  readonly #options: JudgeOptions;
  #saidHello = false;

  constructor(options: JudgeOptions) {
    this.#options = options;
  }

  /** Whether this is certainly a version 2 provider. */
  get isV2(): boolean {
    return this.#saidHello || this.#options.isKnownV2;
  }

  /**
   * @param line Without its line feed.
   * @throws {DstreamError} `provider.refused` or, where the error names a
   * key, `provider.config_refused`;
   * `protocol.…` for what no version allows.
   */
  judge(line: Uint8Array): Verdict {
    if (line[0] === RECORD_SEPARATOR) return this.#judgeRecord();
    const text = new TextDecoder().decode(line).replace(/\r$/, "");
    const handshake = parseHandshake(text);
    if (handshake === undefined) {
      if (this.#isEcho(text)) throw this.#echoes();
      return { kind: this.isV2 ? "noise" : "legacy" };
    }
    if (handshake.status === "error") throw this.#refused(handshake);
    return { kind: "ready", agreement: this.#agree(handshake) };
  }

  /** Whether a line is what we have just said to it, as `cat` gives it back. */
  #isEcho(text: string): boolean {
    if (text === this.#options.block.config.json()) return text !== "{}";
    const said = text.startsWith("{") ? tryParseObject(text) : undefined;
    return said !== undefined && typeof said.command === "string" &&
      isJsonObject(said.config) && said.data === undefined;
  }

  /** The line itself stays here: secrets of the configuration are in it. */
  #echoes(): DstreamError {
    return new DstreamError(
      "protocol.echo",
      `${this.#who} sent its own start line back: it is no provider`,
      {
        at: this.#options.block.sourceAt,
        hint: "a provider reads one line of configuration first; " +
          "docs/writing-providers.md has whole examples",
      },
    );
  }

  #judgeRecord(): Verdict {
    if (this.#options.offered === undefined) {
      throw new DstreamError(
        "protocol.not_offered",
        `${this.#who} wrote a control record although version 2 was not offered`,
        { at: this.#options.block.at },
      );
    }
    this.#saidHello = true;
    return { kind: "hello" };
  }

  #agree(ready: Extract<Handshake, Ready>): Agreement {
    const version = ready.protocol?.version ?? 1;
    const offered = this.#options.offered === undefined ? 1 : PROTOCOL_VERSION;
    if (version > offered) {
      throw new DstreamError(
        "protocol.version_too_high",
        `${this.#who} answered protocol version ${version}, but ${offered} was offered`,
        { at: this.#options.block.sourceAt },
      );
    }
    if (version < 2 && this.#saidHello) {
      throw new DstreamError(
        "protocol.handshake_invalid",
        `${this.#who} said hello in version 2 and then answered version ${version}`,
        { at: this.#options.block.sourceAt },
      );
    }
    const features = (ready.protocol?.features ?? [])
      .filter((f) => this.#options.offered?.features.includes(f));
    return version < 2
      ? { version: 1, features: [] }
      : { version: 2, features, hold: ready.hold };
  }

  #refused({ message, path }: HandshakeError): DstreamError {
    const { block } = this.#options;
    const at = path === undefined ? undefined : block.config.locate(path);
    // With a path it is the configuration's fault, and trying again is no use.
    const code = path === undefined
      ? "provider.refused"
      : "provider.config_refused";
    const isNamed = path === undefined || at !== undefined ||
      message.includes(path);
    const missing = isNamed ? "" : ` (${path}, which is not set)`;
    return new DstreamError(code, `${this.#who}: ${message}${missing}`, {
      at: at ?? block.sourceAt,
    });
  }

  get #who(): string {
    return `${this.#options.block.side} provider "${this.#options.name}"`;
  }
}
