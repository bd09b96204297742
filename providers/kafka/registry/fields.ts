/**
 * The config keys that say where schemas are.
 *
 * @module
 */

import {
  boolean,
  type Config,
  type ConfigProblem,
  object,
  oneOf,
  secret,
  string,
} from "@dstream/sdk";

const connection = {
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
  token: secret({
    doc: "A token instead of username and password",
    optional: true,
    example: '${env("REGISTRY_TOKEN")}',
  }),
  caFile: string({
    doc: "The authorities that are trusted, PEM; left out, the system's",
    optional: true,
    example: "/etc/kafka/ca.pem",
  }),
  certFile: string({
    doc: "The client's certificate, PEM, for registries that ask for one",
    optional: true,
    example: "client.crt",
  }),
  keyFile: string({
    doc: "The key of that certificate, PEM",
    optional: true,
    example: "client.key",
  }),
};

const DOC = "url, username, password or token, ca_file, cert_file, key_file";

/** A registry that speaks Confluent's API: theirs, Apicurio, Karapace, Redpanda. */
export const registryField = object(connection, {
  doc: `The registry whose schemas values are written with: ${DOC}`,
  optional: true,
  example: { url: "http://localhost:8081" },
});

/** How the schemas of a registry are filed. */
export const SUBJECTS = ["topic", "record", "topic_record"] as const;

/** The registry of an output, which files schemas there. */
export const outputRegistryField = object({
  ...connection,
  subjects: oneOf(SUBJECTS, {
    doc: "Under which name schemas are: <topic>-value, the record's name " +
      "(dstream.orders), or <topic>-<record>",
    default: "topic",
  }),
  register: boolean({
    doc: "Registers a new schema; false ends the task with a schema that is " +
      "not there",
    default: true,
  }),
}, {
  doc: `The registry whose schemas values are written with: ${DOC}, ` +
    "subjects, register",
  optional: true,
  example: { url: "http://localhost:8081" },
});

/** Where it is and how to log in. */
export type RegistryConfig = NonNullable<
  Config<{ registry: typeof registryField }>["registry"]
>;

/** The same, and what an output does there. */
export type OutputRegistryConfig = NonNullable<
  Config<{ registry: typeof outputRegistryField }>["registry"]
>;

/** Mistakes in what these keys say together. */
export function* checkRegistry(
  registry: RegistryConfig | undefined,
): Generator<ConfigProblem> {
  if (registry === undefined) return;
  const { username, token, certFile, keyFile } = registry;
  if (username !== undefined && token !== undefined) {
    yield {
      path: "config.schema_registry.token",
      message: "username and token exclude each other",
    };
  }
  if ((certFile === undefined) !== (keyFile === undefined)) {
    yield {
      path: "config.schema_registry.cert_file",
      message: "cert_file and key_file come together",
    };
  }
}
