/**
 * What an object store can do, whoever runs it.
 *
 * Below it lie S3, Azure Blob Storage and Google Cloud Storage; above it what writes
 * and reads files, which knows none of them.
 *
 * @module
 */

/** An object as a listing tells it. */
export interface ObjectInfo {
  readonly key: string;
  readonly sizeBytes: number;
  /** Milliseconds since 1970. */
  readonly modifiedMs: number;
  /** Changes with the content. */
  readonly etag: string;
}

/** Bytes that can be read again, since an upload may be tried again. */
export interface Content {
  readonly sizeBytes: number;
  /** At most so many bytes from there on, fewer only at the end. */
  read(offset: number, lengthBytes: number): Uint8Array<ArrayBuffer>;
}

/** What is stored beside an object's bytes. */
export interface UploadOptions {
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** One bucket or container. */
export interface ObjectStore {
  /** For people: `s3://lake`. */
  readonly address: string;
  /**
   * Stores an object unless there is one of this name. It can be read by everybody
   * when this returns, and never half of it.
   */
  upload(
    key: string,
    content: Content,
    options: UploadOptions,
  ): Promise<"stored" | "exists">;
  /** The metadata of an object; `undefined` where there is none. */
  metadataOf(
    key: string,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, string>> | undefined>;
  /** An object's bytes; `undefined` where there is none of that content. */
  read(
    object: ObjectInfo,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array<ArrayBuffer>> | undefined>;
  /** Takes an object away; one that isn't there is no failure. */
  remove(key: string, signal: AbortSignal): Promise<void>;
  /** Makes a second one of another name, whatever is there. */
  copy(from: string, to: string, signal: AbortSignal): Promise<void>;
  /**
   * Pages of objects whose keys begin so, in the order of their keys.
   *
   * @param after Those up to this key may be left out, where that saves requests.
   */
  list(
    prefix: string,
    signal: AbortSignal,
    after?: string,
  ): AsyncIterable<ObjectInfo[]>;
  /**
   * Whether it is there and may be written to, as far as can be known without
   * leaving anything.
   *
   * @throws {ConfigError} Where it can't.
   */
  check(prefix: string, signal: AbortSignal): Promise<void>;
  /** Ends uploads that were begun so long ago and never finished. @returns How many. */
  abortUploads(
    prefix: string,
    olderThanMs: number,
    signal: AbortSignal,
  ): Promise<number>;
  /** Whether the bucket or container is there. */
  exists(signal: AbortSignal): Promise<boolean>;
  /** Makes it. */
  create(signal: AbortSignal): Promise<void>;
}
