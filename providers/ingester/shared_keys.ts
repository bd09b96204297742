/**
 * Keys that several of the blocks have.
 *
 * @module
 */

import {
  type Config,
  duration,
  integer,
  object,
  oneOf,
  secret,
  string,
} from "../../core/sdk/config/mod.ts";

/** How a namespace lets in: a connection string, or a name and an identity. */
export const connectionKeys = {
  connectionString: secret({
    doc: "The namespace's connection string",
    optional: true,
  }),
  namespace: string({
    doc: "The namespace, with the identity of the machine or who is logged in",
    optional: true,
    example: "mybus",
  }),
  clientId: string({
    doc: "The client id of a user-assigned managed identity",
    optional: true,
  }),
};

/** When a provider is started again. */
export const restartKey = object({
  policy: oneOf(["on-failure", "never", "always"], {
    doc: "When a provider is started again",
    optional: true,
  }),
  maxRestarts: integer({ doc: "How often", optional: true, min: 0 }),
  initialDelay: duration({ doc: "The first pause", optional: true }),
  maxDelay: duration({ doc: "The longest pause", optional: true }),
}, { doc: "As in a task", optional: true });

/** What a `restart` block says. */
export type RestartValues = Config<{ restart: typeof restartKey }>["restart"];
