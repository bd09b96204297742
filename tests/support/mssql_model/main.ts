/**
 * The model as a process of its own, for tests that kill its clients and for
 * benchmarks: `deno run -A main.ts [database …]`.
 *
 * Prints one line of JSON with its port and a connection string, then answers each
 * line of stdin (commands.ts) with `{"ok":true,"result":…}` or `{"ok":false,"error":…}`.
 * Ends with stdin.
 *
 * @module
 */

import { type Command, execute } from "./commands.ts";
import { Model, TEST_PASSWORD, TEST_USER } from "./model.ts";

/** The first line. */
export interface ModelStarted {
  readonly port: number;
  readonly connectionString: string;
  readonly user: string;
  readonly password: string;
}

if (import.meta.main) {
  const databases = Deno.args.length > 0 ? Deno.args : ["shop"];
  await using model = new Model({ databases });
  const started: ModelStarted = {
    port: model.server.port,
    connectionString: model.connectionString,
    user: TEST_USER,
    password: TEST_PASSWORD,
  };
  console.log(JSON.stringify(started));
  for await (const line of lines(Deno.stdin.readable)) {
    console.log(JSON.stringify(answer(model, line)));
  }
}

function answer(model: Model, line: string): Record<string, unknown> {
  try {
    const command = JSON.parse(line) as Command;
    return { ok: true, result: execute(model, command) ?? null };
  } catch (error) {
    return { ok: false, error: String(error) };
  }
}

/** Lines of a stream of text. */
export async function* lines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    yield* parts.filter((part) => part !== "");
  }
}
