/**
 * Shows how providers come: a bar for each on a terminal, a line at the beginning
 * and the end in a pipe, JSON lines for programs.
 *
 * @module
 */

import type { ErrorCode } from "../../core/base/errors.ts";
import type { InstallEvent } from "../../core/install/events.ts";
import type { LogLevel } from "../../core/pipeline/events.ts";
import { shortDigest } from "../../core/registry/digest.ts";
import type { Context } from "../context.ts";
import { ProgressBars } from "./progress_bars.ts";
import { formatBytes, formatDuration } from "./units.ts";

/** Disposing removes the bars. */
export interface InstallView extends Disposable {
  onEvent(event: InstallEvent): void;
}

/** A long download says now and then how far it is, also in a log. */
const LOG_EVERY_MS = 10_000;

/** For whoever is looking. */
export function openInstallView(context: Context): InstallView {
  const { screen, deps } = context;
  const isLive = deps.stderr.isTerminal && deps.env.TERM !== "dumb" &&
    context.log().format === "text";
  const bars = isLive ? new ProgressBars(screen, deps.clock) : undefined;
  const told = new Map<string, number>();
  return {
    onEvent(event) {
      if (event.kind === "progress") {
        bars?.update(event.name, event.doneBytes, event.totalBytes);
        if (bars === undefined) tellProgress(event, told, context);
        return;
      }
      if (event.kind === "pulled") bars?.remove(event.name);
      const line = toLine(event);
      if (line !== undefined) context.note(...line);
    },
    [Symbol.dispose]: () => bars?.[Symbol.dispose](),
  };
}

type Line = [ErrorCode, string, LogLevel];

function toLine(event: Exclude<InstallEvent, { kind: "progress" }>): Line {
  switch (event.kind) {
    case "resolving":
      return ["install.resolving", `looking up ${event.name}`, "debug"];
    case "waiting":
      return [
        "install.waiting",
        `waiting for ${event.name}: another dstream is pulling it`,
        "info",
      ];
    case "pulled": {
      const { name, platform, digest, sizeBytes, durationMs } = event;
      return [
        "install.pulled",
        `pulled ${name} for ${platform} (${formatBytes(sizeBytes)} in ` +
        `${formatDuration(durationMs)}, ${shortDigest(digest)})`,
        "info",
      ];
    }
    case "damaged":
      return [
        "install.damaged",
        `${event.name} is damaged in the cache: it is pulled again`,
        "warn",
      ];
    case "retry": {
      const { reason, delayMs } = event;
      const pause = formatDuration(delayMs);
      return ["install.retry", `${reason}; again in ${pause}`, "warn"];
    }
    case "distrusted":
      return [event.error.code, event.error.message, "warn"];
    case "offline": {
      const { name, digest, reason } = event;
      return [
        "install.offline",
        `using ${name} as it was pulled last (${shortDigest(digest)}): ` +
        reason,
        "warn",
      ];
    }
  }
}

function tellProgress(
  event: InstallEvent & { readonly kind: "progress" },
  told: Map<string, number>,
  context: Context,
): void {
  const { name, doneBytes, totalBytes } = event;
  const nowMs = context.deps.clock.monotonicMs();
  const lastMs = told.get(name);
  if (lastMs !== undefined && nowMs - lastMs < LOG_EVERY_MS) return;
  told.set(name, nowMs);
  const size = formatBytes(totalBytes);
  context.note(
    "install.pulling",
    lastMs === undefined
      ? `pulling ${name} (${size})`
      : `pulling ${name}: ${formatBytes(doneBytes)} of ${size}`,
  );
}
