/**
 * Which tables of the database the config means.
 *
 * @module
 */

import { ConfigError, didYouMean } from "@dstream/sdk";
import { isMeant, parseTablePattern, shownName } from "../../names.ts";
import type { ColumnChoice } from "../decode/row_shape.ts";
import type { PostgresConfig } from "../config.ts";
import type { SourceTable } from "./catalog.ts";

/** Says of a table whether it is wanted, also of one that comes later. */
export class TableChoice {
  readonly #wanted;
  readonly #unwanted;
  readonly #columns;
  readonly #filters;

  constructor(config: PostgresConfig) {
    const { tables, exclude = [], columns = {}, rowFilters = {} } = config;
    this.#wanted = tables.map((text) => parseTablePattern(text)!);
    this.#unwanted = exclude.map((text) => parseTablePattern(text)!);
    this.#columns = Object.entries(columns).map(([text, choice]) => ({
      pattern: parseTablePattern(text)!,
      choice,
    }));
    this.#filters = Object.entries(rowFilters).map(([text, filter]) => ({
      pattern: parseTablePattern(text)!,
      filter,
    }));
  }

  /** Whether its rows are read. */
  isWanted(name: { schema: string; table: string }): boolean {
    return this.#wanted.some((pattern) => isMeant(pattern, name)) &&
      !this.#unwanted.some((pattern) => isMeant(pattern, name));
  }

  /** Which of its columns are. */
  columnsOf(name: { schema: string; table: string }): ColumnChoice {
    const found = this.#columns.find(({ pattern }) => isMeant(pattern, name));
    return found?.choice ?? {};
  }

  /** Which of its rows are, as SQL. */
  filterOf(name: { schema: string; table: string }): string | undefined {
    return this.#filters.find(({ pattern }) => isMeant(pattern, name))?.filter;
  }

  /**
   * Those that are there.
   * @throws {ConfigError} When a name means none.
   */
  choose(tables: readonly SourceTable[]): SourceTable[] {
    for (const [index, pattern] of this.#wanted.entries()) {
      if (pattern.isPattern) continue;
      if (tables.some((table) => isMeant(pattern, table))) continue;
      throw new ConfigError(
        `tables[${index}]`,
        `there is no table "${pattern.text}"`,
        didYouMean(pattern.text, tables.map(shownName)),
      );
    }
    const chosen = tables.filter((table) => this.isWanted(table));
    if (chosen.length > 0) return chosen;
    throw new ConfigError("tables", "no table is meant by these patterns");
  }
}
