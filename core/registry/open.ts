/**
 * A client with the real network behind it: the only file here that names Deno.
 *
 * Proxies (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`) are the runtime's business,
 * certificate authorities besides the system's come from `DSTREAM_CA_FILE`.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { DstreamError } from "../base/errors.ts";
import type { Clock, Random, Spawner } from "../ports/mod.ts";
import { Authorizer, type FindCredentials } from "./auth.ts";
import { RegistryClient, type RegistrySettings } from "./client.ts";
import { findCredentials } from "./credentials.ts";
import { type Login, systemHelper } from "./credential_helper.ts";
import { type Fetch, type Retry, Transport } from "./transport.ts";

/** What a client is made from. */
export interface OpenOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string | undefined;
  /** Instead of what is kept anywhere. */
  readonly login?: Login;
  /** "0.1.0": registries are told. */
  readonly version: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly spawner: Spawner;
  readonly settings?: RegistrySettings;
  readonly signal?: AbortSignal;
  readonly onRetry?: (retry: Retry) => void;
}

/** @throws {DstreamError} `registry.ca_invalid` */
export async function openClient(
  options: OpenOptions,
): Promise<RegistryClient> {
  const { clock, random, spawner, signal, onRetry } = options;
  const network = await openNetwork(options.env.DSTREAM_CA_FILE);
  const transport = new Transport({
    fetch: network.fetch,
    clock,
    random,
    signal,
    onRetry,
    userAgent: `dstream/${options.version}`,
  });
  const helper = systemHelper({ spawner, clock });
  const { login } = options;
  const find: FindCredentials = (registry, repository) =>
    login === undefined
      ? findCredentials(registry, repository, { ...options, helper })
      : Promise.resolve({ kind: "password", ...login });
  return new RegistryClient(
    transport,
    new Authorizer(transport, find, clock),
    options.settings,
    network.close,
  );
}

async function openNetwork(
  caFile: string | undefined,
): Promise<{ fetch: Fetch; close: () => void }> {
  const caCerts = caFile ? [await readCertificates(caFile)] : [];
  // A pool of our own, so that nothing stays open when the client goes.
  const client = Deno.createHttpClient({ caCerts });
  return {
    fetch: (url, init) =>
      fetch(url, { ...init, client } as RequestInit & { client: unknown }),
    close: () => client.close(),
  };
}

async function readCertificates(path: string): Promise<string> {
  const hint = "name a PEM file with certificates in DSTREAM_CA_FILE";
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new DstreamError(
      "registry.ca_invalid",
      `cannot read the certificate authorities in "${path}"`,
      { cause, hint },
    );
  }
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw new DstreamError(
    "registry.ca_invalid",
    `"${path}" holds no certificate`,
    { hint },
  );
}
