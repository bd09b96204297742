/**
 * Where `dstreams tap` writes to: the user's stdout or a file, through the program
 * that makes Arrow of messages where that is wished.
 *
 * @module
 */

import { resolve } from "node:path";
import { DstreamError } from "../../core/base/errors.ts";
import type { Context } from "../context.ts";
import type { Format } from "./format.ts";
import { unwritable } from "./json_file.ts";

/** Takes messages. */
export interface MessageSink extends AsyncDisposable {
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** All of it is where it belongs. @throws {DstreamError} if it can't be. */
  finish(): Promise<void>;
}

/** @throws {DstreamError} for a file that can't be written. */
export async function openSink(
  { output, format }: {
    readonly output?: string | undefined;
    readonly format: Format;
  },
  context: Context,
): Promise<MessageSink> {
  const plain = output === undefined
    ? stdoutSink(context)
    : await fileSink(output, context);
  return format === "arrow" ? arrowSink(plain, context) : plain;
}

function stdoutSink({ deps: { stdout } }: Context): MessageSink {
  return {
    write: (bytes) => stdout.write(bytes),
    finish: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function fileSink(
  path: string,
  { deps: { cwd } }: Context,
): Promise<MessageSink> {
  const file = await openOutput(path, cwd);
  /** The run ends as if nobody read any more; finish() says why. */
  let trouble: DstreamError | undefined;
  return {
    write: async (bytes) => {
      try {
        for (let sent = 0; sent < bytes.length;) {
          sent += await file.write(bytes.subarray(sent));
        }
      } catch (cause) {
        throw trouble ??= unwritable(cause, path);
      }
    },
    finish: async () => {
      if (trouble !== undefined) throw trouble;
      await file.sync().catch((cause) => {
        throw unwritable(cause, path);
      });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(file.close()),
  };
}

/** What is heavy about Arrow is loaded there alone. */
function arrowSink(
  behind: MessageSink,
  { deps: { spawner, self, cwd } }: Context,
): MessageSink {
  const argv = [...self, "singer", "to-arrow"];
  const child = spawner.spawn({ argv, cwd });
  const stdin = child.stdin.getWriter();
  const said = new Response(child.stderr as BodyInit).text();
  const written = child.stdout.pipeTo(
    new WritableStream({ write: (bytes) => behind.write(bytes) }),
  );
  // Both are told by finish().
  written.catch(() => {});
  stdin.closed.catch(() => {});
  const failed = async () => {
    const last = (await said).trim().split("\n").at(-1);
    return new DstreamError("singer.arrow", `no Arrow can be made: ${last}`);
  };
  return {
    write: async (bytes) => {
      try {
        await stdin.write(bytes);
      } catch {
        throw await failed();
      }
    },
    finish: async () => {
      await stdin.close().catch(() => {});
      const { code } = await child.status;
      if (code !== 0) throw await failed();
      await written;
      await behind.finish();
    },
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await child.status;
      await written.catch(() => {});
      await behind[Symbol.asyncDispose]();
    },
  };
}

async function openOutput(path: string, cwd: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(resolve(cwd, path), {
      write: true,
      create: true,
      truncate: true,
      mode: 0o600, // the data are the user's own
    });
  } catch (cause) {
    throw unwritable(cause, path);
  }
}
