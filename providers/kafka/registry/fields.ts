/**
 * The config keys that say where schemas are.
 *
 * @module
 */

import { type Config, object, secret, string } from "@dstream/sdk";

/** A registry that speaks Confluent's API: theirs, Apicurio, Karapace, Redpanda. */
export const registryField = object({
  url: string({
    doc: "Its address",
    example: "https://registry.example.com:8081",
    pattern: { regexp: /^https?:\/\//, says: "must begin with http" },
  }),
  username: string({
    doc: "Who logs in, or an API key",
    optional: true,
    example: "dstream",
  }),
  password: secret({
    doc: "The password, or the secret of that key",
    optional: true,
    example: '${env("REGISTRY_PASSWORD")}',
  }),
}, {
  doc: "The registry whose schemas values are written with: url, username, " +
    "password",
  optional: true,
  example: { url: "http://localhost:8081" },
});

/** Where it is and how to log in. */
export type RegistryConfig = NonNullable<
  Config<{ registry: typeof registryField }>["registry"]
>;
