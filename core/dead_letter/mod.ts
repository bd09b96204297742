/**
 * Dead letters in a file: reading them, and taking them out to be sent again.
 *
 * @module
 */

export { Assignment, type Goal } from "./assignment.ts";
export { type DeadLetter, parseDeadLetter } from "./letter.ts";
export { LetterFile } from "./letter_file.ts";
export { type LetterLine } from "./letter_lines.ts";
export { LetterGroups } from "./groups.ts";
export { type ReplayInput, replayInput } from "./replay_input.ts";
