/**
 * The version of the kit, which providers without one of their own report.
 *
 * @module
 */

/** The same as in deno.json; a test compares them. */
export const KIT_VERSION = "0.1.0";
