/**
 * From a definition to a provider: `defineInput`, `defineOutput`.
 *
 * @module
 */

import { COMMAND_NAMES, PROTOCOL_VERSION } from "../protocol/command.ts";
import type { JsonObject } from "../protocol/envelope.ts";
import type { ConfigProblem, Fields } from "./config/mod.ts";
import { spellingsOf } from "./config/field.ts";
import { parseConfig } from "./config/parse.ts";
import { configSchema } from "./config/schema.ts";
import { configTable } from "./config/table.ts";
import type { InputDefinition } from "./input.ts";
import type { OutputDefinition } from "./output.ts";
import type { Provider, ProviderSpec } from "./provider.ts";
import { KIT_VERSION } from "./version.ts";

/** A definition of either role, with its role. */
export type Definition<F extends Fields = Fields> =
  | { readonly role: "input"; readonly of: InputDefinition<F> }
  | { readonly role: "output"; readonly of: OutputDefinition<F> };

/**
 * Makes an input provider.
 *
 * @example
 * ```ts
 * import { defineInput, integer } from "@dstream/sdk";
 *
 * const config = { last: integer({ default: 3, doc: "The last number" }) };
 * export default defineInput({
 *   name: "numbers",
 *   summary: "Counts up to a number",
 *   config,
 *   open: ({ last }) => ({
 *     async *read() {
 *       for (let n = 1; n <= last; n++) {
 *         yield { envelopes: [{ data: n, metadata: {} }] };
 *       }
 *     },
 *   }),
 * });
 * ```
 */
export function defineInput<const F extends Fields>(
  definition: InputDefinition<F>,
): Provider {
  return provider({ role: "input", of: definition }, definition.features ?? []);
}

/**
 * Makes an output provider.
 *
 * @example
 * ```ts
 * import { defineOutput } from "@dstream/sdk";
 *
 * export default defineOutput({
 *   name: "shout",
 *   summary: "Prints every line",
 *   config: {},
 *   open: () => ({ write: (batch, { print }) => print(batch.bytes) }),
 * });
 * ```
 */
export function defineOutput<const F extends Fields>(
  definition: OutputDefinition<F>,
): Provider {
  const { features = [] } = definition;
  return provider({ role: "output", of: definition }, ["ack", ...features]);
}

function provider<F extends Fields>(
  definition: Definition<F>,
  features: readonly string[],
): Provider {
  const { role, of } = definition;
  const version = of.version ?? KIT_VERSION;
  refuseAmbiguousKeys(of.name, of.config);
  const spec = (): ProviderSpec => ({
    name: of.name,
    version,
    role,
    description: of.summary,
    protocol: { version: PROTOCOL_VERSION },
    features,
    commands: COMMAND_NAMES,
    config: configSchema(of.config),
    examples: of.examples ?? [],
  });
  return {
    role,
    name: of.name,
    version,
    spec,
    checkConfig: (config) => checkConfig(of, config),
    configTable: () => configTable(of.config),
    serve: async (args, host) => {
      const { serve } = await import("./serve/mod.ts");
      // deno-lint-ignore no-explicit-any
      return await serve(definition as Definition<any>, spec, args, host);
    },
  };
}

function checkConfig<F extends Fields>(
  definition: InputDefinition<F> | OutputDefinition<F>,
  config: JsonObject,
): readonly ConfigProblem[] {
  const { values, problems } = parseConfig(definition.config, config);
  return values === undefined
    ? problems
    : [...definition.check?.(values) ?? []];
}

/**
 * Two fields must not share a spelling, and none may be called `command`: a
 * first line with that key is a command, not the oldest form's bare config.
 */
function refuseAmbiguousKeys(name: string, fields: Fields): void {
  const taken = new Set(["command"]);
  for (const [property, field] of Object.entries(fields)) {
    for (const key of spellingsOf(property, field)) {
      if (taken.has(key)) {
        throw new Error(`provider ${name}: config key "${key}" is taken`);
      }
      taken.add(key);
    }
  }
}
