/**
 * The keys of `output { provider = "s3" config { … } }`.
 *
 * @module
 */

import {
  type Config,
  type ConfigProblem,
  map,
  oneOf,
  string,
} from "@dstream/sdk";
import {
  checkS3,
  checkWriter,
  s3Fields,
  writerFields,
} from "../../objects/mod.ts";

/** The keys, for the parser, the types and the reference page. */
export const config = {
  ...s3Fields,
  ...writerFields,
  storageClass: string({
    doc: "The storage class of new objects",
    optional: true,
    example: "STANDARD_IA",
  }),
  encryption: oneOf(["AES256", "aws:kms", "aws:kms:dsse"], {
    doc: "How the store encrypts new objects; left out, as the bucket says",
    optional: true,
    example: "aws:kms",
  }),
  kmsKeyId: string({
    doc: "The key of encryption with KMS; left out, the bucket's",
    optional: true,
    example: "arn:aws:kms:eu-central-1:123456789012:key/…",
  }),
  tags: map(string({ doc: "A tag's value", minLength: 0 }), {
    doc: "Tags of new objects, ten at most",
    optional: true,
    maxItems: 10,
    example: { team: "data" },
  }),
  acl: string({
    doc: "A canned ACL of new objects, for buckets that use ACLs",
    optional: true,
    example: "bucket-owner-full-control",
  }),
};

/** What the code reads. */
export type S3OutputConfig = Config<typeof config>;

/** Mistakes that no single key can see. */
export function* check(values: S3OutputConfig): Generator<ConfigProblem> {
  yield* checkS3(values);
  yield* checkWriter(values);
  const { kmsKeyId, encryption } = values;
  if (kmsKeyId !== undefined && !encryption?.startsWith("aws:kms")) {
    yield {
      path: "config.kms_key_id",
      message: 'kms_key_id needs encryption = "aws:kms"',
    };
  }
}

/** What every new object has. */
export function objectHeadersOf(
  { storageClass, encryption, kmsKeyId, tags, acl }: S3OutputConfig,
): Record<string, string> {
  const headers = {
    "x-amz-storage-class": storageClass,
    "x-amz-server-side-encryption": encryption,
    "x-amz-server-side-encryption-aws-kms-key-id": kmsKeyId,
    "x-amz-tagging": tags && new URLSearchParams(tags).toString(),
    "x-amz-acl": acl,
  };
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] =>
      entry[1] !== undefined
    ),
  );
}
