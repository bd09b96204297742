/**
 * What the kit needs of Deno, on Node: becomes `runtime.js` of the npm package.
 *
 * Under Deno the real thing is used.
 *
 * @module
 */

import fs from "node:fs";
import process from "node:process";
import tty from "node:tty";
import { promisify } from "node:util";

const read = promisify(fs.read);
const write = promisify(fs.write);

/** Pipes that another process made non-blocking are asked again. */
const BUSY_MS = 5;

async function whenNotBusy<T>(action: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if ((error as { code?: string }).code !== "EAGAIN") throw error;
      await new Promise((done) => setTimeout(done, BUSY_MS));
    }
  }
}

async function readStdin(into: Uint8Array): Promise<number | null> {
  try {
    const { bytesRead } = await whenNotBusy(() =>
      read(0, into, 0, into.length, null)
    );
    return bytesRead === 0 ? null : bytesRead;
  } catch (error) {
    // So Windows says that a pipe is at its end.
    if ((error as { code?: string }).code === "EOF") return null;
    throw error;
  }
}

async function writeStdout(bytes: Uint8Array): Promise<number> {
  return (await whenNotBusy(() => write(1, bytes))).bytesWritten;
}

const onNode = {
  args: process.argv.slice(2),
  build: { os: process.platform === "win32" ? "windows" : process.platform },
  env: {
    get: (name: string) => process.env[name],
    set: (name: string, value: string) => {
      process.env[name] = value;
    },
  },
  stdin: { read: readStdin },
  stdout: {
    write: writeStdout,
    close: () => fs.closeSync(1),
    isTerminal: () => tty.isatty(1),
  },
  stderr: { writeSync: (bytes: Uint8Array) => fs.writeSync(2, bytes) },
  addSignalListener: (signal: string, listener: () => void) => {
    process.on(signal, listener);
  },
  removeSignalListener: (signal: string, listener: () => void) => {
    process.off(signal, listener);
  },
  readTextFileSync: (path: string) => fs.readFileSync(path, "utf-8"),
  exit: (status: number) => process.exit(status),
};

// Node has it since version 22.
Promise.withResolvers ??= function withResolvers<T>() {
  let resolve!: (value: T | PromiseLike<T>) => void;
  let reject!: (reason?: unknown) => void;
  const promise = new Promise<T>((yes, no) => [resolve, reject] = [yes, no]);
  return { promise, resolve, reject };
};

export const Deno: unknown = (globalThis as { Deno?: unknown }).Deno ?? onNode;
