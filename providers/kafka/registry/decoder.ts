/**
 * Values that a registry's schema is written with → JSON.
 *
 * A byte 0, the schema's number in four bytes, then the value. Schemas are fetched
 * before a batch is read, so that reading itself waits for nobody.
 *
 * @module
 */

import { Buffer, isUtf8 } from "node:buffer";
import type { Json } from "@dstream/sdk";
import { AvroProblem, avroReader } from "./avro.ts";
import type { RegistryConfig } from "./fields.ts";
import { Registry } from "./registry.ts";

const MAGIC = 0;
const HEAD_BYTES = 5;

/** Why a value can't be read. */
export class DecodeProblem extends Error {
  override readonly name = "DecodeProblem";
}

/** Whether it begins as values of a registry do. */
export function isFramed(bytes: Uint8Array): boolean {
  return bytes.length >= HEAD_BYTES && bytes[0] === MAGIC;
}

/** Reads framed values. */
export class Decoder {
  readonly #registry: Registry;
  readonly #readers = new Map<number, (bytes: Uint8Array) => string>();

  constructor(config: RegistryConfig) {
    this.#registry = new Registry(config);
  }

  /** The schema's number where it has to be fetched before it can be read. */
  missing(bytes: Uint8Array | null): number | undefined {
    if (bytes === null || !isFramed(bytes)) return undefined;
    const id = idOf(bytes);
    return this.#readers.has(id) ? undefined : id;
  }

  /** @throws {RegistryUnreachable} */
  async fetch(id: number): Promise<void> {
    const schema = await this.#registry.schema(id);
    this.#readers.set(
      id,
      schema === undefined
        ? refuse(`the registry has no schema ${id}`)
        : readerOf(id, schema),
    );
  }

  /** @returns JSON as text. @throws {DecodeProblem} */
  text(bytes: Uint8Array): string {
    const read = this.#readers.get(idOf(bytes));
    if (read === undefined) {
      throw new DecodeProblem("its schema isn't known yet");
    }
    try {
      return read(bytes.subarray(HEAD_BYTES));
    } catch (error) {
      if (!(error instanceof AvroProblem)) throw error;
      throw new DecodeProblem(
        `it is no value of schema ${idOf(bytes)}: ${error.message}`,
      );
    }
  }
}

function idOf(bytes: Uint8Array): number {
  return Buffer.from(bytes.buffer, bytes.byteOffset, HEAD_BYTES).readUInt32BE(
    1,
  );
}

function readerOf(
  id: number,
  { type, text, references }: {
    readonly type: string;
    readonly text: string;
    readonly references: readonly string[];
  },
): (bytes: Uint8Array) => string {
  switch (type) {
    case "AVRO":
      try {
        const read: (bytes: Uint8Array) => Json = avroReader(text, references);
        return (bytes) => JSON.stringify(read(bytes));
      } catch (error) {
        return refuse(
          `schema ${id} isn't understood: ${(error as Error).message}`,
        );
      }
    case "JSON":
      return (bytes) => {
        if (!isUtf8(bytes)) throw new DecodeProblem("it is no UTF-8");
        return new TextDecoder().decode(bytes);
      };
    default:
      return refuse(`schema ${id} is of ${type}, which is not read`);
  }
}

function refuse(why: string): () => never {
  return () => {
    throw new DecodeProblem(why);
  };
}
