/**
 * What both sides agree on before anything flows: config, version, features.
 *
 * Nothing here touches the provider's source or destination. A refusal becomes
 * an `error` handshake, or a line on stderr where the oldest form allows none.
 *
 * @module
 */

import { DstreamError } from "../../base/errors.ts";
import {
  type Feature,
  PROTOCOL_VERSION,
  type StartCommand,
} from "../../protocol/command.ts";
import { formatControl } from "../../protocol/control.ts";
import type { HandshakeError, Hold, Ready } from "../../protocol/handshake.ts";
import { describeProblems, parseConfig } from "../config/parse.ts";
import type { Config, ConfigProblem, Fields } from "../config/mod.ts";
import type { Definition } from "../define.ts";
import { errorText, FinalError } from "../errors.ts";
import type { HoldLimits } from "../output.ts";
import type { ProviderSpec } from "../provider.ts";

/** What was agreed. */
export interface Agreement {
  /** 0: the oldest form, no handshake is printed. */
  readonly version: 0 | 1 | 2;
  readonly features: ReadonlySet<Feature>;
  /** How much an output may keep; the CLI's window allows for twice as much. */
  readonly hold?: HoldLimits;
}

/** What a CLI that names no window is taken to have. */
export const USUAL_WINDOW = { bytes: 32 * 1024 * 1024, envelopes: 100_000 };

/** A config that can't be used, with all its problems. */
export class ConfigRefused extends DstreamError {
  override readonly name: string = "ConfigRefused";

  constructor(readonly problems: readonly ConfigProblem[]) {
    super("config.invalid", describeProblems(problems));
  }
}

/**
 * @throws {ConfigRefused} with every problem at once.
 */
export function readConfig<F extends Fields>(
  { of }: Definition<F>,
  start: StartCommand,
): Config<F> {
  const { values, problems } = parseConfig(of.config, start.config);
  const found = values === undefined ? problems : [...of.check?.(values) ?? []];
  if (values === undefined || found.length > 0) throw new ConfigRefused(found);
  return values;
}

/**
 * The highest version and the features that both sides know.
 * @throws {DstreamError} `protocol.feature_missing` for what is needed and not
 * offered; by hand nothing is refused.
 */
export function agree<F extends Fields>(
  definition: Definition<F>,
  config: Config<F>,
  start: StartCommand,
): Agreement {
  if (start.isRaw) {
    // Nobody waits for acknowledgements.
    const hold = definition.role === "output"
      ? definition.of.hold?.(config)
      : undefined;
    return { version: 0, features: new Set(), hold };
  }
  const isCurrent = (start.protocol?.version ?? 1) >= PROTOCOL_VERSION;
  const offered = isCurrent ? start.protocol?.features ?? [] : [];
  const used = definition.of.uses?.(config) ?? definition.of.features ?? [];
  const known: readonly Feature[] = definition.role === "output"
    ? ["ack", ...used]
    : used;
  const features = new Set(known.filter((name) => offered.includes(name)));
  if (definition.role === "input" && start.command === "run") {
    refuseMissing(definition.of.needs?.(config) ?? [], features);
  }
  return {
    version: isCurrent ? 2 : 1,
    features,
    hold: isCurrent ? agreedHold(definition, config, offered) : undefined,
  };
}

/**
 * Holding back came to the protocol together with schemas: a CLI that offers none
 * doesn't make its window larger, and would wait for ever.
 */
function agreedHold<F extends Fields>(
  definition: Definition<F>,
  config: Config<F>,
  offered: readonly string[],
): HoldLimits | undefined {
  if (definition.role === "input" || !offered.includes("schema")) return;
  return definition.of.hold?.(config);
}

function refuseMissing(
  needed: readonly Feature[],
  features: ReadonlySet<Feature>,
): void {
  const missing = needed.filter((name) => !features.has(name));
  if (missing.length === 0) return;
  throw new DstreamError(
    "protocol.feature_missing",
    `this input needs ${missing.join(" and ")}, which was not offered`,
    { hint: "run it with a dstream that speaks protocol version 2" },
  );
}

/** The control record that answers an offer of version 2 at once. */
export const HELLO: Uint8Array = formatControl({
  hello: { version: PROTOCOL_VERSION },
});

/** `{"status":"ready",…}` with its line feed. */
export function readyLine(
  { version, features, hold }: Agreement,
  start: StartCommand,
  spec: ProviderSpec,
): string {
  const ready: Ready = {
    status: "ready",
    ...(start.protocol === undefined ? {} : {
      protocol: { version, features: [...features] },
    }),
    provider: { name: spec.name, version: spec.version },
    ...(hold === undefined ? {} : { hold: wireHold(hold) }),
  };
  return `${JSON.stringify(ready)}\n`;
}

function wireHold({ bytes, envelopes, delayMs }: HoldLimits): Hold {
  return { bytes, envelopes, delay_ms: Math.round(delayMs) };
}

/** `{"status":"error",…}` with its line feed. */
export function errorLine(error: unknown): string {
  const path = error instanceof FinalError
    ? error.path
    : error instanceof ConfigRefused
    ? error.problems[0]?.path
    : undefined;
  const refusal: HandshakeError = {
    status: "error",
    message: errorText(error),
    ...(path === undefined ? {} : { path }),
    ...(error instanceof ConfigRefused && error.problems.length > 1
      ? { problems: error.problems }
      : {}),
  };
  return `${JSON.stringify(refusal)}\n`;
}
