/**
 * What `@dstream/sdk/files` needs of Deno, on Node: becomes `runtime_files.js` of the
 * npm package.
 *
 * @module
 */

import fs from "node:fs";
import process from "node:process";
import { Deno as kit } from "./deno_on_node.ts";

/** Node's failures are told apart by their code alone. */
function failure(...codes: string[]) {
  return class {
    static [Symbol.hasInstance](error: unknown): boolean {
      return codes.includes((error as { code?: string })?.code ?? "");
    }
  };
}

interface OpenOptions {
  read?: boolean;
  write?: boolean;
  create?: boolean;
  truncate?: boolean;
  append?: boolean;
  mode?: number;
}

/** Reading is what happens when nothing is said, as with Deno. */
function flagsOf(options: OpenOptions): number {
  const { O_APPEND, O_CREAT, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } =
    fs.constants;
  const writes = options.write || options.append;
  const reads = options.read || !writes;
  return (writes ? reads ? O_RDWR : O_WRONLY : O_RDONLY) |
    (options.create ? O_CREAT : 0) | (options.truncate ? O_TRUNC : 0) |
    (options.append ? O_APPEND : 0);
}

/** What writes a file as a whole uses of an open one. */
class NodeFile {
  constructor(readonly handle: fs.promises.FileHandle) {}

  async write(bytes: Uint8Array): Promise<number> {
    return (await this.handle.write(bytes)).bytesWritten;
  }

  writeSync(bytes: Uint8Array): number {
    return fs.writeSync(this.handle.fd, bytes);
  }

  async sync(): Promise<void> {
    await this.handle.sync();
  }

  close(): void {
    void this.handle.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** In Deno's words. */
function infoOf(stats: fs.Stats) {
  return {
    isFile: stats.isFile(),
    isDirectory: stats.isDirectory(),
    isSymlink: stats.isSymbolicLink(),
    isFifo: stats.isFIFO(),
    isSocket: stats.isSocket(),
    isCharDevice: stats.isCharacterDevice(),
    isBlockDevice: stats.isBlockDevice(),
    size: stats.size,
    dev: stats.dev,
    ino: stats.ino,
  };
}

const onNode = {
  ...kit as Record<string, unknown>,
  pid: process.pid,
  errors: {
    NotFound: failure("ENOENT"),
    PermissionDenied: failure("EACCES"),
    NotCapable: failure("EPERM"),
    IsADirectory: failure("EISDIR"),
    NotADirectory: failure("ENOTDIR"),
  },
  statSync: (path: string) => infoOf(fs.statSync(path)),
  lstat: async (path: string) => infoOf(await fs.promises.lstat(path)),
  readLink: (path: string) => fs.promises.readlink(path),
  readTextFile: (path: string) => fs.promises.readFile(path, "utf-8"),
  open: async (path: string, options: OpenOptions = { read: true }) =>
    new NodeFile(
      await fs.promises.open(path, flagsOf(options), options.mode ?? 0o666),
    ),
  rename: (from: string, to: string) => fs.promises.rename(from, to),
  remove: (path: string) => fs.promises.rm(path),
};

export const Deno: unknown = (globalThis as { Deno?: unknown }).Deno ?? onNode;
