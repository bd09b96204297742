/**
 * Failures for people: a stable code, what happened, where, and what to try.
 *
 * Every failure a user can cause or meet is a {@link DstreamError}. Anything
 * else that reaches the top is a bug in dstream and is reported as one.
 * Drawing the excerpt with its caret is cli/views/diagnostics.ts.
 *
 * @module
 */

/** `area.what_is_wrong`, such as `config.provider_unknown`; stable once released. */
export type ErrorCode = `${string}.${string}`;

/** One place in a text the user wrote. Lines and columns start at 1. */
export interface Location {
  /** As the user would name it: relative to the working directory. */
  readonly file: string;
  readonly line: number;
  /** Counted in characters (code points), not bytes. */
  readonly column: number;
  /** How many characters the caret underlines; at least 1, within the line. */
  readonly width: number;
  /** The whole line as written, before any template was expanded. */
  readonly text: string;
}

/** One problem in the user's text. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly code: ErrorCode;
  readonly message: string;
  readonly at?: Location;
  readonly hint?: string;
}

/** What a {@link DstreamError} knows besides its code and message. */
export interface ErrorDetails {
  readonly at?: Location;
  readonly hint?: string;
  readonly cause?: unknown;
  /** Lines that help to understand, such as a provider's last stderr lines. */
  readonly details?: readonly string[];
  /** Usage and configuration end with exit status 2, everything else with 1. */
  readonly isUsage?: boolean;
}

/** A failure with a stable code, a place to look and something to try. */
export class DstreamError extends Error {
  override readonly name: string = "DstreamError";
  readonly at: Location | undefined;
  readonly hint: string | undefined;
  readonly details: readonly string[];
  readonly isUsage: boolean;

  constructor(
    readonly code: ErrorCode,
    message: string,
    more: ErrorDetails = {},
  ) {
    super(message, { cause: more.cause });
    this.at = more.at;
    this.hint = more.hint;
    this.details = more.details ?? [];
    this.isUsage = more.isUsage ?? code.startsWith("config.");
  }
}

/** All the problems of one configuration, thrown together, sorted by place. */
export class DiagnosticsError extends DstreamError {
  override readonly name: string = "DiagnosticsError";

  constructor(
    readonly diagnostics: readonly Diagnostic[],
    { isUsage = true }: { readonly isUsage?: boolean } = {},
  ) {
    const first = diagnostics.find((d) => d.severity === "error");
    super(first?.code ?? "config.invalid", first?.message ?? "no error", {
      at: first?.at,
      hint: first?.hint,
      isUsage,
    });
  }
}
