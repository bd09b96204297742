/**
 * An executable made by `deno compile` → the runtime it was made from.
 *
 * `deno compile` puts its payload (metadata and source files) into a runtime,
 * `denort`, which it downloads. Where that can't be had, any executable it made
 * has a runtime inside. Each format keeps the payload elsewhere:
 *
 * - ELF: appended, with a trailer that tells how much.
 * - Mach-O: cut_mach_o.ts.
 * - PE: a resource, which `deno compile` replaces; nothing needs to be cut.
 *
 * @module
 */

import { cutMachO, isMachO } from "./cut_mach_o.ts";

/** First word of the trailer behind an appended payload. */
const ELF_TRAILER_MAGIC = 0x501e;
const ELF_TRAILER_BYTES = 16;

/**
 * @returns Bytes to use as `DENORT_BIN`.
 * @throws {Error} When no payload is where it should be.
 */
export function cutRuntime(executable: Uint8Array): Uint8Array {
  if (startsWith(executable, "\x7fELF")) return cutElf(executable);
  if (startsWith(executable, "MZ")) return executable;
  if (isMachO(executable)) return cutMachO(executable);
  throw new Error("neither an ELF, a PE nor a Mach-O executable");
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return [...text].every((character, at) =>
    bytes[at] === character.charCodeAt(0)
  );
}

/** The trailer: magic, hash of the payload's name, bytes from the runtime's end. */
function cutElf(executable: Uint8Array): Uint8Array {
  const start = executable.length - ELF_TRAILER_BYTES;
  const trailer = new DataView(
    executable.buffer,
    executable.byteOffset + start,
    ELF_TRAILER_BYTES,
  );
  if (trailer.getUint32(0, true) !== ELF_TRAILER_MAGIC) {
    throw new Error("no payload at the end of the ELF executable");
  }
  const appendedBytes = Number(trailer.getBigUint64(8, true));
  return executable.subarray(0, executable.length - appendedBytes);
}
