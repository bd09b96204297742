/**
 * A process of its own that sends change rows of about 1.4 KB as fast as the client
 * takes them; prints its port. For driver_bench.ts.
 *
 * @module
 */

import type { Column, Row } from "../../support/tds/answer.ts";
import { encodeRows } from "../../support/tds/row_encoder.ts";
import { TdsServer } from "../../support/tds/server.ts";

/** As the input selects a change of a table with ten columns. */
export const CHANGE_COLUMNS: Column[] = [
  { name: "__$start_lsn", type: "binary(10)", isNullable: false },
  { name: "__$command_id", type: "int" },
  { name: "__$seqval", type: "binary(10)", isNullable: false },
  { name: "__$operation", type: "int", isNullable: false },
  { name: "id", type: "bigint" },
  { name: "customer", type: "int" },
  { name: "status", type: "varchar(20)" },
  { name: "total", type: "varchar(41)" },
  { name: "created", type: "varchar(27)" },
  { name: "changed", type: "varchar(27)" },
  { name: "is_paid", type: "bit" },
  { name: "address", type: "varchar(400)" },
  { name: "remark", type: "nvarchar(200)" },
  { name: "body", type: "varchar(1000)" },
];

/** @returns A row of about 1.4 KB on the wire. */
export function changeRow(n: number): Row {
  const lsn = new Uint8Array(10);
  new DataView(lsn.buffer).setUint32(4, n);
  return [
    lsn,
    1,
    lsn,
    2,
    BigInt(n),
    n % 1000,
    "shipped",
    `${n}.50`,
    "2024-02-29 12:34:56.1234567",
    "2024-02-29 12:34:56.1234567",
    true,
    "Some Street 12, ".repeat(18),
    "Grüße ".repeat(25),
    "x".repeat(700),
  ] as Row;
}

/** The same with all text as nvarchar. */
const UNICODE_COLUMNS = CHANGE_COLUMNS.map((column) => ({
  ...column,
  type: column.type.replace(/^varchar/, "nvarchar"),
}));

if (import.meta.main) {
  const rows = Array.from({ length: 500 }, (_, n) => changeRow(n));
  const plain = encodeRows(CHANGE_COLUMNS, rows);
  const unicode = encodeRows(UNICODE_COLUMNS, rows);
  const server = new TdsServer({
    users: { sa: "secret" },
    handler: ({ sql }) => {
      const count = Number(/top (\d+)/.exec(sql)?.[1]) / rows.length;
      const isUnicode = sql.includes("nvarchar");
      const block = isUnicode ? unicode : plain;
      return [{
        columns: isUnicode ? UNICODE_COLUMNS : CHANGE_COLUMNS,
        rows: (function* () {
          for (let i = 0; i < count; i++) yield block;
        })(),
      }];
    },
  });
  console.log(JSON.stringify({ port: server.port }));
}
