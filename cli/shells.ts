/**
 * Shells that completion is for.
 *
 * @module
 */

/** By the words of `completions`. */
export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;
