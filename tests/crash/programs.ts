/**
 * Whether a program that a scenario needs is there.
 *
 * @module
 */

/** True when it starts, or when none is needed. */
export function hasProgram(name: string | undefined): boolean {
  if (name === undefined) return true;
  try {
    const options = { args: ["--version"], stdout: "null", stderr: "null" };
    return new Deno.Command(name, options as Deno.CommandOptions)
      .outputSync().success;
  } catch {
    return false;
  }
}
