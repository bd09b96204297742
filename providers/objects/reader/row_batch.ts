/**
 * Rows that go together.
 *
 * @module
 */

import type { TableSchema } from "@dstream/sdk/changes";

/** Some rows. */
export interface Rows {
  /** JSON of the data; of `envelopes` whole envelopes. */
  readonly texts: readonly string[];
  readonly schema?: TableSchema;
}

/** So many of them at most. */
export const ROWS_AT_ONCE = 1000;
