/**
 * Certificates and proxies: the way requests take.
 *
 * @module
 */

import { ConfigError } from "@dstream/sdk";
import type { WebConfig } from "./fields.ts";

/** @returns undefined for the usual way. */
export function openTransport(
  { tls, proxy }: Pick<WebConfig, "tls" | "proxy">,
): Deno.HttpClient | undefined {
  if (tls === undefined && proxy === undefined) return undefined;
  const { caFile, certFile, keyFile } = tls ?? {};
  const identity = certFile === undefined || keyFile === undefined ? {} : {
    cert: read("cert_file", certFile),
    key: read("key_file", keyFile),
  };
  try {
    return Deno.createHttpClient({
      caCerts: caFile === undefined ? undefined : [read("ca_file", caFile)],
      proxy: proxy === undefined ? undefined : { url: proxy },
      ...identity,
    } as Deno.CreateHttpClientOptions);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(
      tls === undefined ? "proxy" : "tls",
      `cannot be used: ${(error as Error).message}`,
    );
  }
}

function read(key: string, path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new ConfigError(
      `tls.${key}`,
      `cannot read "${path}": ${(error as Error).message}`,
    );
  }
}
