/**
 * What the transforms of a task and of its outputs make of one line, and who gets it;
 * without any provider.
 *
 * @module
 */

import type { ProviderBlock, Task } from "../config/task.ts";
import type { Diagnostic } from "../base/errors.ts";
import type { RawSchema } from "../protocol/schema.ts";
import type { LineOutcome, Transformer } from "../transform/mod.ts";
import { prepareOutputTransformers, prepareTransformer } from "./transforms.ts";

/** A line on its way to one output. */
export interface RoutedLine {
  readonly block: ProviderBlock;
  /** As the task's transforms have made it. */
  readonly line: Uint8Array;
  /** What the output's own make of that. */
  readonly outcome: LineOutcome;
}

/** What became of a line. */
export interface Routed {
  /** By the task's transforms. */
  readonly outcome: LineOutcome;
  /** One for each output; none where the line did not pass. */
  readonly outputs: readonly RoutedLine[];
}

/** A label, or what plays the output. */
export function outputName({ label, source }: ProviderBlock): string {
  if (label !== undefined) return label;
  switch (source.kind) {
    case "builtin":
      return source.name;
    case "path":
      return source.path;
    case "reference":
      return source.reference;
  }
}

/** @param problems Gets the mistakes in the transforms. */
export async function prepareRouter(
  task: Task,
  problems: Diagnostic[],
): Promise<Router> {
  return new Router(
    task,
    await prepareTransformer(task, problems),
    await prepareOutputTransformers(task, problems),
  );
}

/** Made by {@link prepareRouter}; never waits. */
export class Router {
  readonly #task: Task;
  readonly #transformer: Transformer | undefined;
  readonly #outputs: readonly (Transformer | undefined)[];

  constructor(
    task: Task,
    transformer: Transformer | undefined,
    outputs: readonly (Transformer | undefined)[],
  ) {
    this.#task = task;
    this.#transformer = transformer;
    this.#outputs = outputs;
  }

  /** @param line Without its line feed. */
  route(line: Uint8Array): Routed {
    const outcome = apply(this.#transformer, line);
    if (outcome.kind !== "pass") return { outcome, outputs: [] };
    const outputs = this.#task.outputs.map((block, i) => ({
      block,
      line: outcome.line,
      outcome: apply(this.#outputs[i], outcome.line),
    }));
    return { outcome, outputs };
  }

  /** What the task's transforms make of a schema; see {@link Transformer}. */
  applySchema(schema: RawSchema): RawSchema | undefined {
    const transformer = this.#transformer;
    return transformer === undefined ? schema : transformer.applySchema(schema);
  }
}

function apply(
  transformer: Transformer | undefined,
  line: Uint8Array,
): LineOutcome {
  return transformer?.apply(line) ?? { kind: "pass", line };
}
