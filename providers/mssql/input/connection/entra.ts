/**
 * Logins of Entra ID. Its library is large, so it is loaded only when asked for.
 *
 * @module
 */

import type { TokenCredential } from "@azure/identity";
import type { Authentication } from "./connection_string.ts";
import { ConnectionStringError } from "./connection_string.ts";

type Entra = Extract<Authentication, { kind: "entra" }>;

/** @returns What asks for tokens, in the way the connection string says. */
export async function credentialOf(login: Entra): Promise<TokenCredential> {
  const identity = await import("@azure/identity");
  const { user: clientId, password } = login;
  switch (login.method) {
    case "default":
      return new identity.DefaultAzureCredential(
        clientId === undefined ? {} : { managedIdentityClientId: clientId },
      );
    case "managed_identity":
      return clientId === undefined
        ? new identity.ManagedIdentityCredential()
        : new identity.ManagedIdentityCredential({ clientId });
    case "workload_identity":
      return new identity.WorkloadIdentityCredential(
        clientId === undefined ? {} : { clientId },
      );
    case "service_principal": {
      const [id, tenantId] = (clientId ?? "").split("@");
      if (id === "" || tenantId === undefined || password === undefined) {
        throw new ConnectionStringError(
          "a service principal needs its application, tenant and secret",
          "write User ID=<application id>@<tenant id>;Password=<secret>",
        );
      }
      return new identity.ClientSecretCredential(tenantId, id, password);
    }
  }
}
