/**
 * How a provider is let in: a connection string, or a namespace and an identity.
 *
 * @module
 */

import { type ConfigProblem, secret, string } from "@dstream/sdk";

/** The keys, for the config of each provider. */
export const connectionFields = {
  connectionString: secret({
    doc: "The connection string with a key, as the Azure portal shows it; " +
      "or give namespace alone",
    optional: true,
    example: "Endpoint=sb://…;SharedAccessKeyName=…;SharedAccessKey=…",
  }),
  namespace: string({
    doc: "The namespace, short or as a host name. Without connection_string " +
      "the identity of the machine or of whoever is logged in is used",
    optional: true,
    example: "mybus.servicebus.windows.net",
  }),
  clientId: string({
    doc: "The client id of a user-assigned managed identity",
    optional: true,
    example: "00000000-0000-0000-0000-000000000000",
  }),
};

/** The values of these keys. */
export interface Connection {
  readonly connectionString: string | undefined;
  readonly namespace: string | undefined;
  readonly clientId: string | undefined;
}

const HINT = "copy it from “Shared access policies” of the namespace";

/** Mistakes in these keys. */
export function* checkConnection(
  { connectionString, namespace }: Connection,
): Generator<ConfigProblem> {
  const path = "config.connection_string";
  if (connectionString === undefined) {
    if (namespace !== undefined) return;
    yield { path, message: "connection_string or namespace is required" };
    return;
  }
  const keys = connectionString.split(";")
    .map((part) => part.split("=", 1)[0].trim().toLowerCase());
  const isSigned = keys.includes("sharedaccesssignature") ||
    (keys.includes("sharedaccesskeyname") && keys.includes("sharedaccesskey"));
  if (!keys.includes("endpoint")) {
    yield { path, message: "connection_string has no Endpoint", hint: HINT };
  } else if (!isSigned) {
    const message = "connection_string has no SharedAccessKeyName and " +
      "SharedAccessKey";
    yield { path, message, hint: HINT };
  }
}

/** `mybus` → `mybus.servicebus.windows.net` */
export function namespaceHost(namespace: string): string {
  const host = namespace.replace(/^[a-z]+:\/\//i, "").replace(/\/+$/, "");
  return host.includes(".") ? host : `${host}.servicebus.windows.net`;
}

/**
 * A client of a service, let in by what is given.
 *
 * @param byKey Makes it from a connection string.
 * @param byIdentity Makes it from a host and an identity.
 */
export async function connect<T>(
  { connectionString, namespace, clientId }: Connection,
  byKey: (connectionString: string) => T,
  byIdentity: (
    host: string,
    credential: Awaited<ReturnType<typeof createCredential>>,
  ) => T,
): Promise<T> {
  if (connectionString !== undefined) return byKey(connectionString);
  const credential = await createCredential(clientId);
  return byIdentity(namespaceHost(namespace!), credential);
}

/** The identity: the named one, or the one that is found. */
export async function createCredential(clientId: string | undefined) {
  const { DefaultAzureCredential, ManagedIdentityCredential } = await import(
    "@azure/identity"
  );
  return clientId === undefined
    ? new DefaultAzureCredential()
    : new ManagedIdentityCredential({ clientId });
}
