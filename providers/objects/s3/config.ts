/**
 * The keys that say which bucket, where, and who asks.
 *
 * @module
 */

import {
  boolean,
  type Config,
  type ConfigProblem,
  secret,
  string,
} from "@dstream/sdk";

/** The keys, for outputs and inputs. */
export const s3Fields = {
  bucket: string({ doc: "The bucket's name", example: "my-data-lake" }),
  region: string({
    doc: "The bucket's region; left out, AWS_REGION, else us-east-1",
    optional: true,
    example: "eu-central-1",
  }),
  endpoint: string({
    doc: "The address of another store that speaks S3 (MinIO, Ceph, R2, …); " +
      "left out, AWS",
    optional: true,
    example: "https://minio.example.com:9000",
  }),
  pathStyle: boolean({
    doc: "Whether the bucket stands in the path and not in the host's name; " +
      "left out, yes with endpoint",
    optional: true,
    example: true,
  }),
  accessKeyId: string({
    doc: "The key's id. Left out, what the machine has is used and renewed: " +
      "environment, profile, web identity, container, instance",
    optional: true,
    example: "AKIA…",
  }),
  secretAccessKey: secret({
    doc: "The key's secret",
    optional: true,
    example: '${env("AWS_SECRET_ACCESS_KEY")}',
  }),
  sessionToken: secret({
    doc: "The token of a key that lasts for a while",
    optional: true,
    example: '${env("AWS_SESSION_TOKEN")}',
  }),
  profile: string({
    doc: "A profile of ~/.aws; left out, AWS_PROFILE, else default",
    optional: true,
    example: "lake",
  }),
  roleArn: string({
    doc: "A role to take on with these credentials; renewed before it ends",
    optional: true,
    example: "arn:aws:iam::123456789012:role/lake-writer",
  }),
};

/** The values of these keys. */
export type S3Config = Config<typeof s3Fields>;

/** Mistakes that no single key can see. */
export function* checkS3(config: S3Config): Generator<ConfigProblem> {
  const { accessKeyId, secretAccessKey, endpoint, bucket } = config;
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    const [there, missing] = accessKeyId === undefined
      ? ["secret_access_key", "access_key_id"]
      : ["access_key_id", "secret_access_key"];
    yield {
      path: `config.${there}`,
      message: `${there} needs ${missing} beside it`,
    };
  }
  if (endpoint !== undefined && !/^https?:\/\/[^/\s]+\/?$/.test(endpoint)) {
    yield {
      path: "config.endpoint",
      message: "endpoint must be http:// or https:// and a host",
    };
  }
  if (/[/\s]|^s3:/.test(bucket)) {
    yield {
      path: "config.bucket",
      message: "bucket must be a name alone, without s3:// and folders",
      hint: "folders go into prefix",
    };
  }
}
