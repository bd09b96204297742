/**
 * What formats with a schema are called, apart from what they need.
 *
 * @module
 */

/** The values of `serialization` that need a registry. */
export const ROW_FORMATS = ["avro", "json_schema", "protobuf"] as const;

export type RowFormatName = typeof ROW_FORMATS[number];

/** Whether values are written so. */
export function isRowFormat(
  serialization: string,
): serialization is RowFormatName {
  return ROW_FORMATS.some((each) => each === serialization);
}

/** As messages call them. */
export const FORMAT_TITLES: Readonly<Record<RowFormatName, string>> = {
  avro: "Avro",
  json_schema: "JSON Schema",
  protobuf: "Protobuf",
};
