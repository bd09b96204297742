/**
 * The keys that say which container, where, and who asks.
 *
 * @module
 */

import { type Config, type ConfigProblem, secret, string } from "@dstream/sdk";

/** The keys, for outputs and inputs. */
export const azureBlobFields = {
  container: string({ doc: "The container's name", example: "lake" }),
  connectionString: secret({
    doc:
      "The connection string with a key or a SAS, as the Azure portal shows " +
      "it; or give account alone",
    optional: true,
    example: '${env("AZURE_STORAGE_CONNECTION_STRING")}',
  }),
  account: string({
    doc: "The storage account, short or as a URL. Without connection_string " +
      "the identity of the machine or of whoever is logged in is used",
    optional: true,
    example: "mylake",
  }),
  clientId: string({
    doc: "The client id of a user-assigned managed identity",
    optional: true,
    example: "00000000-0000-0000-0000-000000000000",
  }),
};

/** The values of these keys. */
export type AzureBlobConfig = Config<typeof azureBlobFields>;

/** Mistakes that no single key can see. */
export function* checkAzureBlob(
  { connectionString, account }: AzureBlobConfig,
): Generator<ConfigProblem> {
  const path = "config.connection_string";
  if (connectionString === undefined) {
    if (account !== undefined) return;
    yield { path, message: "connection_string or account is required" };
  } else if (!/=/.test(connectionString)) {
    yield {
      path,
      message: "connection_string has no key=value parts",
      hint: "copy it from “Access keys” of the storage account",
    };
  }
}

/** `mylake` → `https://mylake.blob.core.windows.net` */
export function accountUrl(account: string): string {
  return /^https?:\/\//.test(account)
    ? account.replace(/\/+$/, "")
    : `https://${account}.blob.core.windows.net`;
}
