/**
 * The keys of `output { provider = "gcs" config { … } }`.
 *
 * @module
 */

import { type Config, type ConfigProblem, oneOf } from "@dstream/sdk";
import {
  checkGcs,
  checkWriter,
  gcsFields,
  writerFields,
} from "../../objects/mod.ts";

/** The keys, for the parser, the types and the reference page. */
export const config = {
  ...gcsFields,
  ...writerFields,
  storageClass: oneOf(["STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"], {
    doc: "The storage class of new objects; left out, the bucket's",
    optional: true,
    example: "NEARLINE",
  }),
};

/** What the code reads. */
export type GcsOutputConfig = Config<typeof config>;

/** Mistakes that no single key can see. */
export function* check(values: GcsOutputConfig): Generator<ConfigProblem> {
  yield* checkGcs(values);
  yield* checkWriter(values);
}
