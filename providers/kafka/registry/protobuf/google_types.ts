/**
 * Files that registries know without being told, besides those of the library.
 *
 * Sources: https://github.com/googleapis/googleapis/tree/master/google/type and
 * Confluent's confluent/type/decimal.proto, confluent/meta.proto
 *
 * @module
 */

import type { NestedJson } from "./proto_library.ts";

function message(
  path: string,
  fields: Readonly<Record<string, readonly [type: string, id: number]>>,
): NestedJson {
  const names = path.split(".");
  const type = {
    fields: Object.fromEntries(
      Object.entries(fields).map(([name, [type, id]]) => [name, { type, id }]),
    ),
  };
  const nested = names.reduceRight<unknown>(
    (inner, name) => ({ [name]: inner === type ? type : { nested: inner } }),
    type,
  );
  return nested as NestedJson;
}

/** What each file defines, by the name it is imported by. */
export const GOOGLE_TYPES: Readonly<Record<string, NestedJson>> = {
  "google/type/date.proto": message("google.type.Date", {
    year: ["int32", 1],
    month: ["int32", 2],
    day: ["int32", 3],
  }),
  "google/type/timeofday.proto": message("google.type.TimeOfDay", {
    hours: ["int32", 1],
    minutes: ["int32", 2],
    seconds: ["int32", 3],
    nanos: ["int32", 4],
  }),
  "google/type/decimal.proto": message("google.type.Decimal", {
    value: ["string", 1],
  }),
  "google/type/money.proto": message("google.type.Money", {
    currency_code: ["string", 1],
    units: ["int64", 2],
    nanos: ["int32", 3],
  }),
  "google/type/latlng.proto": message("google.type.LatLng", {
    latitude: ["double", 1],
    longitude: ["double", 2],
  }),
  "confluent/type/decimal.proto": message("confluent.type.Decimal", {
    value: ["bytes", 1],
    precision: ["uint32", 2],
    scale: ["int32", 3],
  }),
  // Nothing but options, which say nothing about values.
  "confluent/meta.proto": {},
  "google/protobuf/descriptor.proto": {},
};
