/**
 * The first lines on a provider's stdout: `hello`, then `ready` or `error`.
 *
 * @module
 */

/** How much an output may keep unacknowledged, and for how long. */
export interface Hold {
  readonly bytes?: number;
  readonly envelopes?: number;
  readonly delay_ms?: number;
}

/** `{"status":"ready",…}` */
export interface Ready {
  readonly status: "ready";
  /** Absent: version 1. */
  readonly protocol?: {
    readonly version: number;
    readonly features: readonly string[];
  };
  readonly provider?: { readonly name: string; readonly version: string };
  /** Of an output that holds back; absent where it doesn't. */
  readonly hold?: Hold;
}

/** `{"status":"error",…}`; `path` names the config key: `config.interval`. */
export interface HandshakeError {
  readonly status: "error";
  readonly message: string;
  readonly path?: string;
  /** Every problem, where there are several; the first is `path`'s. */
  readonly problems?: readonly {
    readonly path: string;
    readonly message: string;
    readonly hint?: string;
  }[];
}

/** A handshake line. */
export type Handshake = Ready | HandshakeError;
