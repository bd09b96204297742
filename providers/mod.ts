/**
 * The built-in providers: the one list a new built-in joins.
 *
 * @module
 */

import type { BuiltIn } from "@dstream/sdk";

/** Every built-in, loaded only when used. */
export const builtIns: readonly BuiltIn[] = [];
