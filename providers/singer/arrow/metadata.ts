/**
 * What Arrow has no place for, in the metadata of its schemas.
 *
 * A file holds one Arrow stream after the other, because each has one schema: one
 * for a Singer stream, a new one when another's records follow, and one without
 * columns for a STATE.
 *
 * @module
 */

/** Keys of a schema. */
export const STREAM = "singer.stream";
/** JSON Schema, as in SCHEMA. */
export const SCHEMA = "singer.schema";
/** A JSON list. */
export const KEY_PROPERTIES = "singer.key_properties";
/** The value of a STATE. */
export const STATE = "singer.state";

/** Of a column of texts: each is JSON itself. */
export const IS_JSON = "singer.json";
