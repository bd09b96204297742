/**
 * The requirements of a database output, by their numbers in the connectors' list,
 * against SQLite.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { fromSource } from "@dstream/sdk/testing";
import { sqlTests } from "../../sql/test_support.ts";
import { TempFolder } from "../../../tests/support/temp_folder.ts";

sqlTests({
  name: "SQLite",
  subject: fromSource(new URL("./main.ts", import.meta.url)),
  typed: [
    "9223372036854775807",
    "12345678901234567890.123456789",
    "1",
    "0.1",
    "00ff7f",
    "2026-01-02T03:04:05.123456",
    "2026-01-02T03:04:05.123456+02:00",
    "2026-01-02",
    '{"a":[1,null]}',
  ],
  start: async () => {
    const folder = await TempFolder.make();
    const path = folder.join("shop.db");
    const database = new DatabaseSync(path);
    return {
      config: { path },
      // deno-lint-ignore require-await
      run: async (sql) => database.exec(sql),
      // deno-lint-ignore require-await
      rows: async (sql) => {
        const statement = database.prepare(sql);
        statement.setReadBigInts(true);
        return statement.all().map((row) =>
          Object.values(row).map((value) =>
            value === null
              ? ""
              : value instanceof Uint8Array
              ? value.toHex()
              : String(value)
          ).join("|")
        );
      },
      [Symbol.asyncDispose]: async () => {
        database.close();
        await folder[Symbol.asyncDispose]();
      },
    };
  },
});
