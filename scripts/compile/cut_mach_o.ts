/**
 * Takes the payload of `deno compile` out of a Mach-O executable.
 *
 * On Apple silicon the payload is a segment `__SUI` before `__LINKEDIT`, and all
 * that lies behind was moved back by its size: undone here. On Intel it follows
 * the string table, behind a marker; it and the signature after it are cut off
 * (`deno compile` signs Apple silicon executables itself, Intel ones need none).
 *
 * @module
 */

const MAGIC_64 = 0xfeedfacf;
const HEADER_BYTES = 32;
const PAYLOAD_SEGMENT = "__SUI";
const PAYLOAD_MARKER = "<~sui-data~>\xef\xbe\xad\xde";
const PAGE_BYTES = 4096;

const SEGMENT = 0x19;
const SYMBOL_TABLE = 0x2;
const CODE_SIGNATURE = 0x1d;

/** Where the fields that hold a file offset are, by load command. */
const OFFSET_FIELDS: Readonly<Record<number, readonly number[]>> = {
  [SYMBOL_TABLE]: [8, 16],
  0xb: [32, 40, 48, 56, 64, 72], // dynamic symbol table
  0x22: [8, 16, 24, 32, 40], // dyld info
  0x80000022: [8, 16, 24, 32, 40],
  [CODE_SIGNATURE]: [8],
  0x1e: [8], // split info
  0x26: [8], // function starts
  0x29: [8], // data in code
  0x2b: [8], // code signing requirements
  0x2e: [8], // optimization hints
  0x80000033: [8], // exports trie
  0x80000034: [8], // chained fixups
};

/** Whether it is a 64-bit Mach-O file. */
export function isMachO(bytes: Uint8Array): boolean {
  return viewOf(bytes).getUint32(0, true) === MAGIC_64;
}

/** @throws {Error} When no payload is where it should be. */
export function cutMachO(executable: Uint8Array): Uint8Array {
  const commands = readCommands(executable);
  const linkEdit = commands.find((one) => segmentName(one) === "__LINKEDIT");
  if (linkEdit === undefined) throw new Error("no segment __LINKEDIT");
  const payload = commands.find((one) => segmentName(one) === PAYLOAD_SEGMENT);
  return payload !== undefined
    ? cutSegment(executable, commands, payload, linkEdit)
    : cutStringTable(executable, commands, linkEdit);
}

/** A load command's bytes, copied; its fields are changed in place. */
type Command = DataView<ArrayBuffer>;

function cutSegment(
  executable: Uint8Array,
  commands: readonly Command[],
  payload: Command,
  linkEdit: Command,
): Uint8Array {
  const memoryBytes = payload.getBigUint64(32, true);
  const start = Number(payload.getBigUint64(40, true));
  const fileBytes = Number(payload.getBigUint64(48, true));
  addTo(linkEdit, 24, -memoryBytes);
  addTo(linkEdit, 40, -BigInt(fileBytes));
  for (const command of commands) moveOffsets(command, -fileBytes);
  const rest = executable.subarray(start + fileBytes);
  const kept = commands.filter((command) => command !== payload);
  return assemble(executable.subarray(0, start), rest, kept, commands);
}

function cutStringTable(
  executable: Uint8Array,
  commands: readonly Command[],
  linkEdit: Command,
): Uint8Array {
  const symbols = commands.find((one) => kindOf(one) === SYMBOL_TABLE);
  const linkEditStart = Number(linkEdit.getBigUint64(40, true));
  const end = indexOf(executable, PAYLOAD_MARKER, linkEditStart);
  if (symbols === undefined || end < 0) {
    throw new Error("no payload in the Mach-O executable");
  }
  symbols.setUint32(20, end - symbols.getUint32(16, true), true);
  const linkEditBytes = end - linkEditStart;
  const pages = Math.ceil(linkEditBytes / PAGE_BYTES);
  linkEdit.setBigUint64(32, BigInt(pages * PAGE_BYTES), true);
  linkEdit.setBigUint64(48, BigInt(linkEditBytes), true);
  const kept = commands.filter((one) => kindOf(one) !== CODE_SIGNATURE);
  const empty = new Uint8Array();
  return assemble(executable.subarray(0, end), empty, kept, commands);
}

/** Both parts of the file, with the commands that are kept in their header. */
function assemble(
  before: Uint8Array,
  after: Uint8Array,
  kept: readonly Command[],
  all: readonly Command[],
): Uint8Array {
  const file = new Uint8Array(before.length + after.length);
  file.set(before);
  file.set(after, before.length);
  file.fill(0, HEADER_BYTES, HEADER_BYTES + totalBytes(all));
  let at = HEADER_BYTES;
  for (const { buffer, byteLength } of kept) {
    file.set(new Uint8Array(buffer), at);
    at += byteLength;
  }
  const header = viewOf(file);
  header.setUint32(16, kept.length, true);
  header.setUint32(20, totalBytes(kept), true);
  return file;
}

function readCommands(executable: Uint8Array): Command[] {
  const view = viewOf(executable);
  const count = view.getUint32(16, true);
  const commands: Command[] = [];
  for (let at = HEADER_BYTES; commands.length < count;) {
    const end = at + view.getUint32(at + 4, true);
    commands.push(
      new DataView(executable.slice(at, end).buffer as ArrayBuffer),
    );
    at = end;
  }
  return commands;
}

function moveOffsets(command: Command, byBytes: number): void {
  for (const field of OFFSET_FIELDS[kindOf(command)] ?? []) {
    const offset = command.getUint32(field, true);
    if (offset !== 0) command.setUint32(field, offset + byBytes, true);
  }
}

function addTo(command: Command, field: number, bytes: bigint): void {
  const value = command.getBigUint64(field, true);
  command.setBigUint64(field, value + bytes, true);
}

function kindOf(command: Command): number {
  return command.getUint32(0, true);
}

function segmentName(command: Command): string | undefined {
  if (kindOf(command) !== SEGMENT) return undefined;
  const name = new Uint8Array(command.buffer, 8, 16);
  return new TextDecoder().decode(name).replaceAll("\0", "");
}

function totalBytes(commands: readonly Command[]): number {
  return commands.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function indexOf(bytes: Uint8Array, text: string, from: number): number {
  const wanted = Array.from(text, (character) => character.charCodeAt(0));
  let at = bytes.indexOf(wanted[0], from);
  while (at >= 0 && !wanted.every((byte, i) => bytes[at + i] === byte)) {
    at = bytes.indexOf(wanted[0], at + 1);
  }
  return at;
}
