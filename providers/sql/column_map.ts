/**
 * `columns { include, exclude, rename, add }`: a change as the source tells it → the
 * same with the table's own columns and names.
 *
 * Values are not looked at: a row's text is put together anew from their JSON.
 *
 * @module
 */

import {
  type ConfigProblem,
  FinalError,
  type Json,
  type JsonObject,
  type OutputBatch,
  type SchemaField,
  type TableSchema,
} from "@dstream/sdk";
import type { Change } from "@dstream/sdk/changes";
import { checkTemplates, Scope, Template } from "@dstream/sdk/service";
import type { Row } from "./dialect.ts";
import { rowOfMembers, rowOfValues } from "./json_rows.ts";
import { type Shape, shapeOf } from "./shapes.ts";

/** The values of the block. */
export interface ColumnsConfig {
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  /** At the source → in the table. */
  readonly rename?: Readonly<Record<string, string>> | undefined;
  readonly add?: Readonly<Record<string, string>> | undefined;
}

/** Values of one line for the columns that are added. */
export type Added = Readonly<Record<string, string | null>>;

/** What rows of one shape become. */
interface Plan {
  /** Without what is added. */
  readonly shape: Shape;
  /** Where each of its columns stands at the source. */
  readonly places: readonly number[];
  readonly whole: Shape;
}

const COMMITTED = "{metadata.timestamp}";

/** See the module's comment. */
export class ColumnMap {
  readonly #config: ColumnsConfig;
  readonly #rename: ReadonlyMap<string, string>;
  readonly #adds: readonly (readonly [name: string, template: Template])[];
  readonly #fixed: Added | undefined;
  readonly #plans = new WeakMap<Shape, Plan>();
  readonly #schemas = new WeakMap<TableSchema, TableSchema>();

  private constructor(config: ColumnsConfig) {
    this.#config = config;
    this.#rename = new Map(Object.entries(config.rename ?? {}));
    this.#adds = Object.entries(config.add ?? {})
      .map(([name, text]) => [name, new Template(text)]);
    const isFixed = this.#adds.every(([, { isFixed }]) => isFixed);
    this.#fixed = isFixed ? config.add ?? {} : undefined;
  }

  /** @returns `undefined` where all stays as it is. */
  static of(
    { columns }: { readonly columns?: ColumnsConfig | undefined },
  ): ColumnMap | undefined {
    return columns === undefined ? undefined : new ColumnMap(columns);
  }

  /** What one line adds. */
  added(batch: OutputBatch, at: number): Added {
    if (this.#fixed !== undefined) return this.#fixed;
    const scope = new Scope(batch, at);
    return Object.fromEntries(
      this.#adds.map(([name, text]) => [name, text.render(scope) ?? null]),
    );
  }

  /** A row of the source as one of the table. */
  row(row: Row, added: Added): Row {
    if (!row.hasCells) return rowOfValues(this.#values(row.values, added));
    const { shape, places, whole } = this.#planOf(row.shape);
    const { members } = shape;
    let text = "{";
    for (let at = 0; at < places.length; at++) {
      if (at > 0) text += ",";
      text += members[at] + row.cell(places[at]);
    }
    return rowOfMembers(text, added, whole);
  }

  /** All of a change but its row. */
  change(change: Change, added: Added): Change {
    const { key, before, data, unchanged } = change;
    const row = typeof data === "object" && data !== null &&
        !Array.isArray(data)
      ? this.#values(data as JsonObject, added)
      : data;
    return {
      ...change,
      data: row,
      ...(key && { key: this.key(key) }),
      ...(before && { before: this.#values(before, added) }),
      ...(unchanged && { unchanged: this.#names(unchanged) }),
    };
  }

  /**
   * The columns of a key, as the table calls them.
   * @throws {FinalError} Where one of them is left out.
   */
  key(key: readonly string[]): readonly string[] {
    const lost = key.find((name) => this.#nameOf(name) === undefined);
    if (lost === undefined) return this.#names(key);
    throw new FinalError(
      "sql.key_left_out",
      `columns leaves out ${JSON.stringify(lost)}, which is in the key`,
      { key: "columns", hint: "keep it, or name another key with key" },
    );
  }

  /** Columns of the table, as the source calls them. */
  namesBefore(names: readonly string[]): readonly string[] {
    const before = new Map([...this.#rename].map(([from, to]) => [to, from]));
    return names.map((name) => before.get(name) ?? name);
  }

  /** A schema of the source as the table's. */
  schema(schema: TableSchema): TableSchema {
    let made = this.#schemas.get(schema);
    if (made === undefined) {
      this.#schemas.set(schema, made = this.#makeSchema(schema));
    }
    return made;
  }

  #makeSchema(schema: TableSchema): TableSchema {
    const { fields, key } = schema;
    const kept = fields.flatMap((field) => {
      const name = this.#nameOf(field.name);
      return name === undefined ? [] : { ...field, name };
    });
    const own = this.#adds.map(([name, { text }]): SchemaField => ({
      name,
      type: text === COMMITTED ? "timestamptz" : "string",
      nullable: true,
    }));
    const fieldsNow = [...kept, ...own];
    this.#checkNames(fieldsNow.map(({ name }) => name));
    // Where the key is said by the config, it may leave out the source's.
    const names = key?.map((name) => this.#nameOf(name));
    const keyNow = names?.every((name) => name !== undefined)
      ? names
      : undefined;
    return { ...schema, fields: fieldsNow, key: keyNow };
  }

  #planOf(shape: Shape): Plan {
    let plan = this.#plans.get(shape);
    if (plan === undefined) {
      this.#plans.set(shape, plan = this.#makePlan(shape.names));
    }
    return plan;
  }

  #makePlan(names: readonly string[]): Plan {
    const places = names.map((_, at) => at)
      .filter((at) => this.#nameOf(names[at]) !== undefined);
    const own = this.#names(names);
    const whole = [...own, ...this.#adds.map(([name]) => name)];
    this.#checkNames(whole);
    return { shape: shapeOf(own), places, whole: shapeOf(whole) };
  }

  #values(values: JsonObject, added: Added): JsonObject {
    const mapped = Object.entries(values).flatMap(
      ([name, value]): (readonly [string, Json])[] => {
        const own = this.#nameOf(name);
        return own === undefined ? [] : [[own, value]];
      },
    );
    this.#checkNames([...mapped.map(([name]) => name), ...Object.keys(added)]);
    return { ...Object.fromEntries(mapped), ...added };
  }

  #names(names: readonly string[]): readonly string[] {
    return names.flatMap((name) => this.#nameOf(name) ?? []);
  }

  /** @returns `undefined` where it is left out. */
  #nameOf(name: string): string | undefined {
    const { include, exclude } = this.#config;
    const isKept = include?.includes(name) !== false &&
      exclude?.includes(name) !== true;
    return isKept ? this.#rename.get(name) ?? name : undefined;
  }

  #checkNames(names: readonly string[]): void {
    const twice = names.find((name, at) => names.indexOf(name) < at);
    if (twice === undefined) return;
    throw new FinalError(
      "sql.names_collide",
      `columns makes two columns ${JSON.stringify(twice)} of a table`,
      { key: "columns", hint: "give one another name, or leave it out" },
    );
  }
}

/** Mistakes that can be seen before a row comes. */
export function* checkColumns(
  { columns, mode }: {
    readonly columns?: ColumnsConfig | undefined;
    readonly mode: string;
  },
): Generator<ConfigProblem> {
  if (columns === undefined) return;
  yield* checkTemplates(
    Object.fromEntries(
      Object.entries(columns.add ?? {})
        .map(([name, text]) => [`columns.add.${name}`, text]),
    ),
  );
  if (mode === "append_changes") {
    yield {
      path: "config.columns",
      message: "a history keeps each row as it came, so columns has no meaning",
      hint: "use a map transform",
    };
  }
  const names = [
    ...Object.values(columns.rename ?? {}),
    ...Object.keys(columns.add ?? {}),
  ];
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined) {
    yield {
      path: "config.columns",
      message: `two columns would be called ${JSON.stringify(twice)}`,
    };
  }
}
