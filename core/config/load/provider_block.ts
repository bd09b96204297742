/**
 * An `input`, `output` or `dead_letter` block.
 *
 * @module
 */

import { resolve } from "node:path";
import type { Block, Span } from "../../hcl/mod.ts";
import type {
  ProviderBlock,
  ProviderSource,
  RestartOverride,
  Side,
  TransformStep,
} from "../task.ts";
import {
  emptyConfig,
  type EvaluatedConfig,
  readConfig,
} from "./config_tree.ts";
import { type BlockReader, headOf } from "./reader.ts";
import { readOutputTransforms, refuseTransforms } from "./transform_block.ts";

/** What stands when nothing is written. */
export const DEFAULTS = {
  readyTimeoutMs: 30_000,
  stdinGraceMs: 1000,
  silentOutputWaitMs: 2000,
  strayLines: "drop",
} as const;

const PROTOCOLS = [0, 1, 2] as const;
const SOURCES = ["provider", "provider_path", "provider_ref"] as const;

/** What a provider block needs to know of what is around it. */
export interface ProviderContext {
  readonly side: Side;
  /** For paths. */
  readonly folder: string;
  /** Each config that was evaluated. */
  readonly onConfig: (config: EvaluatedConfig) => void;
}

/**
 * @param task Reader of the block around it.
 * @returns `undefined` when it is not evaluated, or its provider is unknown.
 */
export function readProviderBlock(
  task: BlockReader,
  block: Block,
  context: ProviderContext,
): ProviderBlock | undefined {
  const reader = task.inside(block, `the ${block.type} block`);
  const { source: text } = reader.context;
  const source = readSource(reader, context.folder);
  const args = readArgs(reader);
  const env = readEnv(reader);
  const protocol = readProtocol(reader);
  const settings = {
    readyTimeoutMs: reader.duration("ready_timeout", { min: 1 }) ??
      DEFAULTS.readyTimeoutMs,
    stdinGraceMs: reader.duration("stdin_grace") ?? DEFAULTS.stdinGraceMs,
    silentOutputWaitMs: reader.duration("silent_output_wait") ??
      DEFAULTS.silentOutputWaitMs,
    strayLines: reader.choice("stray_lines", ["drop", "forward", "fail"]) ??
      DEFAULTS.strayLines,
    restart: readRestart(reader),
  };
  const transforms = readOwnTransforms(reader, block.type);
  const config = readConfigBlock(reader, context.onConfig);
  reader.finish();
  if (source === undefined || config === undefined) return undefined;
  const [label] = block.labels;
  return {
    side: context.side,
    ...(label !== undefined && { label: label.value }),
    at: text.locate(headOf(block)),
    source: source.source,
    sourceAt: text.locate(source.span),
    args,
    env,
    ...(protocol !== undefined && { protocol }),
    ...settings,
    ...(transforms.length > 0 && { transforms }),
    config,
  };
}

/** Only an output has some. */
function readOwnTransforms(
  reader: BlockReader,
  type: string,
): readonly TransformStep[] {
  if (type === "output") return readOutputTransforms(reader);
  refuseTransforms(reader, type);
  return [];
}

/** `restart { … }`, the same wherever it stands. */
export function readRestart(parent: BlockReader): RestartOverride {
  const block = parent.block("restart");
  if (block === undefined) return {};
  const reader = parent.inside(block);
  const policies = ["on-failure", "never", "always"] as const;
  const override = {
    policy: reader.choice("policy", policies),
    maxRestarts: reader.integer("max_restarts", { min: 0 }),
    initialDelayMs: reader.duration("initial_delay"),
    maxDelayMs: reader.duration("max_delay"),
  };
  reader.finish();
  checkDelays(reader, override);
  return Object.fromEntries(
    Object.entries(override).filter(([, value]) => value !== undefined),
  );
}

function checkDelays(
  reader: BlockReader,
  { initialDelayMs, maxDelayMs }: RestartOverride,
): void {
  if (initialDelayMs === undefined || maxDelayMs === undefined) return;
  if (initialDelayMs <= maxDelayMs) return;
  const span = reader.attribute("max_delay")!.value.span;
  const message = '"max_delay" must not be shorter than "initial_delay"';
  reader.report(span, "config.value_invalid", message);
}

/** The `config` block; an empty one when there is none. */
export function readConfigBlock(
  reader: BlockReader,
  onConfig: (config: EvaluatedConfig) => void,
): EvaluatedConfig | undefined {
  const block = reader.block("config");
  const config = block === undefined
    ? emptyAt(reader)
    : readConfig(block, reader.context);
  if (config !== undefined) onConfig(config);
  return config;
}

function emptyAt(reader: BlockReader): EvaluatedConfig | undefined {
  if (!reader.isEvaluated) return undefined;
  return emptyConfig(reader.place(reader.headSpan));
}

/** Exactly one of the three. */
function readSource(
  reader: BlockReader,
  folder: string,
): { source: ProviderSource; span: Span } | undefined {
  const written = SOURCES.flatMap((name) => reader.attribute(name) ?? []);
  if (written.length === 0) {
    if (reader.hasMisspelt(SOURCES)) return undefined;
    const { headSpan } = reader;
    const message = `${reader.owner} names no provider`;
    const hint = `add provider, provider_path or provider_ref`;
    reader.report(headSpan, "config.provider_missing", message, hint);
    return undefined;
  }
  const given = written.flatMap(({ name, value, nameSpan }) => {
    if (!reader.isEvaluated) {
      const text = reader.literal(name);
      return text ? [{ name, nameSpan, span: value.span, text }] : [];
    }
    const text = reader.text(name);
    return text === undefined && !reader.hasFailed(name)
      ? []
      : [{ name, nameSpan, span: value.span, text }];
  });
  return onlyOne(reader, given, folder);
}

interface GivenSource {
  readonly name: string;
  readonly nameSpan: Span;
  readonly span: Span;
  /** `undefined`: wrong, and reported. */
  readonly text: string | undefined;
}

function onlyOne(
  reader: BlockReader,
  given: readonly GivenSource[],
  folder: string,
): { source: ProviderSource; span: Span } | undefined {
  const [first, second] = given;
  if (first === undefined) {
    if (!reader.isEvaluated) return undefined;
    const message = `${reader.owner} names no provider: all it has is null`;
    reader.report(reader.headSpan, "config.provider_missing", message);
    return undefined;
  }
  if (second !== undefined) {
    reader.report(
      second.nameSpan,
      "config.provider_ambiguous",
      `${reader.owner} has both "${first.name}" and "${second.name}"`,
      "keep one of them",
    );
    return undefined;
  }
  if (first.text === undefined) return undefined;
  return { source: toSource(first.name, first.text, folder), span: first.span };
}

function toSource(name: string, text: string, folder: string): ProviderSource {
  switch (name) {
    case "provider":
      return { kind: "builtin", name: text };
    case "provider_path":
      return { kind: "path", path: resolve(folder, text) };
    default:
      return { kind: "reference", reference: text };
  }
}

/** Arguments can be seen by every user of the machine. */
function readArgs(reader: BlockReader): readonly string[] {
  const args = reader.strings("args");
  if (args.some((arg) => arg.isSensitive)) {
    reader.report(
      reader.attribute("args")!.value.span,
      "config.secret_in_args",
      '"args" holds a secret, and arguments can be seen by everybody',
      "put it into config, which goes to the provider by stdin",
    );
  }
  return args.map((arg) => arg.text);
}

function readEnv(reader: BlockReader): Readonly<Record<string, string>> {
  const env = reader.stringMap("env");
  for (const name of Object.keys(env)) {
    if (/^[^=\0]+$/.test(name)) continue;
    const message = `"${name}" can't be an environment variable's name`;
    const { span } = reader.attribute("env")!.value;
    reader.report(span, "config.value_invalid", message);
  }
  return env;
}

function readProtocol(reader: BlockReader): 0 | 1 | 2 | undefined {
  const version = reader.integer("protocol");
  if (version === undefined) return undefined;
  const known = PROTOCOLS.find((one) => one === version);
  if (known === undefined) {
    reader.report(
      reader.attribute("protocol")!.value.span,
      "config.value_invalid",
      `"protocol" must be 0, 1 or 2, got ${version}`,
      "leave it out to offer version 2",
    );
  }
  return known;
}
