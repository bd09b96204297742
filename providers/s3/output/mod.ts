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
  features: ["schema"],
  uses: ({ format }) =>
    format === "jsonl" || format === "envelopes" ? [] : ["schema"],
  hold: (config) => holdOf(config),
  open: (config, context) =>
    ObjectOutput.open(config, openStore(config, context), context),
  lifecycle: objectLifecycle(openStore, "bucket"),
});

type StoreContext = ConstructorParameters<typeof S3Store>[2];

function openStore(
  config: S3OutputConfig,
  context: Partial<StoreContext> & Pick<StoreContext, "log"> & {
    readonly signal: AbortSignal;
  },
): S3Store {
  const options = {
    objectHeaders: objectHeadersOf(config),
    retryTimeoutMs: config.retryTimeout,
  };
  return new S3Store(config, options, { ...CLOCKS, ...context });
}

/** For commands, which have none. */
const CLOCKS = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (delayMs: number) =>
    new Promise<void>((resolve) => setTimeout(resolve, delayMs)),
};
