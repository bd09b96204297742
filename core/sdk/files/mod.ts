/**
 * What providers that work on files share, as `@dstream/sdk/files`.
 *
 * @module
 */

export { getsLock } from "../../base/file_lock.ts";
export { writeWholeFile } from "../../base/whole_file.ts";
export { fileFailure, fileReason, finalFileFailure } from "./file_failure.ts";
export { refuseSpecialFile, specialKind } from "./special_file.ts";
export {
  JsonLines,
  type Region,
  type Unwrapped,
  type Wrapped,
} from "./json_lines/json_lines.ts";
