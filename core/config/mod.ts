/**
 * HCL text → tasks. `load` is the way in.
 *
 * @module
 */

export type * from "./task.ts";
export { ConfigurationError } from "./configuration_error.ts";
export { load, type LoadOptions } from "./load.ts";
export { checkConfig, hideWriteOnly, secretTexts } from "./check_config.ts";
