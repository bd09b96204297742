/**
 * Where records come from, as their metadata and messages tell it.
 *
 * @module
 */

import type { JsonObject } from "@dstream/sdk";
import { metadataOf, positionText } from "@dstream/sdk/changes";

/** What is counted: lines of a text, rows of a table. */
export type Counted = "line" | "row";

/** One file. */
export interface OriginOptions {
  /** As the user names it. */
  readonly name: string;
  /** What the metadata call it. */
  readonly label: "file" | "object";
  readonly table?: string | undefined;
  /** What `metadata.source` says. */
  readonly source?: string;
  /** Whether name and number are the record's position, since names only grow. */
  readonly hasPositions?: boolean;
  /** The key of the configuration that leads to it. */
  readonly configKey?: string;
}

/** Writes the metadata of records up to their number, which stands last. */
export class Origin {
  readonly name: string;
  /** For an error. */
  readonly configKey: string | undefined;
  /** Without it the head is one and the same for each record. */
  readonly hasPositions: boolean;
  readonly #options: OriginOptions;
  readonly #heads = new Map<Counted, string>();

  constructor(options: OriginOptions) {
    this.#options = options;
    this.name = options.name;
    this.hasPositions = options.hasPositions ?? false;
    this.configKey = options.configKey;
  }

  /**
   * `{"table":"orders","file":"orders.csv","line":` of the record with this number.
   * @param table Of formats whose records have columns.
   */
  head(counted: Counted, count: number, table?: string): string {
    if (this.hasPositions) return this.#head(counted, count, table);
    let head = this.#heads.get(counted);
    if (head === undefined) {
      head = this.#head(counted, count, table);
      this.#heads.set(counted, head);
    }
    return head;
  }

  /** All of a record's metadata. */
  metadata(
    counted: Counted,
    count: number,
    table: string | undefined,
    more: JsonObject = {},
  ): JsonObject {
    const { name, label, source } = this.#options;
    const position = this.hasPositions
      ? positionText([name, count])
      : undefined;
    return metadataOf(
      { table, position, source },
      { [label]: name, [counted]: count, ...more },
    );
  }

  /** For a line of the log. */
  fields(more: JsonObject): JsonObject {
    return { [this.#options.label]: this.name, ...more };
  }

  #head(counted: Counted, count: number, table: string | undefined): string {
    const metadata = JSON.stringify(this.metadata(counted, count, table));
    return metadata.slice(0, metadata.lastIndexOf(":") + 1);
  }
}
