/**
 * Collations (MS-TDS 2.2.5.1.2): five bytes that say which bytes a varchar has.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** A collation the server can send. */
export interface Collation {
  readonly name: string;
  /** As on the wire. */
  readonly bytes: Uint8Array;
  readonly encode: (text: string) => Uint8Array;
}

/** SQL_Latin1_General_CP1_CI_AS: the default of most servers. */
export const LATIN1: Collation = {
  name: "SQL_Latin1_General_CP1_CI_AS",
  bytes: new Uint8Array([0x09, 0x04, 0xd0, 0x00, 0x34]),
  encode: singleByteEncoder("windows-1252"),
};

/** Cyrillic_General_CI_AS. */
export const CYRILLIC: Collation = {
  name: "Cyrillic_General_CI_AS",
  bytes: new Uint8Array([0x19, 0x04, 0xd0, 0x00, 0x00]),
  encode: singleByteEncoder("windows-1251"),
};

/** Latin1_General_100_CI_AS_SC_UTF8: varchar that holds everything. */
export const UTF8: Collation = {
  name: "Latin1_General_100_CI_AS_SC_UTF8",
  bytes: new Uint8Array([0x09, 0x04, 0xd0, 0x24, 0x00]),
  encode: (text) => Buffer.from(text, "utf8"),
};

/** What the code page doesn't have becomes a question mark, as in SQL Server. */
function singleByteEncoder(codePage: string): (text: string) => Uint8Array {
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const characters = [...new TextDecoder(codePage).decode(all)];
  const bytes = new Map(characters.map((character, byte) => [character, byte]));
  const unknown = "?".charCodeAt(0);
  return (text) =>
    Uint8Array.from(text, (character) => bytes.get(character) ?? unknown);
}
