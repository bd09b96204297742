/**
 * What an input's schemas become: a control record each time one is new.
 *
 * @module
 */

import { DstreamError } from "../../base/errors.ts";
import {
  formatSchema,
  type RawSchema,
  SchemaBounds,
  type TableSchema,
} from "../../protocol/schema.ts";
import { FinalError } from "../errors.ts";

/** Remembers what was told in this process. */
export class SchemaTeller {
  readonly #bounds = new SchemaBounds();
  readonly #told = new Map<string, { schema: TableSchema; record: string }>();

  /**
   * @returns The record to write; `undefined` for what was told already.
   * @throws {FinalError} For one that is too large: it will always be.
   */
  tell(schema: TableSchema): RawSchema | undefined {
    const told = this.#told.get(schema.table);
    if (told?.schema === schema) return undefined;
    const raw = this.#format(schema);
    this.#told.set(schema.table, { schema, record: raw.record });
    return told?.record === raw.record ? undefined : raw;
  }

  #format(schema: TableSchema): RawSchema {
    try {
      const raw = formatSchema(schema);
      this.#bounds.take(raw);
      return raw;
    } catch (error) {
      if (!(error instanceof DstreamError)) throw error;
      const { code, message, hint } = error;
      throw new FinalError(code, message, { hint });
    }
  }
}
