/**
 * The one place where words from outside become text for people or files: secrets
 * out and, on a terminal, control characters visible.
 *
 * Everything that leaves a run goes through here when all decoding is done, whoever
 * said it and whatever it was built into: {@link printableEvent} and
 * {@link printableError} clean whole values, so that no place can be forgotten.
 *
 * @module
 */

import { DiagnosticsError, DstreamError } from "../../base/errors.ts";
import type { PipelineEvent } from "../events.ts";
import { createSecretHider } from "./hide_secrets.ts";
import { makeVisible } from "./visible.ts";

/** Makes text fit to be shown. What was cleaned already stays as it is. */
export type Printable = (text: string) => string;

/** Secrets out and, on a terminal, control characters visible. */
export function createPrintable(
  options: {
    readonly secrets: ReadonlySet<string>;
    readonly isTerminal: boolean;
  },
): Printable {
  const hideSecrets = createSecretHider(options.secrets);
  return options.isTerminal
    ? (text) => makeVisible(hideSecrets(text))
    : hideSecrets;
}

/** The same of every string in a JSON value, keys and digits of numbers included. */
export function printableValue<T>(value: T, printable: Printable): T {
  return cleaned(value, printable) as T;
}

/** What happened, fit to be shown. */
export function printableEvent(
  event: PipelineEvent,
  printable: Printable,
): PipelineEvent {
  // Who it was is said by us, and views go by it.
  return {
    ...printableValue(event, printable),
    kind: event.kind,
  } as PipelineEvent;
}

/**
 * A failure with all its words fit to be shown, also the line of the file that it
 * points at; other errors as they are.
 */
export function printableError(error: unknown, printable: Printable): unknown {
  if (!(error instanceof DstreamError)) return error;
  if (error instanceof DiagnosticsError) return error;
  const { code, message, hint, details, at, isUsage, cause } = error;
  return new DstreamError(code, printable(message), {
    at: at && { ...at, text: printable(at.text) },
    hint: hint && printable(hint),
    details: details.map(printable),
    isUsage,
    cause,
  });
}

function cleaned(value: unknown, printable: Printable): unknown {
  if (typeof value === "string") return printable(value);
  if (typeof value === "number") {
    const text = String(value);
    return printable(text) === text ? value : printable(text);
  }
  if (Array.isArray(value)) return value.map((one) => cleaned(one, printable));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map((
      [key, one],
    ) => [printable(key), cleaned(one, printable)]),
  );
}
