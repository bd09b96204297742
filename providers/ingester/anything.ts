/**
 * A block whose keys belong to a provider: that one checks them, at their places.
 *
 * @module
 */

import type { JsonObject } from "../../core/protocol/envelope.ts";
import type { Field } from "../../core/sdk/config/mod.ts";
import { map } from "../../core/sdk/config/mod.ts";

const value: Field<unknown> = {
  options: { doc: "A value" },
  type: "anything",
  isSecret: false,
  read: (json) => json,
  schema: (): JsonObject => ({}),
};

/** `config { … }` with further keys of a provider. */
export function keysOf(provider: string) {
  return map(value, {
    doc: `Further keys of the ${provider}, as in its own config block`,
    optional: true,
    example: {},
  });
}
