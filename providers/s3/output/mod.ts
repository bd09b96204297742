/**
 * The `s3` output: files of a good size in a bucket, each row in one of them.
 *
 * @module
 */

import { defineOutput } from "@dstream/sdk";
import {
  holdOf,
  objectLifecycle,
  ObjectOutput,
  S3Store,
  withClocks,
  writerTraits,
} from "../../objects/mod.ts";
import {
  check,
  config,
  objectHeadersOf,
  type S3OutputConfig,
} from "./config.ts";

export default defineOutput({
  name: "s3",
  summary: "Writes files to a bucket of S3, or of what speaks like it",
  config,
  check,
  examples: [
    { bucket: "my-data-lake", prefix: "events/{date:2006-01-02}/" },
    {
      bucket: "lake",
      endpoint: "https://minio.example.com:9000",
      prefix: "{metadata.table}/",
      compression: "zstd",
    },
  ],
  ...writerTraits,
  hold: (config) => holdOf(config),
  open: (config, context) =>
    ObjectOutput.open(config, openStore(config, context), context),
  lifecycle: objectLifecycle(openStore, "bucket"),
});

function openStore(
  config: S3OutputConfig,
  context: Parameters<typeof withClocks>[0],
): S3Store {
  const options = {
    objectHeaders: objectHeadersOf(config),
    retryTimeoutMs: config.retryTimeout,
  };
  return new S3Store(config, options, withClocks(context));
}
