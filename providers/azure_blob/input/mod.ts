/**
 * The `azure_blob` input: objects of a container, read in order.
 *
 * @module
 */

import { type Config, defineInput } from "@dstream/sdk";
import {
  azureBlobFields,
  AzureBlobStore,
  checkAzureBlob,
  checkReader,
  ObjectInput,
  readerFields,
  withClocks,
} from "../../objects/mod.ts";

const config = { ...azureBlobFields, ...readerFields };

export default defineInput({
  name: "azure_blob",
  summary: "Reads the blobs of a container of Azure Blob Storage",
  config,
  *check(values) {
    yield* checkAzureBlob(values);
    yield* checkReader(values);
  },
  examples: [{ container: "lake", account: "mylake", prefix: "events/" }],
  features: ["state", "ack", "schema"],
  uses: ({ onDone }) =>
    onDone === "keep" ? ["state", "schema"] : ["state", "ack", "schema"],
  // What is deleted or moved must be known to be delivered.
  needs: ({ onDone }) => onDone === "keep" ? [] : ["state", "ack"],
  open: (values, context) =>
    ObjectInput.open(values, openStore(values, context), "azure_blob", context),
});

function openStore(
  values: Config<typeof config>,
  context: Parameters<typeof withClocks>[0],
) {
  return new AzureBlobStore(values, values.retryTimeout, withClocks(context));
}
