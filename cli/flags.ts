/**
 * Every flag, once: parser, help and completion read them from here.
 *
 * @module
 */

import { Option } from "@commander-js/extra-typings";
import { DstreamError } from "../core/base/errors.ts";
import { didYouMean } from "../core/base/nearest.ts";
import type { LogLevel } from "../core/pipeline/events.ts";
import type { PullPolicy } from "../core/install/install_options.ts";
import { parseDurationMs } from "../core/base/units.ts";

/** From the most to the least talkative. */
export const LOG_LEVELS: readonly LogLevel[] = [
  "debug",
  "info",
  "warn",
  "error",
];

/** Of commands that sign. */
export function keyFlag() {
  return new Option(
    "--key <file>",
    "private key of cosign or openssl, or env://NAME",
  );
}

/** The forms log lines have. */
export type LogFormat = "text" | "json";
const LOG_FORMATS: readonly LogFormat[] = ["text", "json"];
const PULL_POLICIES: readonly PullPolicy[] = ["missing", "always", "never"];

// Accepted by every command, before and after its name.

export const configFlag = new Option(
  "-c, --config <path>",
  "file or folder to read, - for stdin (DSTREAM_CONFIG; default: dstream.hcl)",
);
export const varFlag = new Option(
  "--var <name=value>",
  "set a variable; may be repeated",
).argParser(readVariable);
export const varFileFlag = new Option(
  "--var-file <path>",
  "read variables from a file; may be repeated",
).argParser(append);
export const envFileFlag = new Option(
  "--env-file <path>",
  "read environment variables for env(); may be repeated",
).argParser(append);
export const allowMissingEnvFlag = new Option(
  "--allow-missing-env",
  "an unset environment variable is an empty string",
);
export const logLevelFlag = new Option(
  "-l, --log-level <level>",
  "debug, info, warn or error (DSTREAM_LOG_LEVEL; default: info)",
).argParser(readLogLevel);
export const logFormatFlag = new Option(
  "-f, --log-format <format>",
  "text or json (DSTREAM_LOG_FORMAT; default: text)",
).argParser(readLogFormat);
export const logTimeFlag = new Option(
  "-t, --log-time",
  "begin every log line with its time",
);

// One command's own.

export const allFlag = new Option("-a, --all", "every task of the file");
export const failFastFlag = new Option(
  "--fail-fast",
  "when a task fails, stop the others",
);
export const dryRunFlag = new Option(
  "--dry-run",
  "start the providers, await their handshakes, stream nothing",
);
export const maxFlag = new Option(
  "--max <count>",
  "stop after this many envelopes were read from the inputs",
).argParser((text: string) => readCount("--max", text));
export const timeoutFlag = new Option(
  "--timeout <duration>",
  'stop cleanly after this long, such as "90s" or "1h30m"',
).argParser((text: string) => readDurationMs("--timeout", text));
export const metricsListenFlag = new Option(
  "--metrics-listen <address>",
  'serve /metrics, /healthz and /readyz, on "127.0.0.1:9464" for example',
);
export const reportFlag = new Option(
  "--report <file>",
  "write what became of the run to a JSON file, - for stdout",
);
export const noInitFlag = new Option(
  "--no-init",
  "make no queue and no topics: they are there",
);
export const inputFlag = new Option(
  "--input",
  "ask the input provider too, not only the output",
);
export const yesFlag = new Option("-y, --yes", "do not ask");
export const pullFlag = new Option(
  "--pull <when>",
  "ask registries: missing (default), always or never",
).argParser(readPullPolicy);
export const upgradeFlag = new Option(
  "--upgrade",
  "move on to what the references stand for now",
);
export const jsonFlag = new Option("--json", "print JSON");
export const checkFlag = new Option(
  "--check",
  "change nothing; exit with 1 if a file would change",
);

/** @throws {DstreamError} `usage.log_level` */
export function readLogLevel(text: string): LogLevel {
  return oneOf("log level", text, LOG_LEVELS);
}

/** @throws {DstreamError} `usage.log_format` */
export function readLogFormat(text: string): LogFormat {
  return oneOf("log format", text, LOG_FORMATS);
}

/** @throws {DstreamError} `usage.pull` */
export function readPullPolicy(text: string): PullPolicy {
  return oneOf("pull policy", text, PULL_POLICIES);
}

const CODES = {
  "log level": "usage.log_level",
  "log format": "usage.log_format",
  "pull policy": "usage.pull",
} as const;

function oneOf<T extends string>(
  what: keyof typeof CODES,
  text: string,
  known: readonly T[],
): T {
  const found = known.find((word) => word === text.toLowerCase());
  if (found !== undefined) return found;
  throw new DstreamError(
    CODES[what],
    `there is no ${what} "${text}"`,
    {
      isUsage: true,
      hint: didYouMean(text, known, `choose from ${known.join(", ")}`),
    },
  );
}

function append(text: string, before: string[] | undefined): string[] {
  return [...before ?? [], text];
}

function readVariable(
  text: string,
  before: Record<string, string> | undefined,
): Record<string, string> {
  const equals = text.indexOf("=");
  if (equals > 0) {
    return { ...before, [text.slice(0, equals)]: text.slice(equals + 1) };
  }
  // The text itself stays out of the message: it may be a secret.
  throw new DstreamError("usage.variable", "--var needs NAME=VALUE", {
    isUsage: true,
    hint: 'for example --var topic_prefix="orders"',
  });
}

/** @throws {DstreamError} `usage.count` */
export function readCount(flag: string, text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count) && count > 0) {
    return count;
  }
  throw new DstreamError(
    "usage.count",
    `${flag} needs a whole number above 0, got "${text}"`,
    { isUsage: true },
  );
}

/**
 * `30d`, or a duration.
 * @throws {DstreamError} `usage.duration`
 */
export function readAgeMs(flag: string, text: string): number {
  const days = /^(\d+)d$/.exec(text)?.[1];
  if (days !== undefined) return Number(days) * 24 * 3_600_000;
  const ageMs = text === "0" ? 0 : parseDurationMs(text);
  if (ageMs !== undefined && ageMs >= 0) return ageMs;
  throw new DstreamError(
    "usage.duration",
    `${flag} needs an age, got "${text}"`,
    {
      isUsage: true,
      hint: 'for example "30d" or "12h"',
    },
  );
}

function readDurationMs(flag: string, text: string): number {
  const isBare = /^\d+(\.\d+)?$/.test(text);
  const durationMs = isBare ? undefined : parseDurationMs(text);
  if (durationMs !== undefined && durationMs > 0) return durationMs;
  throw new DstreamError(
    "usage.duration",
    isBare && Number(text) > 0
      ? `${flag} needs a unit, got "${text}"`
      : `${flag} needs a duration above 0, got "${text}"`,
    { isUsage: true, hint: durationHint(isBare ? Number(text) : 0) },
  );
}

function durationHint(number: number): string {
  return number > 0
    ? `"${number}s", or ms, m, h: "500ms", "1m30s", "2h"`
    : 'for example "30s", "1m30s" or "500ms"';
}
