/**
 * What a `map` makes of a table's schema: what it does to the fields of an envelope
 * it does to their description.
 *
 * A removed field is removed, a renamed one keeps its type, a field that is set has
 * the type of its expression, `any` where that is not known. Where the whole of
 * `data` is made anew, or nobody can say which table the envelopes belong to, there
 * is no schema any more.
 *
 * @module
 */

import type { FieldType, SchemaField, TableSchema } from "../protocol/mod.ts";
import type { Expression } from "./cel.ts";
import type { FieldPath } from "./path.ts";

type Fields = readonly SchemaField[];
/** A type, and what else is known of a field that only moves. */
type Described = Omit<SchemaField, "name">;

interface Write {
  readonly path: FieldPath;
  /** @returns Nothing: the field stays what it was. */
  readonly describe: (before: Fields) => Described | undefined;
}

const UNKNOWN: FieldType = { type: "any", nullable: true };
const TABLE: FieldPath = ["metadata", "table"];

/** By the names of CEL; a list or an object holds anything. */
const TYPES: Readonly<Record<string, FieldType>> = {
  bool: { type: "boolean" },
  int: { type: "int64" },
  uint: { type: "uint64" },
  double: { type: "float64" },
  string: { type: "string" },
  bytes: { type: "bytes" },
  "google.protobuf.Timestamp": { type: "timestamptz" },
};

/** Collects what one `map` does, and does it to schemas. */
export class ShapeEdits {
  readonly #removed: FieldPath[] = [];
  readonly #writes: Write[] = [];
  /** Of columns, for the key. */
  readonly #renamed = new Map<string, string>();
  #table: string | undefined;
  #isLost = false;

  remove(path: FieldPath): void {
    if (isSame(path, TABLE)) this.#isLost = true;
    if (path[0] === "data") this.#removed.push(path.slice(1));
  }

  rename(from: FieldPath, to: FieldPath): void {
    this.remove(from);
    if (from.length === 2 && to.length === 2 && to[0] === "data") {
      this.#renamed.set(from[1], to[1]);
    }
    this.#write(to, (before) => describedAt(before, from));
  }

  set(to: FieldPath, { path, type, constant }: Expression): void {
    const isTable = isSame(to, TABLE);
    if (isTable && typeof constant === "string") this.#table = constant;
    else {
      this.#write(
        to,
        (before) =>
          path === undefined
            ? typeOf(type)
            : describedAt(before, path) ?? UNKNOWN,
      );
    }
  }

  /** @returns `undefined` when the envelopes have no known shape any more. */
  apply(schema: TableSchema): TableSchema | undefined {
    if (this.#isLost) return undefined;
    const table = this.#table ?? schema.table;
    const before = schema.fields;
    let fields = before;
    for (const path of this.#removed) fields = without(fields, path);
    for (const { path, describe } of this.#writes) {
      const described = describe(before);
      if (described !== undefined) fields = withField(fields, path, described);
    }
    if (table === schema.table && fields === before) return schema;
    return { table, ...this.#key(schema, fields), fields };
  }

  #write(path: FieldPath, describe: Write["describe"]): void {
    const [root, ...names] = path;
    if (root === "data" && names.length > 0) {
      this.#writes.push({ path: names, describe });
    } else if (root === "data" || names.length === 0 || isSame(path, TABLE)) {
      this.#isLost = true;
    }
  }

  /** Where one of its columns is gone, the others identify nothing. */
  #key({ key }: TableSchema, fields: Fields): Pick<TableSchema, "key"> {
    const renamed = key?.map((name) => this.#renamed.get(name) ?? name);
    const isWhole = renamed?.every((name) =>
      fields.some((field) => field.name === name)
    );
    return isWhole ? { key: renamed } : {};
  }
}

function typeOf(type: string | undefined): FieldType {
  if (type === undefined) return UNKNOWN;
  if (type.startsWith("list")) {
    return { type: "list", element: UNKNOWN };
  }
  return TYPES[type] ?? UNKNOWN;
}

function describedAt(
  fields: Fields,
  [root, ...names]: FieldPath,
): Described | undefined {
  if (root !== "data") return UNKNOWN;
  let found: SchemaField | undefined;
  let inside: Fields | undefined = fields;
  for (const name of names) {
    // What lies in a field of JSON is not described.
    if (inside === undefined) return UNKNOWN;
    found = inside.find((field) => field.name === name);
    if (found === undefined) return undefined;
    inside = found.fields;
  }
  if (found === undefined) return UNKNOWN;
  const { name: _, ...described } = found;
  return described;
}

function without(fields: Fields, [name, ...rest]: FieldPath): Fields {
  const found = fields.find((field) => field.name === name);
  if (found === undefined) return fields;
  if (rest.length === 0) return fields.filter((field) => field !== found);
  return inside(fields, found, (inner) => without(inner, rest));
}

function withField(
  fields: Fields,
  [name, ...rest]: FieldPath,
  described: Described,
): Fields {
  const found = fields.find((field) => field.name === name);
  if (rest.length > 0 && found !== undefined) {
    return inside(fields, found, (inner) => withField(inner, rest, described));
  }
  const field: SchemaField = rest.length === 0
    ? { name, ...described }
    : { name, type: "struct", fields: withField([], rest, described) };
  return found === undefined
    ? [...fields, field]
    : fields.map((other) => other === found ? field : other);
}

/** The same fields, but for what lies in one of them, where that is described. */
function inside(
  fields: Fields,
  found: SchemaField,
  change: (inner: Fields) => Fields,
): Fields {
  if (found.fields === undefined) return fields;
  const changed = { ...found, fields: change(found.fields) };
  return fields.map((field) => field === found ? changed : field);
}

function isSame(a: FieldPath, b: FieldPath): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}
