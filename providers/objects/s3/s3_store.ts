/**
 * A bucket of S3, or of what speaks like it.
 *
 * @module
 */

import type { OpenContext } from "@dstream/sdk";
import type {
  Content,
  ObjectInfo,
  ObjectStore,
  UploadOptions,
} from "../store.ts";
import { StoreError } from "../store_error.ts";
import { S3Client, type S3ClientOptions } from "./client.ts";
import type { S3Config } from "./config.ts";
import { credentialsOf } from "./credentials.ts";
import { abortUpload, begin, PART_BYTES, uploadParts } from "./multipart.ts";
import { elementsOf, textOf } from "./xml.ts";

/** What new objects have besides, and how patient it is. */
export interface S3StoreOptions {
  /** Headers of every object: storage class, encryption, tags. */
  readonly objectHeaders?: Readonly<Record<string, string>>;
  readonly retryTimeoutMs: number;
  /** Whether a name can be kept from being taken twice; some stores know no way. */
  readonly hasConditions?: boolean;
}

const CONDITION = { "if-none-match": "*" };
const META = "x-amz-meta-";
/** No file is ever called so; its upload is begun and ended to see whether it may. */
const PROBE = "dstream-may-i-write";

/** An upload in parts that was begun. */
interface Unfinished {
  readonly key: string;
  readonly uploadId: string;
  readonly begunMs: number;
}

export class S3Store implements ObjectStore {
  readonly address: string;
  readonly #client: S3Client;
  readonly #region: string;
  readonly #objectHeaders: Readonly<Record<string, string>>;
  readonly #log: OpenContext["log"];
  readonly #now: () => number;
  /** Some stores know none; then a look comes before. */
  #condition: Readonly<Record<string, string>>;

  constructor(
    config: S3Config,
    { objectHeaders = {}, retryTimeoutMs, hasConditions = true }:
      S3StoreOptions,
    context: Pick<OpenContext, "log" | "now" | "monotonicMs" | "sleep">,
  ) {
    const region = config.region ?? Deno.env.get("AWS_REGION") ??
      Deno.env.get("AWS_DEFAULT_REGION") ?? "us-east-1";
    const now = () => context.now();
    const options: S3ClientOptions = {
      bucketUrl: bucketUrlOf(config, region),
      bucketName: config.bucket,
      region,
      credentials: credentialsOf(config, region, now),
      retryTimeoutMs,
      context,
    };
    this.#condition = hasConditions ? CONDITION : {};
    this.address = `s3://${config.bucket}`;
    this.#client = new S3Client(options);
    this.#region = region;
    this.#objectHeaders = objectHeaders;
    this.#log = context.log;
    this.#now = now;
  }

  async upload(
    key: string,
    content: Content,
    options: UploadOptions,
  ): Promise<"stored" | "exists"> {
    const headers = this.#headersOf(options);
    const { signal } = options;
    if (this.#condition !== CONDITION) {
      if (await this.metadataOf(key, signal) !== undefined) return "exists";
    }
    const { sizeBytes } = content;
    const status = sizeBytes <= PART_BYTES
      ? await this.#put(key, content.read(0, sizeBytes), headers, signal)
      : await uploadParts({
        client: this.#client,
        key,
        content,
        headers,
        condition: this.#condition,
        signal,
      });
    return status === 412 ? "exists" : "stored";
  }

  async metadataOf(key: string, signal: AbortSignal) {
    const answer = await this.#client.send({
      what: `look at ${JSON.stringify(key)}`,
      method: "HEAD",
      key,
      signal,
      accepts: [404],
    });
    await answer.body?.cancel();
    if (answer.status === 404) return undefined;
    return Object.fromEntries(
      [...answer.headers].filter(([name]) => name.startsWith(META))
        .map(([name, value]) => [name.slice(META.length), value]),
    );
  }

  async read({ key, etag }: ObjectInfo, signal: AbortSignal) {
    const answer = await this.#client.send({
      what: `read ${JSON.stringify(key)}`,
      method: "GET",
      key,
      headers: { "if-match": etag },
      signal,
      accepts: [404, 412],
      isLong: true,
    });
    if (answer.ok) return answer.body ?? new Blob([]).stream();
    await answer.body?.cancel();
    return undefined;
  }

  async remove(key: string, signal: AbortSignal): Promise<void> {
    const answer = await this.#client.send({
      what: `delete ${JSON.stringify(key)}`,
      method: "DELETE",
      key,
      signal,
      accepts: [404],
    });
    await answer.body?.cancel();
  }

  async copy(from: string, to: string, signal: AbortSignal): Promise<void> {
    const answer = await this.#client.send({
      what: `copy ${JSON.stringify(from)}`,
      method: "PUT",
      key: to,
      headers: {
        ...this.#objectHeaders,
        "x-amz-copy-source": this.#client.pathOf(from),
      },
      signal,
      mayFailInBody: true,
    });
    await answer.body?.cancel();
  }

  async *list(
    prefix: string,
    signal: AbortSignal,
    after?: string,
  ): AsyncGenerator<ObjectInfo[]> {
    let token: string | undefined;
    do {
      const body = await this.#listPage(prefix, { token, after }, signal);
      const decode = keyDecoder(body);
      yield [...elementsOf(body, "Contents")]
        .map((xml) => readObject(xml, decode));
      token = textOf(body, "NextContinuationToken");
    } while (token !== undefined);
  }

  async check(prefix: string, signal: AbortSignal): Promise<void> {
    try {
      const key = prefix + PROBE;
      const uploadId = await this.beginUpload(key, signal);
      await abortUpload(this.#client, key, uploadId);
    } catch (error) {
      const cause = (error as Error).cause;
      const refusal = cause instanceof StoreError ? cause : error;
      if (!(refusal instanceof StoreError) || refusal.isTransient) throw error;
      throw refusal.asConfigError("bucket");
    }
  }

  /** Begins an upload in parts. @returns Its id. */
  async beginUpload(key: string, signal: AbortSignal): Promise<string> {
    const headers = this.#objectHeaders;
    return await begin({ client: this.#client, key, headers, signal });
  }

  async abortUploads(
    prefix: string,
    olderThanMs: number,
    signal: AbortSignal,
  ): Promise<number> {
    const before = this.#now() - olderThanMs;
    let count = 0;
    for (
      const { key, uploadId, begunMs } of await this.uploads(prefix, signal)
    ) {
      if (!(begunMs <= before)) continue;
      if (await abortUpload(this.#client, key, uploadId)) count++;
    }
    return count;
  }

  /** Uploads below a prefix that aren't finished, the first thousand. */
  async uploads(prefix: string, signal: AbortSignal): Promise<Unfinished[]> {
    const body = await this.#client.text({
      what: `list unfinished uploads of ${this.address}`,
      method: "GET",
      key: "",
      query: { uploads: "", prefix, "encoding-type": "url" },
      signal,
    });
    const decode = keyDecoder(body);
    return [...elementsOf(body, "Upload")].map((upload) => ({
      key: decode(textOf(upload, "Key") ?? ""),
      uploadId: textOf(upload, "UploadId") ?? "",
      begunMs: Date.parse(textOf(upload, "Initiated") ?? ""),
    }));
  }

  async exists(signal: AbortSignal): Promise<boolean> {
    const answer = await this.#client.send({
      what: `look at ${this.address}`,
      method: "HEAD",
      key: "",
      signal,
      accepts: [404],
    });
    await answer.body?.cancel();
    return answer.status !== 404;
  }

  async create(signal: AbortSignal): Promise<void> {
    const isUsual = this.#region === "us-east-1" || this.#region === "auto";
    const answer = await this.#client.send({
      what: `make ${this.address}`,
      method: "PUT",
      key: "",
      body: isUsual ? undefined : new TextEncoder().encode(
        "<CreateBucketConfiguration><LocationConstraint>" +
          `${this.#region}</LocationConstraint></CreateBucketConfiguration>`,
      ),
      signal,
    });
    await answer.body?.cancel();
  }

  /** @returns The status: 200, or 412 where there is one. */
  async #put(
    key: string,
    body: Uint8Array<ArrayBuffer>,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<number> {
    const answer = await this.#client.send({
      what: `write ${JSON.stringify(key)}`,
      method: "PUT",
      key,
      headers: { ...headers, ...this.#condition },
      body,
      signal,
      accepts: [412, 501],
    });
    await answer.body?.cancel();
    if (answer.status !== 501) return answer.status;
    if (this.#condition !== CONDITION) {
      throw new StoreError({
        what: `write ${JSON.stringify(key)}`,
        status: 400,
        code: "NotImplemented",
        message: "the store doesn't know a header of the request",
      });
    }
    this.#condition = {};
    this.#log.warn(
      "the store knows no If-None-Match: what is there is looked for before",
    );
    return await this.#put(key, body, headers, signal);
  }

  #headersOf({ contentType, metadata }: UploadOptions) {
    const ours = Object.entries(metadata)
      .map(([name, value]) => [META + name, value]);
    return {
      ...this.#objectHeaders,
      ...Object.fromEntries(ours),
      "content-type": contentType,
    };
  }

  async #listPage(
    prefix: string,
    { token, after }: { token: string | undefined; after: string | undefined },
    signal: AbortSignal,
  ): Promise<string> {
    return await this.#client.text({
      what: `list ${this.address}`,
      method: "GET",
      key: "",
      query: {
        "list-type": "2",
        prefix,
        "encoding-type": "url",
        ...(token === undefined ? {} : { "continuation-token": token }),
        ...(after === undefined ? {} : { "start-after": after }),
      },
      signal,
    });
  }
}

function bucketUrlOf(
  { bucket, endpoint, pathStyle }: S3Config,
  region: string,
): URL {
  const domain = region.startsWith("cn-")
    ? "amazonaws.com.cn"
    : "amazonaws.com";
  const base = endpoint ?? Deno.env.get("AWS_ENDPOINT_URL_S3") ??
    Deno.env.get("AWS_ENDPOINT_URL") ?? `https://s3.${region}.${domain}`;
  const url = new URL(base);
  // A certificate of AWS is good for one name before its own, without dots.
  const isInPath = pathStyle ??
    (!url.hostname.endsWith(`.${domain}`) || bucket.includes("."));
  if (!isInPath) url.hostname = `${bucket}.${url.hostname}`;
  url.pathname = isInPath ? `/${bucket}/` : "/";
  return url;
}

function readObject(
  xml: string,
  decode: (key: string) => string,
): ObjectInfo {
  return {
    key: decode(textOf(xml, "Key") ?? ""),
    sizeBytes: Number(textOf(xml, "Size")),
    modifiedMs: Date.parse(textOf(xml, "LastModified") ?? ""),
    etag: textOf(xml, "ETag") ?? "",
  };
}

/** Some stores encode keys as they were asked to, and say so, others don't. */
function keyDecoder(body: string): (key: string) => string {
  return textOf(body, "EncodingType") === "url"
    ? (key) => decodeURIComponent(key.replaceAll("+", "%20"))
    : (key) => key;
}
