/**
 * The values of one column in one row group → its pages and what the end of the file
 * says of them.
 *
 * @module
 */

import { ByteWriter } from "hyparquet-writer";
import { writePageHeader } from "hyparquet-writer/src/datapage.js";
import type {
  ColumnChunk,
  CompressionCodec,
  Encoding,
  SchemaElement,
} from "hyparquet";
import type { ColumnStore } from "./column_store.ts";
import type { Distinct } from "./distinct.ts";
import { bitsOf, writeHybrid } from "./hybrid.ts";

/** So large pages are, before they are compressed. */
const PAGE_BYTES = 1024 * 1024;

/** How pages are compressed. */
export interface Codec {
  readonly name: CompressionCodec;
  /** Left out where they aren't. */
  readonly compress?: (bytes: Uint8Array) => Uint8Array;
}

/** What a chunk is written of. */
export interface ChunkParts {
  readonly element: SchemaElement;
  readonly store: ColumnStore;
  readonly rows: number;
  readonly codec: Codec;
}

/** Writes a chunk; each value is optional. */
export function writeChunk(writer: ByteWriter, parts: ChunkParts): ColumnChunk {
  return new ChunkWriter(writer, parts).write();
}

class ChunkWriter {
  readonly #writer: ByteWriter;
  readonly #parts: ChunkParts;
  readonly #from: number;
  #plainBytes = 0;
  #pages = 0;

  constructor(writer: ByteWriter, parts: ChunkParts) {
    this.#writer = writer;
    this.#parts = parts;
    this.#from = writer.offset;
  }

  write(): ColumnChunk {
    const { store, rows } = this.#parts;
    const distinct = store.distinct(rows);
    if (distinct !== undefined) this.#writeDictionary(distinct);
    const dataFrom = this.#writer.offset;
    if (distinct === undefined) this.#writePlainPages();
    else this.#writeIndexPages(distinct);
    return this.#chunk(dataFrom, distinct?.firsts);
  }

  #writeDictionary({ plain, firsts }: Distinct): void {
    const packed = this.#pack(plain);
    const from = this.#writer.offset;
    writePageHeader(this.#writer, {
      type: "DICTIONARY_PAGE",
      uncompressed_page_size: plain.length,
      compressed_page_size: packed.length,
      dictionary_page_header: { num_values: firsts.length, encoding: "PLAIN" },
    });
    this.#plainBytes += this.#writer.offset - from + plain.length;
    this.#writer.appendBytes(packed);
  }

  #writePlainPages(): void {
    const { store, rows } = this.#parts;
    for (let from = 0; from < rows;) {
      const to = store.pageEnd(from, rows, PAGE_BYTES);
      this.#writePage(from, to, store.plain(from, to), "PLAIN");
      from = to;
    }
  }

  #writeIndexPages({ firsts, indexes }: Distinct): void {
    const { store: { defined }, rows } = this.#parts;
    const bits = bitsOf(firsts.length);
    const pageRows = Math.floor((8 * PAGE_BYTES) / Math.max(1, bits));
    for (let from = 0, index = 0; from < rows;) {
      const to = Math.min(rows, from + pageRows);
      const end = index + countOnes(defined, from, to);
      const page = new ByteWriter();
      page.appendUint8(bits);
      writeHybrid(page, indexes.subarray(index, end), bits);
      this.#writePage(from, to, page.getBytes(), "RLE_DICTIONARY");
      index = end;
      from = to;
    }
  }

  #writePage(
    from: number,
    to: number,
    values: Uint8Array,
    encoding: Encoding,
  ): void {
    const { store: { defined }, codec } = this.#parts;
    const levels = new ByteWriter();
    writeHybrid(levels, defined.subarray(from, to), 1);
    const packed = this.#pack(values);
    const headFrom = this.#writer.offset;
    writePageHeader(this.#writer, {
      type: "DATA_PAGE_V2",
      uncompressed_page_size: levels.offset + values.length,
      compressed_page_size: levels.offset + packed.length,
      data_page_header_v2: {
        num_values: to - from,
        num_nulls: to - from - countOnes(defined, from, to),
        num_rows: to - from,
        encoding,
        definition_levels_byte_length: levels.offset,
        repetition_levels_byte_length: 0,
        is_compressed: codec.compress !== undefined,
      },
    });
    this.#plainBytes += this.#writer.offset - headFrom + levels.offset +
      values.length;
    this.#writer.appendBytes(levels.getBytes());
    this.#writer.appendBytes(packed);
    this.#pages++;
  }

  #pack(bytes: Uint8Array): Uint8Array {
    const { compress } = this.#parts.codec;
    return compress === undefined ? bytes : compress(bytes);
  }

  #chunk(
    dataFrom: number,
    firsts: Distinct["firsts"] | undefined,
  ): ColumnChunk {
    const hasDictionary = firsts !== undefined;
    const { element, store, rows, codec } = this.#parts;
    const encoding = hasDictionary ? "RLE_DICTIONARY" : "PLAIN";
    const dataPages = {
      page_type: "DATA_PAGE_V2",
      encoding,
      count: this.#pages,
    } as const;
    const dictionaryPage = {
      page_type: "DICTIONARY_PAGE",
      encoding: "PLAIN",
      count: 1,
    } as const;
    return {
      file_offset: BigInt(this.#from),
      meta_data: {
        type: element.type!,
        encodings: hasDictionary
          ? ["PLAIN", encoding, "RLE"]
          : [encoding, "RLE"],
        path_in_schema: [element.name],
        codec: codec.name,
        num_values: BigInt(rows),
        total_uncompressed_size: BigInt(this.#plainBytes),
        total_compressed_size: BigInt(this.#writer.offset - this.#from),
        data_page_offset: BigInt(dataFrom),
        ...(hasDictionary
          ? { dictionary_page_offset: BigInt(this.#from) }
          : {}),
        statistics: {
          ...store.bounds(rows, firsts),
          null_count: BigInt(rows - countOnes(store.defined, 0, rows)),
        },
        encoding_stats: hasDictionary
          ? [dictionaryPage, dataPages]
          : [dataPages],
      },
    };
  }
}

function countOnes(bytes: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at++) count += bytes[at];
  return count;
}
