/**
 * Our stdin, for a process that isn't our child.
 *
 * A provider's own stdin is the protocol's, so what comes on ours is handed on over
 * a connection of this machine, to whoever knows the token.
 *
 * @module
 */

import type { Context } from "../context.ts";

const TOKEN_CHARACTERS = 36;

/** Serves one reader. Until then nothing is read. */
export function lendStdin({ deps: { stdin } }: Context) {
  const token = crypto.randomUUID();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  void serve(listener, token, stdin.readable);
  return {
    port: (listener.addr as Deno.NetAddr).port,
    token,
    [Symbol.dispose]: () => {
      try {
        listener.close();
      } catch {
        // Closed when the reader came.
      }
    },
  };
}

async function serve(
  listener: Deno.Listener,
  token: string,
  readable: ReadableStream<Uint8Array> | undefined,
): Promise<void> {
  try {
    for await (const connection of listener) {
      if (await isKnown(connection, token)) {
        listener.close();
        await readable?.pipeTo(connection.writable);
        return;
      }
      connection.close();
    }
  } catch {
    // The reader or the listener has gone: the run tells how it ended.
  }
}

async function isKnown(connection: Deno.Conn, token: string): Promise<boolean> {
  const bytes = new Uint8Array(TOKEN_CHARACTERS + 1);
  for (let size = 0; size < bytes.length;) {
    const read = await connection.read(bytes.subarray(size));
    if (read === null) return false;
    size += read;
  }
  return new TextDecoder().decode(bytes) === `${token}\n`;
}
