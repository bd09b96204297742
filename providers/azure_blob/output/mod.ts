/**
 * The `azure_blob` output: files of a good size in a container of Azure Blob Storage.
 *
 * @module
 */

import { defineOutput } from "@dstream/sdk";
import {
  AzureBlobStore,
  holdOf,
  objectLifecycle,
  ObjectOutput,
  withClocks,
  writerTraits,
} from "../../objects/mod.ts";
import { type AzureBlobOutputConfig, check, config } from "./config.ts";

export default defineOutput({
  name: "azure_blob",
  summary: "Writes files to a container of Azure Blob Storage",
  config,
  check,
  examples: [
    {
      container: "lake",
      account: "mylake",
      prefix: "{metadata.table}/{date:2006-01-02}/",
      format: "parquet",
    },
  ],
  ...writerTraits,
  hold: (config) => holdOf(withoutUploads(config)),
  open: (config, context) =>
    ObjectOutput.open(
      withoutUploads(config),
      openStore(config, context),
      context,
    ),
  lifecycle: objectLifecycle(openStore, "container"),
});

function openStore(
  config: AzureBlobOutputConfig,
  context: Parameters<typeof withClocks>[0],
): AzureBlobStore {
  return new AzureBlobStore(config, config.retryTimeout, withClocks(context));
}

/** Azure ends uploads that nobody finished by itself. */
function withoutUploads(config: AzureBlobOutputConfig) {
  return { ...config, abortUploadsAfter: 0 };
}
