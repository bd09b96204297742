/**
 * Schemas and values that can be, for property tests.
 *
 * @module
 */

import fc from "fast-check";
import {
  FIELD_TYPES,
  type FieldType,
  type SchemaField,
} from "../../protocol/schema.ts";

const SCALARS = FIELD_TYPES.filter((t) => t !== "list" && t !== "struct");

const scalarType: fc.Arbitrary<FieldType> = fc.record({
  type: fc.constantFrom(...SCALARS),
  precision: fc.nat(76),
  scale: fc.nat(38),
  nullable: fc.constant(true),
  native: fc.string(),
}, { requiredKeys: ["type"] });

/** Names that every object can have. */
export const anyName: fc.Arbitrary<string> = fc.string()
  .filter((name) => name !== "__proto__" && !/^\d+$/.test(name));

/** Any type, lists and structs too. */
export const anyType: fc.Arbitrary<FieldType> = fc.letrec<
  { type: FieldType; field: SchemaField }
>((tie) => ({
  field: fc.tuple(
    tie("type"),
    fc.record({
      name: anyName,
      description: fc.string(),
      default: fc.jsonValue() as fc.Arbitrary<never>,
    }, { requiredKeys: ["name"] }),
  ).map(([type, more]) => ({ ...more, ...type })),
  type: fc.oneof(
    { depthSize: "small" },
    scalarType,
    tie("type").map((element) => ({ type: "list" as const, element })),
    fc.uniqueArray(tie("field"), {
      selector: (field) => field.name,
      maxLength: 4,
    }).map((fields) => ({ type: "struct" as const, fields })),
  ),
})).type;

/** The columns of a table. */
export const anyFields: fc.Arbitrary<SchemaField[]> = fc.uniqueArray(
  fc.tuple(anyName, anyType).map(([name, type]) => ({ name, ...type })),
  { selector: (field) => field.name },
);
