/**
 * Configurations made by hand, for tests that are not about reading files.
 *
 * @module
 */

import type {
  ConfigTree,
  Configuration,
  ProviderBlock,
  ProviderSource,
  Side,
  Task,
} from "../../core/config/task.ts";
import type { Location } from "../../core/base/errors.ts";
import type { Json } from "../../core/protocol/envelope.ts";

/** A place in `dstream.hcl`. */
export function place(line: number, text: string, marked: string): Location {
  const column = text.indexOf(marked) + 1;
  return { file: "dstream.hcl", line, column, width: marked.length, text };
}

/** A config block; `redacted` is what a user may see of it. */
export function configTree(value: Json, redacted: Json = value): ConfigTree {
  return {
    json: () => JSON.stringify(value),
    redactedJson: () => JSON.stringify(redacted),
    locate: () => undefined,
    keys: () => new Map(),
  };
}

/** An `input` or `output` block. */
export function block(
  side: Side,
  source: ProviderSource,
  more: Partial<ProviderBlock> = {},
): ProviderBlock {
  const word = "name" in source
    ? `"${source.name}"`
    : "path" in source
    ? `"${source.path}"`
    : `"${source.reference}"`;
  const line = `    provider = ${word}`;
  return {
    side,
    at: place(side === "input" ? 2 : 6, `  ${side} {`, side),
    source,
    sourceAt: place(side === "input" ? 3 : 7, line, word),
    args: [],
    env: {},
    readyTimeoutMs: 30_000,
    stdinGraceMs: 1000,
    silentOutputWaitMs: 2000,
    strayLines: "drop",
    restart: {},
    config: configTree({}),
    ...more,
  };
}

/** `{ kind: "builtin", name }` */
export function builtin(name: string): ProviderSource {
  return { kind: "builtin", name };
}

/** A task from `ticker` to `tape`. */
export function task(name: string, more: Partial<Task> = {}): Task {
  const text = `task "${name}" {`;
  return {
    name,
    type: "providers",
    at: place(1, text, `"${name}"`),
    inputs: [block("input", builtin("ticker"))],
    outputs: [
      block("output", builtin("tape"), {
        config: configTree({ path: "/dev/st0" }),
      }),
    ],
    transforms: [],
    delivery: { windowBytes: 33_554_432, windowEnvelopes: 100_000 },
    restart: {},
    shutdownGraceMs: 10_000,
    maxLineBytes: 16_777_216,
    ...more,
  };
}

/** A configuration of these tasks in `/work`. */
export function configuration(
  tasks: readonly Task[],
  secrets: readonly string[] = [],
): Configuration {
  return {
    folder: "/work",
    files: ["dstream.hcl"],
    tasks: new Map(tasks.map((each) => [each.name, each])),
    secrets: new Set(secrets),
  };
}
