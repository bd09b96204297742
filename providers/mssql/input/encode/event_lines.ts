/**
 * Envelopes that are no changes of rows: a new schema and a gap in upstream's form,
 * a gap in dstream's.
 *
 * @module
 */

import type { Json } from "@dstream/sdk";
import type { CaptureInstance, SourceTable } from "../tables/catalog.ts";
import type { EncodedLines } from "./change_writer.ts";
import { declaration } from "./column_sql.ts";
import { dstreamGap, type TableMetadata } from "./line_form.ts";
import { formatLsn, ZERO_LSN } from "../offsets/lsn.ts";

/** An envelope with the metadata of a change, and `type` for its operation. */
function eventLine(
  data: Json,
  lsn: Uint8Array,
  type: "Schema" | "Gap",
  constants: string,
): EncodedLines {
  const line = `{"data":${JSON.stringify(data)},"metadata":{${constants},` +
    `"LSN":"${formatLsn(lsn)}","Seq":"${formatLsn(ZERO_LSN)}",` +
    `"CommandID":0,"OperationID":0,"OperationType":"${type}"}}\n`;
  return { lines: new TextEncoder().encode(line), lineCount: 1 };
}

/** The columns that envelopes of this table have from `lsn` on. */
export function schemaEvent(
  table: SourceTable,
  instance: CaptureInstance,
  constants: string,
  lsn: Uint8Array,
): EncodedLines {
  const columns = instance.columns.map((column) => ({
    name: column.name,
    type: column.isComputed ? "computed" : declaration(column),
  }));
  const data = {
    schema: table.schemaName,
    table: table.tableName,
    capture_instance: instance.name,
    columns,
    key: instance.key.map(({ name }) => name),
  };
  return eventLine(data, lsn, "Schema", constants);
}

/** Changes between the two LSNs may be missing. */
export function gapLine(
  metadata: TableMetadata,
  fromLsn: Uint8Array,
  toLsn: Uint8Array,
): EncodedLines {
  const line = dstreamGap(metadata, formatLsn(fromLsn), formatLsn(toLsn));
  return { lines: new TextEncoder().encode(line), lineCount: 1 };
}

/** The same in upstream's form. */
export function gapEvent(
  table: SourceTable,
  fromLsn: Uint8Array,
  toLsn: Uint8Array,
  constants: string,
): EncodedLines {
  const data = {
    schema: table.schemaName,
    table: table.tableName,
    from_lsn: formatLsn(fromLsn),
    to_lsn: formatLsn(toLsn),
  };
  return eventLine(data, toLsn, "Gap", constants);
}
