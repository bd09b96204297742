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
  readerTraits,
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
  ...readerTraits,
  open: (values, context) =>
    ObjectInput.open(values, openStore(values, context), "azure_blob", context),
});

function openStore(
  values: Config<typeof config>,
  context: Parameters<typeof withClocks>[0],
) {
  return new AzureBlobStore(values, values.retryTimeout, withClocks(context));
}
