/**
 * Asks whoever sits at the terminal.
 *
 * @module
 */

import type { Context } from "../context.ts";

/** One line. */
export async function ask(
  question: string,
  { deps }: Context,
): Promise<string> {
  await deps.stderr.write(new TextEncoder().encode(question));
  return (await deps.stdin.readLine() ?? "").trim();
}

const ENTER = /[\r\n]/;
const BACKSPACE = /[\x7f\b]/;
const CTRL_C = "\x03";

/** What is typed is not shown. Ctrl-C is an empty answer. */
export async function askHidden(
  question: string,
  context: Context,
): Promise<string> {
  const { stdin, stderr } = context.deps;
  const write = (text: string) => stderr.write(new TextEncoder().encode(text));
  if (stdin.onKey === undefined) return await ask(question, context);
  await write(question);
  let typed = "";
  const done = Promise.withResolvers<void>();
  const stop = stdin.onKey((keys) => {
    for (const key of keys) {
      if (key === CTRL_C) {
        typed = "";
        done.resolve();
      } else if (ENTER.test(key)) done.resolve();
      else if (BACKSPACE.test(key)) typed = typed.slice(0, -1);
      else if (key >= " ") typed += key;
    }
  });
  try {
    await done.promise;
  } finally {
    stop();
    await write("\n");
  }
  return typed;
}
