/**
 * Runs another program of the build and shows what it says only when it fails.
 *
 * @module
 */

/** How to run it. */
export interface ToolOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** @throws {ToolError} When it ends with another status than 0. */
export async function runTool(
  program: string,
  args: readonly string[],
  options: ToolOptions,
): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd: options.cwd,
    env: {
      NO_COLOR: "1",
      // Older versions know no certificate of a company otherwise.
      DENO_TLS_CA_STORE: Deno.env.get("DENO_TLS_CA_STORE") ?? "system,mozilla",
      ...options.env,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  const said = decoder.decode(stdout) + decoder.decode(stderr);
  if (!success) throw new ToolError(`${program} ${args[0]}`, said);
}

/** What it printed is the message. */
export class ToolError extends Error {
  override readonly name: string = "ToolError";

  constructor(command: string, readonly said: string) {
    super(`${command} failed\n${said}`);
  }
}
