/**
 * The `gcs` output: files of a good size in a bucket of Google Cloud Storage, over
 * its S3 interface.
 *
 * @module
 */

import { defineOutput } from "@dstream/sdk";
import {
  holdOf,
  objectLifecycle,
  ObjectOutput,
  openGcs,
  withClocks,
  writerTraits,
} from "../../objects/mod.ts";
import { check, config, type GcsOutputConfig } from "./config.ts";

export default defineOutput({
  name: "gcs",
  summary: "Writes files to a bucket of Google Cloud Storage",
  config,
  check,
  examples: [
    {
      bucket: "lake",
      access_key_id: "GOOG…",
      secret_access_key: "…",
      prefix: "{metadata.table}/{date:2006-01-02}/",
      format: "parquet",
    },
  ],
  ...writerTraits,
  hold: (config) => holdOf(config),
  open: (config, context) =>
    ObjectOutput.open(config, openStore(config, context), context),
  lifecycle: objectLifecycle(openStore, "bucket"),
});

function openStore(
  config: GcsOutputConfig,
  context: Parameters<typeof withClocks>[0],
) {
  const { storageClass, retryTimeout } = config;
  const objectHeaders: Record<string, string> = storageClass === undefined
    ? {}
    : { "x-amz-storage-class": storageClass };
  return openGcs(config, retryTimeout, withClocks(context), objectHeaders);
}
