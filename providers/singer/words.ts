/**
 * Words of Singer that both sides use.
 *
 * @module
 */

/** Set in a record whose row is gone. */
export const DELETED_AT = "_sdc_deleted_at";

/** Where a schema keeps the `bookmark_properties` of its SCHEMA message. */
export const BOOKMARK_KEYWORD = "x-singer-bookmark-properties";

/** In the metadata of what is no record: the type of the message. */
export const SINGER_KEY = "singer";
