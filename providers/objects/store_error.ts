/**
 * A store's "no", the same whoever says it.
 *
 * @module
 */

import { ConfigError, DstreamError, FinalError } from "@dstream/sdk";

/** What a store answered. */
export interface StoreRefusal {
  /** What was tried, for people: `write "a/b.jsonl"`. */
  readonly what: string;
  /** Of HTTP; 0 where no answer came. */
  readonly status: number;
  /** The store's own word: `NoSuchBucket`. */
  readonly code: string;
  /** For people. */
  readonly message: string;
  readonly hint?: string;
}

/** Codes that pass by themselves, beside all of 500 and more. */
const TRANSIENT = new Set([
  "RequestTimeout",
  "RequestTimeTooSkewed",
  "SlowDown",
  "OperationAborted",
  "ConditionalRequestConflict",
  "ExpiredToken",
  "TokenRefreshRequired",
  "ServerBusy",
  "InternalError",
  "OperationTimedOut",
]);
/** Whatever the status: nothing but a person mends it. */
const FINAL = new Set([
  "NoSuchBucket",
  "ContainerNotFound",
  "AccessDenied",
  "AllAccessDisabled",
  "AccountProblem",
  "InvalidAccessKeyId",
  "SignatureDoesNotMatch",
  "InvalidToken",
  "PermanentRedirect",
  "AuthorizationHeaderMalformed",
  "AuthenticationFailed",
  "AuthorizationFailure",
  "AuthorizationPermissionMismatch",
  "InsufficientAccountPermissions",
]);

/** A request that failed. */
export class StoreError extends DstreamError {
  override readonly name: string = "StoreError";
  readonly status: number;
  readonly storeCode: string;

  constructor(
    { what, status, code, message, hint }: StoreRefusal,
    cause?: unknown,
  ) {
    super("store.request_failed", `cannot ${what}: ${message}`, {
      hint,
      cause,
    });
    this.status = status;
    this.storeCode = code;
  }

  /** Whether the same may work a little later. */
  get isTransient(): boolean {
    if (FINAL.has(this.storeCode)) return false;
    return this.status === 0 || this.status === 429 || this.status === 408 ||
      this.status >= 500 || TRANSIENT.has(this.storeCode);
  }

  /** Whether rights are missing. */
  get isDenied(): boolean {
    return this.status === 401 || this.status === 403;
  }

  /** The same as an error that ends the task, where no restart mends it. */
  get final(): DstreamError {
    const isFinal = FINAL.has(this.storeCode) || this.isDenied;
    if (!isFinal || this.isTransient) return this;
    const { message, hint } = this;
    return new FinalError("store.refused", message, { hint, cause: this });
  }

  /** The same as a mistake in the config. */
  asConfigError(key: string): ConfigError {
    return new ConfigError(key, this.message, this.hint);
  }
}
