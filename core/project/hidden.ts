/**
 * The word that is shown for a secret.
 *
 * @module
 */

/** What stands where a secret was. */
export const HIDDEN = "(sensitive)";
