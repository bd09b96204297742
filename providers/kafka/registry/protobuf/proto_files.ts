/**
 * A registry's `.proto` texts → the messages they describe.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { DecodeProblem } from "../problems.ts";
import type { SchemaText } from "../registry.ts";
import { GOOGLE_TYPES } from "./google_types.ts";
import {
  isGroup,
  type Library,
  type MessageType,
  type Root,
} from "./proto_library.ts";

/** Messages of one file, by their place in it. */
export class ProtoFile {
  readonly #library: Library;
  readonly #own: Root;
  readonly #all: Root;
  readonly #package: string;

  /** @throws {DecodeProblem} For what is no such file, or needs one that is missing. */
  constructor(library: Library, { text, references }: SchemaText) {
    const { Root } = library.protobuf;
    this.#library = library;
    this.#all = new Root();
    const imports = new Set<string>();
    for (const { name, text } of references) {
      this.#parse(text, this.#all, imports, `the reference ${name}`);
    }
    const known = new Set(references.map(({ name }) => name));
    this.#package = this.#parse(text, this.#all, imports);
    this.#own = new Root();
    this.#parse(text, this.#own, new Set());
    this.#addUsual(imports, known);
    this.#resolve(imports, known);
  }

  /**
   * @param indexes Of the message in its file, then of those inside it.
   * @throws {DecodeProblem} Where there is none.
   */
  messageAt(indexes: readonly number[]): MessageType {
    let at = this.#package === "" ? this.#own : this.#own.lookup(this.#package);
    for (const index of indexes) {
      const messages = this.#messagesIn(at as Root | MessageType | null);
      at = messages[index];
    }
    if (at === null || at === undefined || indexes.length === 0) {
      throw new DecodeProblem(
        `its schema has no message at [${indexes.join(", ")}]`,
      );
    }
    return this.#all.lookupType(at.fullName);
  }

  #messagesIn(place: Root | MessageType | null): MessageType[] {
    const { Type } = this.#library.protobuf;
    return (place?.nestedArray ?? [])
      .filter((each): each is MessageType => each instanceof Type)
      .filter((each) => !isGroup(each));
  }

  /** @returns Its package. */
  #parse(
    text: string,
    root: Root,
    imports: Set<string>,
    what = "it",
  ): string {
    try {
      const file = isDescriptor(text)
        ? this.#library.addDescribedFile(bytesOf(text), root)
        : this.#library.protobuf.parse(text, root, { keepCase: true });
      for (const each of file.imports ?? []) imports.add(each);
      return file.package ?? "";
    } catch (error) {
      throw new DecodeProblem(
        `${what} is no .proto file: ${(error as Error).message}`,
      );
    }
  }

  /** Google's own files, which registries don't list as references. */
  #addUsual(imports: ReadonlySet<string>, known: ReadonlySet<string>): void {
    const { common } = this.#library.protobuf;
    for (const name of imports) {
      if (known.has(name)) continue;
      const nested = common.get(name)?.nested ?? GOOGLE_TYPES[name];
      if (nested !== undefined) this.#all.addJSON(nested);
    }
  }

  #resolve(imports: ReadonlySet<string>, known: ReadonlySet<string>): void {
    try {
      this.#all.resolveAll();
    } catch (error) {
      const { common } = this.#library.protobuf;
      const missing = [...imports].filter((name) =>
        !known.has(name) && common.get(name) === null &&
        !(name in GOOGLE_TYPES)
      );
      throw new DecodeProblem(
        missing.length === 0 ? (error as Error).message : `it imports ` +
          `${
            missing.join(", ")
          }, which the registry doesn't list as a reference`,
      );
    }
  }
}

/** Confluent's client for Python registers what its compiler made, in base64. */
function isDescriptor(text: string): boolean {
  return text.length > 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text, "base64");
}
