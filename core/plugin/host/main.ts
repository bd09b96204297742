/**
 * The host as a process of its own: `provider exec plugin-host`.
 *
 * @module
 */

import { type HostStart, READY_KEY, RESULT_KEY, STOP } from "../start.ts";
import { removeSocketFolder } from "../socket_folder.ts";
import { hostPlugin } from "./host.ts";

/** Runs to the plugin's end. @returns The exit status. */
export async function serveHost(): Promise<number> {
  const lines = readLines(Deno.stdin.readable);
  const first = await lines.next();
  if (first.done) return 2;
  const start: HostStart = JSON.parse(first.value);
  const end = () => killAll(start.socketFolder);
  guardHttp2(end);
  const stop = new AbortController();
  listen(lines, stop, end);
  const result = await hostPlugin(start, {
    stop: stop.signal,
    log: say,
    print: writeOut,
    onReady: () => say({ level: "debug", msg: "ready", [READY_KEY]: true }),
  });
  say({ level: "debug", msg: result.status, [RESULT_KEY]: result });
  return result.status === "failed" ? 1 : 0;
}

async function listen(
  lines: AsyncIterator<string>,
  stop: AbortController,
  end: () => never,
): Promise<void> {
  for (;;) {
    const { value, done } = await lines.next();
    if (done) return end();
    if (value === STOP) stop.abort();
  }
}

/** dstream is gone: nothing that it started may go on. */
function killAll(socketFolder: string | undefined): never {
  if (socketFolder !== undefined) removeSocketFolder(socketFolder);
  if (Deno.build.os !== "windows") {
    try {
      Deno.kill(-Deno.pid, "SIGKILL");
    } catch {
      // Started by hand, it leads no group.
    }
  } else {
    new Deno.Command("taskkill", {
      args: ["/PID", String(Deno.pid), "/T", "/F"],
      stdout: "null",
      stderr: "null",
    }).outputSync();
  }
  Deno.exit(1);
}

function say(value: object): void {
  const line = `${JSON.stringify(value)}\n`;
  try {
    const bytes = new TextEncoder().encode(line);
    for (let at = 0; at < bytes.length;) {
      at += Deno.stderr.writeSync(bytes.subarray(at));
    }
  } catch {
    // Nobody reads: the end of stdin will say so.
  }
}

async function writeOut(bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await Deno.stdout.write(bytes.subarray(at));
  }
}

/**
 * A peer that goes makes Deno's http2 reject promises that nobody holds; the calls
 * know of it by themselves.
 */
function guardHttp2(end: () => never): void {
  globalThis.addEventListener("unhandledrejection", (event) => {
    const text = String(event.reason?.message ?? event.reason);
    const isKnown =
      /broken pipe|connection closed|Bad resource ID|stream closed|not a result of an error/i
        .test(text);
    event.preventDefault();
    if (isKnown) return;
    say({ level: "error", msg: `a bug in the host of plugins: ${text}` });
    end();
  });
}

async function* readLines(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<string, undefined> {
  let held = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (held + text).split("\n");
    held = lines.pop()!;
    yield* lines;
  }
  return undefined;
}
