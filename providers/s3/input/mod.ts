/**
 * The `s3` input: objects of a bucket, read in order.
 *
 * @module
 */

import { type Config, defineInput } from "@dstream/sdk";
import {
  checkReader,
  checkS3,
  ObjectInput,
  readerFields,
  readerTraits,
  s3Fields,
  S3Store,
  withClocks,
} from "../../objects/mod.ts";

const config = { ...s3Fields, ...readerFields };

export default defineInput({
  name: "s3",
  summary: "Reads the objects of a bucket of S3, or of what speaks like it",
  config,
  *check(values) {
    yield* checkS3(values);
    yield* checkReader(values);
  },
  examples: [{ bucket: "lake", prefix: "events/", format: "parquet" }],
  ...readerTraits,
  open: (values, context) =>
    ObjectInput.open(values, openStore(values, context), "s3", context),
});

function openStore(
  values: Config<typeof config>,
  context: Parameters<typeof withClocks>[0],
) {
  return new S3Store(
    values,
    { retryTimeoutMs: values.retryTimeout },
    withClocks(context),
  );
}
