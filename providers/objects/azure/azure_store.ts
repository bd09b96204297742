/**
 * A container of Azure Blob Storage.
 *
 * @module
 */

import type {
  BlockBlobClient,
  ContainerClient,
  ContainerListBlobFlatSegmentResponse,
} from "@azure/storage-blob";
import { ConfigError, type OpenContext } from "@dstream/sdk";
import { withRetries } from "@dstream/sdk/service";
import type {
  Content,
  ObjectInfo,
  ObjectStore,
  UploadOptions,
} from "../store.ts";
import { StoreError } from "../store_error.ts";
import { accountUrl, type AzureBlobConfig } from "./config.ts";

/** From so many bytes on a blob is stored in blocks. */
const BLOCK_BYTES = 8 * 1024 * 1024;
/** Blocks of one blob at once. */
const AT_ONCE = 2;
const MOST_BLOCKS = 50_000;
const CONDITIONS = { ifNoneMatch: "*" };
/** A block that nobody ever commits: Azure forgets it after a week. */
const PROBE = "dstream-may-i-write";
const CLIENT = {
  // What is worth another try is decided here.
  retryOptions: { maxTries: 1 },
};

type Deps = Pick<OpenContext, "monotonicMs" | "sleep" | "log">;

export class AzureBlobStore implements ObjectStore {
  readonly address: string;
  readonly #config: AzureBlobConfig;
  readonly #retryTimeoutMs: number;
  readonly #deps: Deps;
  #container: Promise<ContainerClient> | undefined;

  constructor(config: AzureBlobConfig, retryTimeoutMs: number, deps: Deps) {
    this.address = `azure://${config.container}`;
    this.#config = config;
    this.#retryTimeoutMs = retryTimeoutMs;
    this.#deps = deps;
  }

  async upload(
    key: string,
    content: Content,
    options: UploadOptions,
  ): Promise<"stored" | "exists"> {
    const { signal } = options;
    const blob = (await this.#client()).getBlockBlobClient(key);
    const { sizeBytes } = content;
    try {
      await this.#try(`write ${JSON.stringify(key)}`, signal, async () => {
        if (sizeBytes > BLOCK_BYTES) {
          return await uploadBlocks(blob, content, options);
        }
        await blob.upload(
          content.read(0, sizeBytes),
          sizeBytes,
          { ...propertiesOf(options), abortSignal: signal },
        );
      });
      return "stored";
    } catch (error) {
      const isThere = error instanceof StoreError &&
        (error.status === 409 || error.status === 412);
      if (isThere) return "exists";
      throw error;
    }
  }

  async metadataOf(key: string, signal: AbortSignal) {
    const blob = (await this.#client()).getBlobClient(key);
    const found = await this.#unlessGone(
      `look at ${JSON.stringify(key)}`,
      signal,
      () => blob.getProperties({ abortSignal: signal }),
    );
    return found && Object.fromEntries(
      Object.entries(found.metadata ?? {})
        .map(([name, value]) => [name.replaceAll("_", "-"), value]),
    );
  }

  async read({ key, etag }: ObjectInfo, signal: AbortSignal) {
    const blob = (await this.#client()).getBlobClient(key);
    const answer = await this.#unlessGone(
      `read ${JSON.stringify(key)}`,
      signal,
      () =>
        blob.download(0, undefined, {
          conditions: { ifMatch: etag },
          abortSignal: signal,
        }),
    );
    const body = answer?.readableStreamBody;
    if (body === undefined) return undefined;
    const { Readable } = await import("node:stream");
    return Readable.toWeb(
      body as InstanceType<typeof Readable>,
    ) as unknown as ReadableStream<Uint8Array<ArrayBuffer>>;
  }

  async remove(key: string, signal: AbortSignal): Promise<void> {
    const blob = (await this.#client()).getBlobClient(key);
    await this.#unlessGone(
      `delete ${JSON.stringify(key)}`,
      signal,
      () => blob.delete({ abortSignal: signal }),
    );
  }

  async copy(from: string, to: string, signal: AbortSignal): Promise<void> {
    const container = await this.#client();
    const source = container.getBlobClient(from).url;
    await this.#try(`copy ${JSON.stringify(from)}`, signal, async () => {
      const copying = await container.getBlobClient(to)
        .beginCopyFromURL(source, { abortSignal: signal });
      await copying.pollUntilDone();
    });
  }

  async *list(
    prefix: string,
    signal: AbortSignal,
  ): AsyncGenerator<ObjectInfo[]> {
    const container = await this.#client();
    let token: string | undefined;
    do {
      const page = await this.#try(
        `list ${this.address}`,
        signal,
        () =>
          container.listBlobsFlat({ prefix, abortSignal: signal })
            .byPage({ continuationToken: token, maxPageSize: 1000 }).next(),
      );
      const segment: ContainerListBlobFlatSegmentResponse | undefined = page
        .value;
      yield (segment?.segment.blobItems ?? []).map(
        ({ name, properties }) => ({
          key: name,
          sizeBytes: properties.contentLength ?? 0,
          modifiedMs: properties.lastModified.getTime(),
          etag: quoted(properties.etag),
        }),
      );
      token = segment?.continuationToken || undefined;
    } while (token !== undefined);
  }

  async check(prefix: string, signal: AbortSignal): Promise<void> {
    const blob = (await this.#client()).getBlockBlobClient(prefix + PROBE);
    try {
      await this.#try(
        `write to ${this.address}`,
        signal,
        () =>
          blob.stageBlock(blockId(0), new Uint8Array(1), 1, {
            abortSignal: signal,
          }),
      );
    } catch (error) {
      const cause = (error as Error).cause;
      const refusal = cause instanceof StoreError ? cause : error;
      if (!(refusal instanceof StoreError) || refusal.isTransient) throw error;
      throw refusal.asConfigError("container");
    }
  }

  /** Azure forgets blocks that nobody committed by itself. */
  abortUploads(): Promise<number> {
    return Promise.resolve(0);
  }

  async exists(signal: AbortSignal): Promise<boolean> {
    const container = await this.#client();
    return await this.#try(
      `look at ${this.address}`,
      signal,
      () => container.exists({ abortSignal: signal }),
    );
  }

  async create(signal: AbortSignal): Promise<void> {
    const container = await this.#client();
    await this.#try(
      `make ${this.address}`,
      signal,
      () => container.create({ abortSignal: signal }),
    );
  }

  #client(): Promise<ContainerClient> {
    return this.#container ??= connect(this.#config);
  }

  async #unlessGone<T>(
    what: string,
    signal: AbortSignal,
    request: () => Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await this.#try(what, signal, request);
    } catch (error) {
      const isGone = error instanceof StoreError &&
        (error.status === 404 || error.status === 412);
      if (isGone) return undefined;
      throw error;
    }
  }

  async #try<T>(
    what: string,
    signal: AbortSignal,
    request: () => Promise<T>,
  ): Promise<T> {
    const attempt = async () => {
      try {
        return await request();
      } catch (error) {
        throw refusalOf(what, error);
      }
    };
    try {
      return await withRetries(attempt, {
        timeoutMs: this.#retryTimeoutMs,
        signal,
        sleep: (delayMs) => this.#deps.sleep(delayMs),
        now: () => this.#deps.monotonicMs(),
        isTransient: (error) =>
          error instanceof StoreError && error.isTransient,
        onRetry: (error, number, delayMs) =>
          this.#deps.log.debug((error as Error).message, { number, delayMs }),
      });
    } catch (error) {
      throw error instanceof StoreError ? error.final : error;
    }
  }
}

async function connect(
  { connectionString, account, clientId, container }: AzureBlobConfig,
): Promise<ContainerClient> {
  const { BlobServiceClient } = await import("@azure/storage-blob");
  if (connectionString !== undefined) {
    try {
      return BlobServiceClient.fromConnectionString(connectionString, CLIENT)
        .getContainerClient(container);
    } catch {
      throw new ConfigError(
        "connection_string",
        "connection_string can't be read",
        "copy it from “Access keys” of the storage account",
      );
    }
  }
  const { DefaultAzureCredential, ManagedIdentityCredential } = await import(
    "@azure/identity"
  );
  const credential = clientId === undefined
    ? new DefaultAzureCredential()
    : new ManagedIdentityCredential({ clientId });
  return new BlobServiceClient(accountUrl(account!), credential, CLIENT)
    .getContainerClient(container);
}

async function uploadBlocks(
  blob: BlockBlobClient,
  content: Content,
  options: UploadOptions,
): Promise<void> {
  const { signal: abortSignal } = options;
  const { sizeBytes } = content;
  const blockBytes = Math.max(BLOCK_BYTES, Math.ceil(sizeBytes / MOST_BLOCKS));
  const count = Math.ceil(sizeBytes / blockBytes);
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const index = next++;
      const bytes = content.read(index * blockBytes, blockBytes);
      await blob.stageBlock(blockId(index), bytes, bytes.length, {
        abortSignal,
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const ids = Array.from({ length: count }, (_, index) => blockId(index));
  await blob.commitBlockList(ids, { ...propertiesOf(options), abortSignal });
}

function blockId(index: number): string {
  return btoa(String(index).padStart(6, "0"));
}

/** Azure's names of metadata have no hyphens. */
function propertiesOf({ contentType, metadata }: UploadOptions) {
  return {
    conditions: CONDITIONS,
    blobHTTPHeaders: { blobContentType: contentType },
    metadata: Object.fromEntries(
      Object.entries(metadata)
        .map(([name, value]) => [name.replaceAll("-", "_"), value]),
    ),
  };
}

function quoted(etag: string): string {
  return etag.startsWith('"') ? etag : `"${etag}"`;
}

const WORDS: Readonly<Record<string, string>> = {
  ContainerNotFound: "there is no such container (`dstream init` makes it)",
  AuthenticationFailed: "the key or the token isn't taken there",
  AuthorizationPermissionMismatch:
    "the identity needs “Storage Blob Data Contributor”",
};
const MOST_CHARACTERS = 300;

function refusalOf(what: string, error: unknown): StoreError {
  const { statusCode, code, message } = error as {
    statusCode?: number;
    code?: string;
    message?: string;
  };
  const [first] = String(message ?? error).split("\n");
  const word = code ?? "";
  return new StoreError({
    what,
    status: statusCode ?? 0,
    code: word,
    message: WORDS[word] ??
      (first.slice(0, MOST_CHARACTERS) || word || "no answer"),
  }, error);
}
