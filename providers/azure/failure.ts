/**
 * Errors of Azure's clients: is it worth another try, and what to tell a person.
 *
 * @module
 */

/** Conditions that pass by themselves. */
const TRANSIENT_CODES = new Set([
  "ServiceBusy",
  "ServiceTimeout",
  "ServiceCommunicationProblem",
  // Full: somebody reads it, or nobody does and the time is up.
  "QuotaExceeded",
  "ServerBusyError",
  "OperationTimeoutError",
  "ServiceUnavailableError",
  "ServiceCommunicationError",
  "QuotaExceededError",
  "LinkDetached",
  "ECONNREFUSED",
  "ECONNRESET",
  "ETIMEDOUT",
  "EPIPE",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENETUNREACH",
  "REQUEST_SEND_ERROR",
]);

/** Of the queue, the hub or the rights to it, not of a message. */
const ENTITY_CODES = new Set([
  "MessagingEntityNotFound",
  "MessagingEntityNotFoundError",
  "MessagingEntityDisabled",
  "MessagingEntityDisabledError",
  "UnauthorizedAccess",
  "UnauthorizedError",
  "AbortError",
]);

/** The client's word for it: `ServiceBusy`, `ECONNREFUSED`, or its name. */
export function failureCode(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return typeof code === "string" ? code : String(name ?? "Error");
}

/** Whether the same may work a little later. */
export function isTransient(error: unknown): boolean {
  const { retryable, statusCode } = error as {
    retryable?: boolean;
    statusCode?: number;
  };
  if (isAboutEntity(error)) return false;
  if (statusCode !== undefined) return statusCode === 429 || statusCode >= 500;
  return retryable === true || TRANSIENT_CODES.has(failureCode(error));
}

/** Whether it concerns the destination itself, not what is sent. */
export function isAboutEntity(error: unknown): boolean {
  return ENTITY_CODES.has(failureCode(error)) ||
    (error as Error)?.name === "AbortError";
}

/**
 * For people, without secrets, stacks and tracking numbers.
 *
 * @param what What was tried: `send to "orders"`.
 */
export function describeFailure(what: string, error: unknown): string {
  const code = failureCode(error);
  return `cannot ${what}: ${HINTS[HINT_OF[code] ?? code] ?? plainText(error)}`;
}

const HINTS: Readonly<Record<string, string>> = {
  MessagingEntityNotFound:
    "it does not exist (`dstream init` makes what a task needs)",
  MessagingEntityDisabled: "it is disabled",
  UnauthorizedAccess:
    "the connection string or the identity has no right to (docs/servicebus.md " +
    "says which are needed)",
  ECONNREFUSED: "the connection was refused",
  ENOTFOUND: "there is no such host; is the namespace right?",
};

/** Event Hubs' words for the same. */
const HINT_OF: Readonly<Record<string, string>> = {
  MessagingEntityNotFoundError: "MessagingEntityNotFound",
  MessagingEntityDisabledError: "MessagingEntityDisabled",
  UnauthorizedError: "UnauthorizedAccess",
};

const MOST_CHARACTERS = 300;

function plainText(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s*\n\s*/g, " ")
    .replace(/\s*(TrackingId|Reference|SystemTracker|Timestamp):\S+/g, "")
    .replace(/SharedAccessKey=[^;\s]*/gi, "SharedAccessKey=…")
    .slice(0, MOST_CHARACTERS) || "unknown error";
}
