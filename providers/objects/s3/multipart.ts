/**
 * One object in parts, for what is too large for one request.
 *
 * @module
 */

import type { Content } from "../store.ts";
import { StoreError } from "../store_error.ts";
import type { S3Client } from "./client.ts";
import { refusalIn, refusalOf } from "./failure.ts";
import { escapeXml, textOf } from "./xml.ts";

const MIB = 1024 * 1024;
/** Also the size of parts; S3 wants 5 MiB or more of all but the last. */
export const PART_BYTES = 8 * MIB;
const MOST_PARTS = 10_000;
/** Parts of one object at once. */
const AT_ONCE = 2;
/** An upload that is given up is ended, but not for ever. */
const ABORT_MS = 5000;

/** How one object is stored. */
export interface MultipartUpload {
  readonly client: S3Client;
  readonly key: string;
  readonly content: Content;
  /** Of the begin: what the object has. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of the end: on which condition. */
  readonly condition: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** @returns The status of the end: 200, or 412 where the condition isn't met. */
export async function uploadParts(upload: MultipartUpload): Promise<number> {
  const uploadId = await begin(upload);
  try {
    const etags = await sendParts(upload, uploadId);
    const status = await complete(upload, uploadId, etags);
    if (status === 412) await abortUpload(upload.client, upload.key, uploadId);
    return status;
  } catch (error) {
    await abortUpload(upload.client, upload.key, uploadId);
    throw error;
  }
}

/** How large the parts of an object are, so that there are 10,000 at most. */
export function partBytesOf(sizeBytes: number): number {
  return Math.max(PART_BYTES, Math.ceil(sizeBytes / MOST_PARTS));
}

/** Begins an upload. @returns Its id. */
export async function begin(
  { client, key, headers, signal }: Pick<
    MultipartUpload,
    "client" | "key" | "headers" | "signal"
  >,
): Promise<string> {
  const what = `write ${JSON.stringify(key)}`;
  const query = { uploads: "" };
  const body = await client.text({
    what,
    method: "POST",
    key,
    query,
    headers,
    signal,
  });
  const uploadId = textOf(body, "UploadId");
  if (uploadId === undefined) throw new StoreError(refusalIn(what, 200, body));
  return uploadId;
}

/** Ends an upload and frees what it took; not being able to is no failure. */
export async function abortUpload(
  client: S3Client,
  key: string,
  uploadId: string,
): Promise<boolean> {
  try {
    const answer = await client.send({
      what: `end the upload of ${JSON.stringify(key)}`,
      method: "DELETE",
      key,
      query: { uploadId },
      signal: AbortSignal.timeout(ABORT_MS),
      accepts: [404],
    });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false; // the next start tries again
  }
}

async function sendParts(
  upload: MultipartUpload,
  uploadId: string,
): Promise<string[]> {
  const { content: { sizeBytes } } = upload;
  const partBytes = partBytesOf(sizeBytes);
  const count = Math.ceil(sizeBytes / partBytes);
  const etags = new Array<string>(count);
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const index = next++;
      etags[index] = await sendPart(upload, uploadId, index, partBytes);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return etags;
}

async function sendPart(
  { client, key, content, signal }: MultipartUpload,
  uploadId: string,
  index: number,
  partBytes: number,
): Promise<string> {
  const answer = await client.send({
    what: `write ${JSON.stringify(key)}`,
    method: "PUT",
    key,
    query: { partNumber: String(index + 1), uploadId },
    body: content.read(index * partBytes, partBytes),
    signal,
  });
  await answer.body?.cancel();
  return answer.headers.get("etag") ?? "";
}

async function complete(
  upload: MultipartUpload,
  uploadId: string,
  etags: readonly string[],
): Promise<number> {
  const { client, key, condition, signal } = upload;
  const what = `write ${JSON.stringify(key)}`;
  const parts = etags.map((etag, index) =>
    `<Part><PartNumber>${index + 1}</PartNumber>` +
    `<ETag>${escapeXml(etag)}</ETag></Part>`
  );
  const answer = await client.send({
    what,
    method: "POST",
    key,
    query: { uploadId },
    headers: { "content-type": "application/xml", ...condition },
    body: new TextEncoder().encode(
      `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`,
    ),
    signal,
    accepts: [404, 412],
    mayFailInBody: true,
  });
  if (answer.status === 404) return await afterLostAnswer(upload, answer);
  await answer.body?.cancel();
  return answer.status;
}

/**
 * An end whose answer was lost has worked, and its repeat finds no upload any more:
 * then the object is there.
 *
 * @returns 412, as where somebody else was faster.
 */
async function afterLostAnswer(
  { client, key, signal }: MultipartUpload,
  answer: Response,
): Promise<number> {
  const what = `write ${JSON.stringify(key)}`;
  const refusal = await refusalOf(what, answer);
  if (refusal.code === "NoSuchUpload") {
    const there = await client.send({
      what,
      method: "HEAD",
      key,
      signal,
      accepts: [404],
    });
    await there.body?.cancel();
    if (there.ok) return 412;
  }
  throw new StoreError(refusal).final;
}
