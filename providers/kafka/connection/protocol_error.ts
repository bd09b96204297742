/**
 * What brokers answer when something is wrong.
 *
 * Source: https://kafka.apache.org/protocol#protocol_error_codes
 *
 * @module
 */

/** The codes that something depends on here; others are shown by number. */
const NAMES: Readonly<Record<number, string>> = {
  [-1]: "UNKNOWN_SERVER_ERROR",
  1: "OFFSET_OUT_OF_RANGE",
  2: "CORRUPT_MESSAGE",
  3: "UNKNOWN_TOPIC_OR_PARTITION",
  5: "LEADER_NOT_AVAILABLE",
  6: "NOT_LEADER_OR_FOLLOWER",
  7: "REQUEST_TIMED_OUT",
  8: "BROKER_NOT_AVAILABLE",
  9: "REPLICA_NOT_AVAILABLE",
  10: "MESSAGE_TOO_LARGE",
  13: "NETWORK_EXCEPTION",
  14: "COORDINATOR_LOAD_IN_PROGRESS",
  15: "COORDINATOR_NOT_AVAILABLE",
  16: "NOT_COORDINATOR",
  17: "INVALID_TOPIC_EXCEPTION",
  18: "RECORD_LIST_TOO_LARGE",
  19: "NOT_ENOUGH_REPLICAS",
  20: "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
  22: "ILLEGAL_GENERATION",
  23: "INCONSISTENT_GROUP_PROTOCOL",
  25: "UNKNOWN_MEMBER_ID",
  27: "REBALANCE_IN_PROGRESS",
  29: "TOPIC_AUTHORIZATION_FAILED",
  30: "GROUP_AUTHORIZATION_FAILED",
  31: "CLUSTER_AUTHORIZATION_FAILED",
  32: "INVALID_TIMESTAMP",
  35: "UNSUPPORTED_VERSION",
  36: "TOPIC_ALREADY_EXISTS",
  41: "NOT_CONTROLLER",
  44: "POLICY_VIOLATION",
  45: "OUT_OF_ORDER_SEQUENCE_NUMBER",
  46: "DUPLICATE_SEQUENCE_NUMBER",
  47: "INVALID_PRODUCER_EPOCH",
  48: "INVALID_TXN_STATE",
  49: "INVALID_PRODUCER_ID_MAPPING",
  50: "INVALID_TRANSACTION_TIMEOUT",
  51: "CONCURRENT_TRANSACTIONS",
  53: "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
  56: "KAFKA_STORAGE_ERROR",
  59: "UNKNOWN_PRODUCER_ID",
  72: "LISTENER_NOT_FOUND",
  74: "FENCED_LEADER_EPOCH",
  76: "UNKNOWN_LEADER_EPOCH",
  78: "OFFSET_NOT_AVAILABLE",
  79: "MEMBER_ID_REQUIRED",
  80: "PREFERRED_LEADER_NOT_AVAILABLE",
  82: "FENCED_INSTANCE_ID",
  88: "UNSTABLE_OFFSET_COMMIT",
  87: "INVALID_RECORD",
  89: "THROTTLING_QUOTA_EXCEEDED",
  90: "PRODUCER_FENCED",
  100: "UNKNOWN_TOPIC_ID",
  68: "NON_EMPTY_GROUP",
  69: "GROUP_ID_NOT_FOUND",
  81: "GROUP_MAX_SIZE_REACHED",
  26: "INVALID_SESSION_TIMEOUT",
  111: "UNRELEASED_INSTANCE_ID",
  112: "UNSUPPORTED_ASSIGNOR",
  110: "FENCED_MEMBER_EPOCH",
  113: "STALE_MEMBER_EPOCH",
};

/** What passes by itself, or with newer metadata. */
const TRANSIENT: ReadonlySet<string> = new Set([
  "CORRUPT_MESSAGE",
  "UNKNOWN_TOPIC_OR_PARTITION",
  "LEADER_NOT_AVAILABLE",
  "NOT_LEADER_OR_FOLLOWER",
  "REQUEST_TIMED_OUT",
  "BROKER_NOT_AVAILABLE",
  "REPLICA_NOT_AVAILABLE",
  "NETWORK_EXCEPTION",
  "COORDINATOR_LOAD_IN_PROGRESS",
  "COORDINATOR_NOT_AVAILABLE",
  "NOT_COORDINATOR",
  "NOT_ENOUGH_REPLICAS",
  "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
  "NOT_CONTROLLER",
  "CONCURRENT_TRANSACTIONS",
  // Another generation is on its way: joining again brings it.
  "REBALANCE_IN_PROGRESS",
  "ILLEGAL_GENERATION",
  "UNKNOWN_MEMBER_ID",
  "STALE_MEMBER_EPOCH",
  "KAFKA_STORAGE_ERROR",
  "LISTENER_NOT_FOUND",
  "FENCED_LEADER_EPOCH",
  "UNKNOWN_LEADER_EPOCH",
  "OFFSET_NOT_AVAILABLE",
  "PREFERRED_LEADER_NOT_AVAILABLE",
  "THROTTLING_QUOTA_EXCEEDED",
  "UNKNOWN_TOPIC_ID",
  "UNKNOWN_SERVER_ERROR",
  "UNSTABLE_OFFSET_COMMIT",
]);

/** `10` → `MESSAGE_TOO_LARGE`. */
export function errorName(code: number): string {
  return NAMES[code] ?? `error ${code}`;
}

/** Whether another try may work. */
export function isTransientCode(code: number): boolean {
  return TRANSIENT.has(errorName(code));
}

/** A broker's answer that is an error. */
export class BrokerError extends Error {
  override readonly name = "BrokerError";
  /** `MESSAGE_TOO_LARGE` */
  readonly id: string;

  /**
   * @param what What was asked: `produce to "orders"`.
   * @param said More, in the broker's words.
   */
  constructor(readonly code: number, what: string, said?: string | null) {
    const id = errorName(code);
    super(`cannot ${what}: ${id}${said ? ` (${said})` : ""}`);
    this.id = id;
  }

  get isTransient(): boolean {
    return isTransientCode(this.code);
  }
}
