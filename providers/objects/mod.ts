/**
 * What the providers for object stores share: stores, and the writer of files above
 * them.
 *
 * It is no provider: a folder beside them that they import.
 *
 * @module
 */

export type { Content, ObjectInfo, ObjectStore } from "./store.ts";
export { checkS3, type S3Config, s3Fields } from "./s3/config.ts";
export { S3Store, type S3StoreOptions } from "./s3/s3_store.ts";
export {
  type AzureBlobConfig,
  azureBlobFields,
  checkAzureBlob,
} from "./azure/config.ts";
export { AzureBlobStore } from "./azure/azure_store.ts";
export { checkGcs, type GcsConfig, gcsFields, openGcs } from "./s3/gcs.ts";
export { withClocks } from "./clocks.ts";
export {
  checkWriter,
  holdOf,
  type WriterConfig,
  writerFields,
  writerTraits,
} from "./writer/config.ts";
export {
  checkReader,
  type ReaderConfig,
  readerFields,
  readerTraits,
} from "./reader/config.ts";
export { ObjectInput } from "./reader/object_input.ts";
export { objectLifecycle } from "./lifecycle.ts";
export { ObjectOutput } from "./writer/object_output.ts";
