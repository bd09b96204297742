/**
 * The keys that all outputs to Azure's messaging have, and how long they try.
 *
 * @module
 */

import {
  boolean,
  duration,
  type Logger,
  map,
  oneOf,
  type OutputContext,
  string,
} from "@dstream/sdk";
import { describeFailure } from "./failure.ts";
import type { RetryDeps } from "./retry.ts";

/** Less than the CLI waits for `ready`. */
const OPEN_TIMEOUT_MS = 15_000;
const HOUR_MS = 3_600_000;

/** The keys, for the config of each output. */
export const sendingFields = {
  body: oneOf(["data", "envelope"], {
    doc: "The body: the envelope's data, or all of the envelope as JSON",
    default: "data",
  }),
  applicationProperties: map(string({ doc: "A text or an expression" }), {
    doc: "Application properties by name; they win over those of metadata",
    optional: true,
    example: { region: "{data.region}" },
  }),
  metadataProperties: boolean({
    doc: "Texts, numbers and booleans of the metadata become application " +
      "properties",
    default: true,
  }),
  retryTimeout: duration({
    doc: "How long a throttled or broken send is tried again before the " +
      "provider gives up and is started anew",
    default: "5m",
    min: 0,
    max: HOUR_MS,
  }),
};

/** For what is asked of the service before the provider is ready. */
export function retryWhileOpening(
  signal: AbortSignal,
  log: Logger,
): RetryDeps {
  return {
    timeoutMs: OPEN_TIMEOUT_MS,
    signal,
    sleep: (delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs)),
    now: () => performance.now(),
    onRetry: warnOfRetry(log, "open the destination"),
  };
}

/** For the sends of one write. */
export function retryWhileSending(
  { signal, sleep, monotonicMs, log }: Pick<
    OutputContext,
    "signal" | "sleep" | "monotonicMs" | "log"
  >,
  timeoutMs: number,
): RetryDeps {
  const onRetry = warnOfRetry(log, "send");
  return { timeoutMs, signal, sleep, now: monotonicMs, onRetry };
}

/** The keys of `application_properties` for the check of expressions. */
export function propertyTemplates(
  properties: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(properties ?? {})
      .map(([name, text]) => [`application_properties.${name}`, text]),
  );
}

function warnOfRetry(log: Logger, what: string): RetryDeps["onRetry"] {
  return (error, attempt, delayMs) =>
    log.warn(`${describeFailure(what, error)}; trying again`, {
      attempt,
      delay_ms: delayMs,
    });
}
