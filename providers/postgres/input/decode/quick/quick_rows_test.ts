/**
 * What is written quickly is what change_lines.ts writes, byte by byte.
 *
 * @module
 */

import { assert, assertEquals } from "../../../../../tests/support/assert.ts";
import { randomFrom } from "../../../../../tests/support/random.ts";
import { ChangeLines } from "../change_lines.ts";
import { RowShape } from "../row_shape.ts";
import { Tuple } from "../tuple.ts";
import type { PgType, TypeTable } from "../types.ts";
import { QuickRows } from "./quick_rows.ts";

const SIZE_BYTES = 64 * 1024;
const ENOUGH_BYTES = 48 * 1024;
const OID = 70_123;

/** Values of each type, the odd ones too. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  int8: ["1", "-7", "123456789012345", "-123456789012345", "9007199254740991"]
    .concat(["-9007199254740991", "9007199254740992", "9223372036854775807"]),
  int4: ["0", "-2147483648", "7"],
  numeric: ["1.50", "NaN", "-12345678901234567890.123456789", "Infinity"],
  float8: ["0.1", "-1e-05", "NaN", "-Infinity", "Infinity", "1e+300"],
  bool: ["t", "f"],
  text: ["", "a", "fifteen letters", "sixteen  letters", "seventeen letters"]
    .concat(['"', "\\", "a\nb\tc\r\b\f", "\x01\x0f\x10\x1f\x7f", "ü😀漢字"])
    .concat(["long ".repeat(40) + '"', "x".repeat(300), "y".repeat(300) + "\n"])
    .concat(["z".repeat(15) + "\\", "z".repeat(16) + '"', "\n".repeat(20)]),
  jsonb: ['{"a": 1}', '{"a":\n [1,\r\n2]}', `"${"j".repeat(100)}"`, "null"],
  timestamp: ["2026-03-01 09:30:15", "2026-03-01 09:30:15.25", "infinity"]
    .concat(["-infinity", "0044-03-15 00:00:00 BC", "12026-03-01 09:30:15"]),
  timestamptz: ["2026-03-01 07:30:15.123456+00", "2026-03-01 07:30:15+00"]
    .concat([
      "infinity",
      "0044-03-15 00:00:00+00 BC",
      "20000-01-01 00:00:00+00",
    ]),
  date: ["2026-03-01", "infinity", "0044-03-15 BC"],
  uuid: ["0b8a1d3c-0000-4000-8000-000000000001"],
};
const NAMES = Object.keys(VALUES);

const TYPES: TypeTable = new Map(
  NAMES.map((name, i): [number, PgType] => [i + 1, {
    oid: i + 1,
    name,
    kind: "b",
    baseOid: 0,
    baseModifier: -1,
    elementOid: 0,
    delimiter: ",",
  }]),
);

const shape = new RowShape(
  { schema: "public", table: "all" },
  [...NAMES, "left_out", "masked"].map((name, i) => ({
    name: `${name} "ü"`,
    typeOid: (TYPES.has(i + 1) ? i : NAMES.indexOf("text")) + 1,
    modifier: -1,
    isIdentity: false,
    isNullable: true,
    native: undefined,
  })),
  [],
  TYPES,
  { exclude: ['left_out "ü"'], mask: ['masked "ü"'] },
);

const encoder = new TextEncoder();
const decoder = new TextDecoder();

type Row = readonly (string | null)[];

function rowFrom(random: () => number): Row {
  const pick = (name: string) => {
    const values = VALUES[name] ?? VALUES.text;
    // Rows that are all usual come in runs.
    const most = random() < 0.9 ? Math.min(2, values.length) : values.length;
    return random() < 0.05 ? null : values[Math.floor(random() * most)];
  };
  return shape.cells.map((_, i) => pick(NAMES[i] ?? "text"));
}

function word(value: number): number[] {
  return [value >>> 24, value >>> 16, value >>> 8, value].map((b) => b & 255);
}

function framed(payload: readonly number[]): number[] {
  return [0x64, ...word(payload.length + 4), ...payload];
}

/** As the server sends a change. */
function message(row: Row, letter: string): number[] {
  const cells = row.flatMap((value) => {
    if (value === null) return [0x6e];
    const bytes = [...encoder.encode(value)];
    return [0x74, ...word(bytes.length), ...bytes];
  });
  const count = [row.length >> 8, row.length & 255];
  return framed([
    0x77,
    ...Array(24).fill(9),
    letter.charCodeAt(0),
    ...word(OID),
    0x4e,
    ...count,
    ...cells,
  ]);
}

const LETTERS: Readonly<Record<string, string>> = {
  "\b": "b",
  "\f": "f",
  "\n": "n",
  "\r": "r",
  "\t": "t",
  "\\": "\\",
};

/** As COPY sends a row. */
function copied(row: Row): number[] {
  const cells = row.map((value) =>
    value === null
      ? "\\N"
      : value.replace(/[\b\f\n\r\t\\]/g, (each) => `\\${LETTERS[each]}`)
  );
  return framed([...encoder.encode(`${cells.join("\t")}\n`)]);
}

interface Play {
  readonly kind: "changes" | "copies";
  readonly messages: readonly number[][];
}

/** All lines, and how many of them were written quickly. */
function write({ kind, messages }: Play, quick?: QuickRows) {
  const lines = new ChangeLines(SIZE_BYTES, quick);
  lines.begin("00000000000000AB", { transaction: "00000000000000AB" });
  const bytes = quick?.input ?? new Uint8Array(1024 * 1024);
  let end = 0;
  for (const each of messages) {
    bytes.set(each, end);
    end += each.length;
  }
  const source = bytes.subarray(0, end);
  const row = new Tuple();
  let text = "";
  let [at, index, count] = [0, kind === "copies" ? 5 : 95, 0];
  while (at < end) {
    const length = new DataView(source.buffer, source.byteOffset)
      .getInt32(at + 1);
    if (kind === "copies") {
      row.readCopy(source, at + 5, at + length, shape.cells.length);
      lines.row("read", shape, row, index);
    } else {
      row.readMessage(source, at + 36);
      if (source[at + 30] === 0x49) {
        lines.row("insert", shape, row, ++index);
      } else lines.update(shape, row, row, "none", ++index);
    }
    at += 1 + length;
    const rest = { bytes: source, at, enoughBytes: ENOUGH_BYTES, index };
    const written = lines.run(kind, shape, OID, rest);
    if (written !== undefined) {
      ({ at, index } = written);
      count += written.count;
    }
    if (lines.length >= ENOUGH_BYTES || at >= end) {
      text += decoder.decode(lines.take().bytes);
    }
  }
  return { text, quick: count };
}

for (const kind of ["changes", "copies"] as const) {
  Deno.test(`${kind} are written quickly as they are written slowly`, () => {
    const quick = QuickRows.create(SIZE_BYTES)!;
    for (let seed = 1; seed <= 5; seed++) {
      const random = randomFrom(seed);
      const messages = Array.from({ length: 300 }, () => {
        const row = rowFrom(random);
        return kind === "copies"
          ? copied(row)
          : message(row, random() < 0.7 ? "I" : "U");
      });
      const slow = write({ kind, messages });
      const fast = write({ kind, messages }, quick);
      const slowLines = slow.text.split("\n");
      for (const [i, line] of fast.text.split("\n").entries()) {
        assertEquals(line, slowLines[i], `seed ${seed}, line ${i}`);
      }
      assertEquals(fast.text.length, slow.text.length);
      assertEquals(slow.quick, 0);
      assert.ok(fast.quick > 100, `${fast.quick} of 300 went quickly`);
    }
  });
}

Deno.test("what is written quickly is JSON", () => {
  const quick = QuickRows.create(SIZE_BYTES)!;
  const rows = VALUES.text.map((text) =>
    shape.cells.map((_, i) =>
      NAMES[i] === undefined ? text : VALUES[NAMES[i]][0]
    )
      .with(NAMES.indexOf("text"), text)
  );
  const messages = [rows[0], ...rows].map((row) => message(row, "I"));
  const { text, quick: count } = write({ kind: "changes", messages }, quick);
  assertEquals(count, rows.length);
  const lines = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.slice(1).map(({ data }) => data['text "ü"']), [
    ...VALUES.text,
  ]);
  assertEquals(lines[1].data['masked "ü"'], "***");
  assertEquals(lines[1].metadata.position, "00000000000000AB/0000000097");
});
