/**
 * What a path may lead to besides a file: pipes, devices, sockets.
 *
 * Files are read again from a place, cut, locked and named; none of that can be done
 * with these, and opening some of them waits for ever.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";

/** What is asked of a file's description; Deno's own has it. */
export interface FileKind {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly isFifo: boolean | null;
  readonly isSocket: boolean | null;
  readonly isCharDevice: boolean | null;
  readonly isBlockDevice: boolean | null;
}

/** What it is instead of a file or a folder, with its article. */
export function specialKind(info: FileKind): string | undefined {
  if (info.isFile || info.isDirectory) return undefined;
  if (info.isFifo) return "a named pipe";
  if (info.isSocket) return "a socket";
  if (info.isCharDevice || info.isBlockDevice) return "a device";
  return "no regular file";
}

/**
 * For the key `path`, before anything is opened.
 * @throws {ConfigError} where no file can be at `path`.
 */
export function refuseSpecialFile(path: string, hint: string): void {
  const kind = standardStream(path) ?? kindAt(path);
  if (kind === undefined) return;
  throw new ConfigError("path", `${JSON.stringify(path)} is ${kind}`, hint);
}

/** In a provider these are its pipes to dstream, not what the user means. */
function standardStream(path: string): string | undefined {
  const isOwn = /^\/(dev\/(std(in|out|err)|fd\/\d+)|proc\/self\/fd\/\d+)$/;
  return isOwn.test(path) ? "a stream of this process" : undefined;
}

function kindAt(path: string): string | undefined {
  try {
    return specialKind(Deno.statSync(path));
  } catch {
    return undefined; // whoever opens it tells why that fails
  }
}
