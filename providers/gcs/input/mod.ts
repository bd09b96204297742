/**
 * The `gcs` input: objects of a bucket, read in order.
 *
 * @module
 */

import { type Config, defineInput } from "@dstream/sdk";
import {
  checkGcs,
  checkReader,
  gcsFields,
  ObjectInput,
  openGcs,
  readerFields,
  readerTraits,
  withClocks,
} from "../../objects/mod.ts";

const config = { ...gcsFields, ...readerFields };

export default defineInput({
  name: "gcs",
  summary: "Reads the objects of a bucket of Google Cloud Storage",
  config,
  *check(values) {
    yield* checkGcs(values);
    yield* checkReader(values);
  },
  examples: [{
    bucket: "lake",
    access_key_id: "GOOG…",
    secret_access_key: "…",
    prefix: "events/",
  }],
  ...readerTraits,
  open: (values, context) =>
    ObjectInput.open(values, openStore(values, context), "gcs", context),
});

function openStore(
  values: Config<typeof config>,
  context: Parameters<typeof withClocks>[0],
) {
  return openGcs(values, values.retryTimeout, withClocks(context));
}
