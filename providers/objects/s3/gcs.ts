/**
 * Google Cloud Storage, asked in the words of S3 with an HMAC key.
 *
 * @module
 */

import { type Config, type ConfigProblem, secret, string } from "@dstream/sdk";
import { checkS3, type S3Config } from "./config.ts";
import { S3Store } from "./s3_store.ts";

/** The keys that say which bucket, and who asks. */
export const gcsFields = {
  bucket: string({ doc: "The bucket's name", example: "my-data-lake" }),
  accessKeyId: string({
    doc: "The access id of an HMAC key (Cloud Storage, Settings, " +
      "Interoperability)",
    example: "GOOG1E…",
  }),
  secretAccessKey: secret({
    doc: "Its secret",
    example: '${env("GCS_HMAC_SECRET")}',
  }),
  endpoint: string({
    doc: "Another address than Google's",
    default: "https://storage.googleapis.com",
  }),
};

/** The values of these keys. */
export type GcsConfig = Config<typeof gcsFields>;

/** Mistakes that no single key can see. */
export function checkGcs(config: GcsConfig): Iterable<ConfigProblem> {
  return checkS3(asS3(config));
}

/** The bucket as a store. */
export function openGcs(
  config: GcsConfig,
  retryTimeoutMs: number,
  context: ConstructorParameters<typeof S3Store>[2],
  objectHeaders: Readonly<Record<string, string>> = {},
  region = "auto",
): S3Store {
  // Its conditions have other names, which may not stand beside those of S3.
  const options = { objectHeaders, retryTimeoutMs, hasConditions: false };
  return new S3Store({ ...asS3(config), region }, options, context);
}

function asS3(config: GcsConfig): S3Config {
  return {
    bucket: config.bucket,
    endpoint: config.endpoint,
    accessKeyId: config.accessKeyId,
    secretAccessKey: config.secretAccessKey,
    region: "auto",
    pathStyle: true,
    sessionToken: undefined,
    profile: undefined,
    roleArn: undefined,
  };
}
