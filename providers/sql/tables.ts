/**
 * The tables that are written: what they are, and what they still lack.
 *
 * A table is made from the schema its input sends, or from the first rows if asked.
 * A column is added, nullable. Nothing is dropped, narrowed or given another key.
 *
 * @module
 */

import {
  FinalError,
  type Json,
  type SchemaField,
  type TableSchema,
} from "@dstream/sdk";
import {
  type Connection,
  createStatement,
  type Dialect,
  quoteName,
  type Shape,
  shownTable,
  type TableFacts,
  type TableName,
} from "./dialect.ts";
import type { SqlConfig } from "./fields.ts";

/** What the rows of a batch want of a table. */
export interface Wanted {
  /** The columns of its rows. */
  readonly shapes: ReadonlySet<Shape>;
  /** Columns by name, with a value that isn't null where there was one. */
  columns(): ReadonlyMap<string, Json>;
  readonly key: readonly string[] | undefined;
  readonly schema: TableSchema | undefined;
  /** Columns of our own, with their fields. */
  readonly extras: readonly SchemaField[];
}

const ENCODER = new TextEncoder();

/** Knows each table that was written. */
export class Tables {
  readonly #known = new Map<string, TableFacts>();
  readonly #fitting = new WeakMap<TableFacts, Set<Shape>>();
  readonly #dialect: Dialect;
  readonly #config: SqlConfig;

  constructor(dialect: Dialect, config: SqlConfig) {
    this.#dialect = dialect;
    this.#config = config;
  }

  /** Somebody may have changed them. */
  forget(): void {
    this.#known.clear();
  }

  /** The table, where nothing has to be looked at or made. */
  known(text: string, wanted: Wanted): TableFacts | undefined {
    const facts = this.#known.get(text);
    return facts !== undefined && this.#hasAll(facts, wanted)
      ? facts
      : undefined;
  }

  /**
   * The table, made or widened where the config allows it.
   * @throws {FinalError} For what only a person can mend.
   */
  async ensure(
    connection: Connection,
    text: string,
    wanted: Wanted,
  ): Promise<TableFacts> {
    let facts = this.known(text, wanted);
    if (facts !== undefined) return facts;
    const name = this.#dialect.nameOf(text);
    facts = await connection.readTable(name) ??
      await this.#create(connection, name, wanted);
    facts = await this.#widen(connection, facts, wanted);
    this.#known.set(text, facts);
    return facts;
  }

  /** @throws {FinalError} Where it isn't there and is never made. */
  async require(connection: Connection, text: string): Promise<void> {
    const name = this.#dialect.nameOf(text);
    if (await connection.readTable(name) === undefined) {
      throw this.#missingTable(name, "create_tables says that none is made");
    }
  }

  /** A shape is looked at once. */
  #hasAll(facts: TableFacts, wanted: Wanted): boolean {
    let fitting = this.#fitting.get(facts);
    if (fitting === undefined) this.#fitting.set(facts, fitting = new Set());
    if (wanted.shapes.isSubsetOf(fitting)) return true;
    if (this.#missing(facts, wanted).length > 0) return false;
    for (const shape of wanted.shapes) fitting.add(shape);
    return true;
  }

  #missing(facts: TableFacts, { shapes, extras }: Wanted): string[] {
    const names = new Set(extras.map(({ name }) => name));
    for (const shape of shapes) for (const name of shape.names) names.add(name);
    return [...names]
      .filter((name) => !facts.columns.has(this.#dialect.fold(name)));
  }

  async #create(
    connection: Connection,
    name: TableName,
    wanted: Wanted,
  ): Promise<TableFacts> {
    const { createTables } = this.#config;
    if (createTables === "never") {
      throw this.#missingTable(name, "create_tables says that none is made");
    }
    if (wanted.schema === undefined && createTables === "schema") {
      throw this.#missingTable(name, "its input sends no schema of it");
    }
    const fields = this.#fieldsOf(wanted);
    const key = this.#config.key ?? wanted.key ?? wanted.schema?.key ?? [];
    this.#checkNames(name, [name.table, ...fields.map(({ name }) => name)]);
    await this.#run(
      connection,
      createTable(this.#dialect, name, fields, key),
    );
    const made = await connection.readTable(name);
    if (made !== undefined) return made;
    throw this.#missingTable(name, "it was made and is not there");
  }

  async #widen(
    connection: Connection,
    facts: TableFacts,
    wanted: Wanted,
  ): Promise<TableFacts> {
    const missing = this.#missing(facts, wanted);
    if (missing.length === 0) return facts;
    const { name } = facts;
    if (!this.#config.addColumns) throw this.#missingColumns(name, missing);
    const fields = this.#fieldsOf(wanted)
      .filter((field) => missing.includes(field.name));
    const [unknown] = missing
      .filter((each) => !fields.some((field) => field.name === each));
    if (unknown !== undefined) throw this.#missingColumns(name, [unknown]);
    this.#checkNames(name, missing);
    for (const field of fields) {
      await this.#run(
        connection,
        `ALTER TABLE ${quoteName(this.#dialect, name)} ` +
          `${this.#dialect.addColumn ?? "ADD COLUMN"} ` +
          `${this.#dialect.quote(field.name)} ${this.#dialect.typeOf(field)}`,
      );
    }
    return await connection.readTable(name) ?? facts;
  }

  /** The schema's where there is one, else as the rows look. */
  #fieldsOf({ schema, columns, extras }: Wanted): readonly SchemaField[] {
    const own = new Set(extras.map(({ name }) => name));
    const fields = (schema?.fields ?? []).filter(({ name }) => !own.has(name));
    const known = new Set([...own, ...fields.map(({ name }) => name)]);
    const guessed = this.#config.createTables === "rows"
      ? [...columns()].filter(([name]) => !known.has(name))
        .map(([name, value]) => guessField(name, value))
      : [];
    return [...fields, ...guessed, ...extras];
  }

  #checkNames(table: TableName, names: readonly string[]): void {
    const { maxNameBytes, name: system } = this.#dialect;
    const long = names
      .find((name) => ENCODER.encode(name).length > maxNameBytes);
    if (long !== undefined) {
      throw new FinalError(
        "sql.name_too_long",
        `${system} takes names of ${maxNameBytes} bytes at most, and ` +
          `${JSON.stringify(long)} is longer`,
        { hint: "give it another name with a map transform" },
      );
    }
    const folded = names.slice(1).map((name) => this.#dialect.fold(name));
    const twice = folded.find((name, index) => folded.indexOf(name) < index);
    if (twice !== undefined) {
      throw new FinalError(
        "sql.names_collide",
        `two columns of ${shownTable(table)} are both ` +
          `${JSON.stringify(twice)} to ${system}`,
        { hint: "give one another name with a map transform" },
      );
    }
  }

  /** Somebody else may have done the same at the same time. */
  async #run(connection: Connection, sql: string): Promise<void> {
    try {
      await connection.run(sql);
    } catch (error) {
      if (this.#dialect.classify(error) === "again") throw error;
      if (/already exists|duplicate/i.test(String(error))) return;
      throw new FinalError("sql.ddl_refused", `${error}: ${sql}`, {
        hint: "run the statement as somebody who may, or mend what it names",
        cause: error,
      });
    }
  }

  #missingTable(name: TableName, why: string): FinalError {
    return new FinalError(
      "sql.table_missing",
      `there is no table ${shownTable(name)}, and ${why}`,
      {
        key: "table",
        hint: 'make the table, or set create_tables = "rows"',
      },
    );
  }

  #missingColumns(name: TableName, columns: readonly string[]): FinalError {
    const why = this.#config.addColumns
      ? "no schema says its type"
      : "add_columns says that none is added";
    return new FinalError(
      "sql.column_missing",
      `${shownTable(name)} has no column ` +
        `${columns.map((each) => JSON.stringify(each)).join(", ")}, and ${why}`,
      { hint: "add it, or leave it out with a map transform" },
    );
  }
}

function guessField(name: string, value: Json): SchemaField {
  const type = typeof value === "boolean"
    ? "boolean"
    : typeof value === "number"
    ? Number.isSafeInteger(value) ? "int64" : "float64"
    : typeof value === "object" && value !== null
    ? "json"
    : "string";
  return { name, type, nullable: true };
}

/** What makes a table; columns of its key can't be null. */
export function createTable(
  dialect: Dialect,
  name: TableName,
  fields: readonly SchemaField[],
  key: readonly string[],
): string {
  const { quote } = dialect;
  const columns = fields.map((field) =>
    key.includes(field.name)
      ? `${quote(field.name)} ` +
        `${(dialect.keyTypeOf ?? dialect.typeOf)(field)} NOT NULL`
      : `${quote(field.name)} ${dialect.typeOf(field)}`
  );
  const primary = key.length === 0
    ? []
    : [`PRIMARY KEY (${key.map(quote).join(", ")})`];
  return createStatement(dialect, name, [...columns, ...primary].join(", "));
}
