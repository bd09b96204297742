/**
 * How deep a text may be nested.
 *
 * @module
 */

/** Deeper than anybody writes, shallow enough for any stack. */
export const MAX_NESTING = 200;
