/**
 * Files as the `.tgz` that npm installs: the same files make the same bytes.
 *
 * The format is POSIX ustar (IEEE Std 1003.1, pax): a block of 512 bytes of header
 * for each file, its bytes filled up to whole blocks, two empty blocks at the end.
 *
 * @module
 */

import { gzipSync } from "node:zlib";
import { joinBytes } from "../../../core/base/join_bytes.ts";

const BLOCK_BYTES = 512;
/** npm puts everything into this folder. */
const FOLDER = "package/";
/** npm's own packages have this time, so that time says nothing. */
const TIME_S = Date.UTC(1985, 9, 26, 8, 15) / 1000;

/** @param files Names without a folder in front, in the order they are written. */
export function makeTarball(
  files: ReadonlyMap<string, Uint8Array>,
): Uint8Array {
  const parts = [...files].flatMap(([name, bytes]) => [
    header(FOLDER + name, bytes.length),
    bytes,
    new Uint8Array(-bytes.length & (BLOCK_BYTES - 1)),
  ]);
  const tar = joinBytes([...parts, new Uint8Array(2 * BLOCK_BYTES)]);
  return gzipSync(tar, { level: 9 });
}

/** @throws {RangeError} For a name that no header has room for. */
function header(name: string, sizeBytes: number): Uint8Array {
  if (name.length > 100) throw new RangeError(`${name} is too long for a tar`);
  const block = new Uint8Array(BLOCK_BYTES);
  const put = (at: number, text: string) =>
    block.set(new TextEncoder().encode(text), at);
  const octal = (value: number, digits: number) =>
    value.toString(8).padStart(digits, "0");
  put(0, name);
  put(100, "0000644\0");
  put(108, "0000000\0");
  put(116, "0000000\0");
  put(124, `${octal(sizeBytes, 11)} `);
  put(136, `${octal(TIME_S, 11)} `);
  put(148, "        "); // the sum counts its own place as blanks
  put(156, "0");
  put(257, "ustar\x0000");
  const sum = block.reduce((a, b) => a + b, 0);
  put(148, `${octal(sum, 6)}\0 `);
  return block;
}
