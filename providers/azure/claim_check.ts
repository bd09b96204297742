/**
 * Bodies that are too large for a message: they go to a blob, and the message
 * says where.
 *
 * The blob's name is the hash of its content, so what is sent again lies there
 * once. Nobody deletes blobs here; a lifecycle rule on the container does.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { ContainerClient } from "@azure/storage-blob";
import {
  ConfigError,
  type ConfigProblem,
  object,
  secret,
  string,
} from "@dstream/sdk";
import { createCredential } from "./connection.ts";

/** The application property that marks such a message; its value is the blob. */
export const CLAIM_PROPERTY = "dstream_claim_check";

/** Further attempts are retry.ts. */
const OPTIONS = {
  retryOptions: { maxTries: 2, retryDelayInMs: 200, tryTimeoutInMs: 30_000 },
};

/** Where the bodies are. */
export interface ClaimCheckConfig {
  readonly connectionString: string | undefined;
  readonly accountUrl: string | undefined;
  readonly container: string;
  readonly prefix: string;
}

/** The block, for the config of a provider. */
export const claimCheckField = object({
  connectionString: secret({
    doc: "The storage account's connection string; or give account_url",
    optional: true,
    example: "DefaultEndpointsProtocol=https;AccountName=…;AccountKey=…",
  }),
  accountUrl: string({
    doc: "The storage account's address, with the identity of the machine",
    optional: true,
    example: "https://myaccount.blob.core.windows.net",
  }),
  container: string({
    doc: "The container; made when it isn't there",
    default: "dstream-claims",
  }),
  prefix: string({
    doc: "What the blobs' names begin with",
    default: "claims/",
  }),
}, {
  doc: "Where bodies lie that are too large for a message: connection_string " +
    "or account_url, container, prefix",
  optional: true,
  example: { container: "dstream-claims" },
});

/** Mistakes in the block. */
export function* checkClaimCheck(
  config: ClaimCheckConfig | undefined,
): Generator<ConfigProblem> {
  if (config === undefined || config.connectionString || config.accountUrl) {
    return;
  }
  yield {
    path: "config.claim_check",
    message: "claim_check needs connection_string or account_url",
  };
}

/** What a message says of its body. */
interface Claim {
  readonly claim_check: {
    readonly blob: string;
    readonly size_bytes: number;
    readonly sha256: string;
  };
}

/** The blobs. */
export class ClaimStore {
  readonly #container: ContainerClient;
  readonly #prefix: string;

  private constructor(container: ContainerClient, prefix: string) {
    this.#container = container;
    this.#prefix = prefix;
  }

  /** @throws {ConfigError} When the container can't be reached or made. */
  static async open(
    config: ClaimCheckConfig,
    clientId: string | undefined,
    signal: AbortSignal,
  ): Promise<ClaimStore> {
    const container = await openContainer(config, clientId);
    try {
      await container.createIfNotExists({ abortSignal: signal });
    } catch (error) {
      throw new ConfigError(
        "claim_check",
        `cannot open the container ${JSON.stringify(config.container)}: ` +
          firstLine(error),
        "the identity needs “Storage Blob Data Contributor”",
      );
    }
    return new ClaimStore(container, config.prefix);
  }

  /** Stores a body. @returns The blob's name, and the body that stands for it. */
  async put(
    body: Uint8Array,
    signal: AbortSignal,
  ): Promise<{ blob: string; body: Uint8Array }> {
    const sha256 = hashOf(body);
    const blob = `${this.#prefix}${sha256}`;
    await this.#container.getBlockBlobClient(blob)
      .upload(body, body.length, { abortSignal: signal });
    const claim: Claim = {
      claim_check: { blob, size_bytes: body.length, sha256 },
    };
    return { blob, body: new TextEncoder().encode(JSON.stringify(claim)) };
  }

  /** @throws {Error} When the blob isn't there, or isn't what was stored. */
  async get(body: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    const { claim_check: { blob, sha256 } }: Claim = JSON.parse(
      new TextDecoder().decode(body),
    );
    const found = await this.#container.getBlobClient(blob)
      .downloadToBuffer(undefined, undefined, { abortSignal: signal });
    if (hashOf(found) !== sha256) {
      throw new Error(`the blob ${JSON.stringify(blob)} has been changed`);
    }
    return found;
  }
}

async function openContainer(
  { connectionString, accountUrl, container }: ClaimCheckConfig,
  clientId: string | undefined,
): Promise<ContainerClient> {
  const { BlobServiceClient } = await import("@azure/storage-blob");
  const service = connectionString !== undefined
    ? BlobServiceClient.fromConnectionString(connectionString, OPTIONS)
    : new BlobServiceClient(
      accountUrl!,
      await createCredential(clientId),
      OPTIONS,
    );
  return service.getContainerClient(container);
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error))
    .split("\n")[0];
}
