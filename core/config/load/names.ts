/**
 * Names of tasks: they become file names, on every system.
 *
 * @module
 */

const PATTERN = /^[A-Za-z][A-Za-z0-9_-]*$/;
const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)$/i;
const MAX_LENGTH = 100;

/** @returns What is wrong with it and what to do, or `undefined`. */
export function checkTaskName(
  name: string,
): { readonly message: string; readonly hint?: string } | undefined {
  if (name === "") return { message: "a task needs a name" };
  if (!PATTERN.test(name)) {
    return {
      message: `"${name}" can't be a task's name`,
      hint: "letters, digits, _ and -, beginning with a letter",
    };
  }
  if (DEVICES.test(name)) {
    return {
      message:
        `"${name}" can't be a task's name: Windows has a device of that name`,
    };
  }
  if (name.length > MAX_LENGTH) {
    return { message: `a task's name has at most ${MAX_LENGTH} characters` };
  }
  return undefined;
}
