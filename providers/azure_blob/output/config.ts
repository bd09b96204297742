/**
 * The keys of `output { provider = "azure_blob" config { … } }`.
 *
 * @module
 */

import type { Config, ConfigProblem } from "@dstream/sdk";
import {
  azureBlobFields,
  checkAzureBlob,
  checkWriter,
  writerFields,
} from "../../objects/mod.ts";

const { abortUploadsAfter: _, ...fields } = writerFields;

/** The keys, for the parser, the types and the reference page. */
export const config = { ...azureBlobFields, ...fields };

/** What the code reads. */
export type AzureBlobOutputConfig = Config<typeof config>;

/** Mistakes that no single key can see. */
export function* check(
  values: AzureBlobOutputConfig,
): Generator<ConfigProblem> {
  yield* checkAzureBlob(values);
  yield* checkWriter({ ...values, abortUploadsAfter: 0 });
}
