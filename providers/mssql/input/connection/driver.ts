/**
 * What needs the driver's code, and is loaded only to connect.
 *
 * Executables keep it in a file of its own beside the bundle
 * (docs/decisions/0004-large-packages-apart.md), with a copy of what it imports. So
 * nothing here may ask whether a value is an instance of a class from outside.
 *
 * @module
 */

export * as tedious from "tedious";
export { installFastTokens } from "../encode/fast_tokens.ts";
