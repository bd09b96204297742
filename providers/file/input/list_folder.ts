/**
 * What a folder holds, with the names that are no UTF-8 among it.
 *
 * Such a name can't be said in the system's text. One runtime shows it with U+FFFD
 * in it, another leaves the file out without a word; the second is why Linux itself
 * is asked (getdents64(2)). macOS has no such names, Windows has them by no usual
 * means.
 *
 * @module
 */

import { fileFailure } from "@dstream/sdk/files";
import { joinPath } from "./join_path.ts";

/** A folder's entries, those that can be opened and those that can't. */
export interface Listing {
  readonly entries: readonly Deno.DirEntry[];
  readonly misnamed: readonly Misnamed[];
}

/** An entry whose name is no UTF-8. */
export interface Misnamed {
  /** With U+FFFD for what is no UTF-8. */
  readonly name: string;
  readonly isDirectory: boolean;
}

/** Lists folders for as long as one walk lasts. */
export class FolderLister {
  readonly #libc = openLibc();

  /**
   * Nothing for a folder that isn't there: it may have gone while we walked.
   *
   * @throws {DstreamError} `file.failed` when it can't be listed.
   */
  list(path: string): Listing {
    const entries: Deno.DirEntry[] = [];
    const misnamed = new Map<string, Misnamed>();
    for (const entry of readEntries(path)) {
      if (isMisnamed(path, entry.name)) misnamed.set(entry.name, entry);
      else entries.push(entry);
    }
    if (this.#libc !== undefined) {
      for (const entry of misnamedOnLinux(this.#libc.symbols, path)) {
        misnamed.set(entry.name, entry);
      }
    }
    return { entries, misnamed: [...misnamed.values()] };
  }

  [Symbol.dispose](): void {
    this.#libc?.close();
  }
}

function readEntries(path: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(path)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw fileFailure("list", path, error);
  }
}

/** U+FFFD stands for what is no UTF-8, or for itself: then something is there. */
function isMisnamed(folder: string, name: string): boolean {
  if (!name.includes("\ufffd")) return false;
  try {
    Deno.lstatSync(joinPath(folder, name));
    return false;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}

const O_RDONLY = 0;
const O_CLOEXEC = 0o2000000;
const BUFFER_BYTES = 64 * 1024;

const SYMBOLS = {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  getdents64: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
} as const;

type Libc = Deno.DynamicLibrary<typeof SYMBOLS>;

/** Less than a millisecond; `undefined` where Linux can't be asked. */
function openLibc(): Libc | undefined {
  if (Deno.build.os !== "linux") return undefined;
  try {
    return Deno.dlopen("libc.so.6", SYMBOLS);
  } catch {
    return undefined; // another libc, or one older than getdents64
  }
}

function* misnamedOnLinux(
  libc: Libc["symbols"],
  path: string,
): Iterable<Misnamed> {
  const fd = libc.open(
    new TextEncoder().encode(`${path}\0`),
    O_RDONLY | O_CLOEXEC,
  );
  if (fd < 0) return;
  try {
    const buffer = new Uint8Array(BUFFER_BYTES);
    for (;;) {
      const bytes = Number(libc.getdents64(fd, buffer, BigInt(BUFFER_BYTES)));
      if (bytes <= 0) return;
      yield* misnamedIn(buffer.subarray(0, bytes));
    }
  } finally {
    libc.close(fd);
  }
}

/** `struct linux_dirent64`, the same on every kind of processor. */
const LENGTH_AT = 16;
const TYPE_AT = 18;
const NAME_AT = 19;
const DT_DIR = 4;

const STRICT = new TextDecoder("utf-8", { fatal: true });
const LOSSY = new TextDecoder();

function* misnamedIn(records: Uint8Array): Iterable<Misnamed> {
  const view = new DataView(records.buffer, records.byteOffset, records.length);
  for (let at = 0; at < records.length;) {
    const length = view.getUint16(at + LENGTH_AT, true);
    const end = records.indexOf(0, at + NAME_AT);
    const name = records.subarray(at + NAME_AT, end);
    const type = records[at + TYPE_AT];
    at += length;
    if (isAscii(name) || isUtf8(name)) continue;
    yield { name: LOSSY.decode(name), isDirectory: type === DT_DIR };
  }
}

function isAscii(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte >= 0x80) return false;
  return true;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    STRICT.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
