/**
 * Config fields: one description → parser, type, JSON Schema, reference page.
 *
 * Our own instead of a schema library because it is loaded by every provider
 * process: docs/decisions/config-fields.md.
 *
 * @module
 */

export type { Config, ConfigProblem, Field, Fields } from "./field.ts";
export {
  boolean,
  duration,
  integer,
  number,
  oneOf,
  secret,
  size,
  string,
} from "./scalars.ts";
export { list, map, object } from "./collections.ts";
export { parseConfig } from "./parse.ts";
export { configSchema } from "./schema.ts";
export { configTable } from "./table.ts";
