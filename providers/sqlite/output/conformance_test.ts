import { DatabaseSync } from "node:sqlite";
import { fromSource, testOutput } from "@dstream/sdk/testing";
import { historyOf } from "../../sql/test_support.ts";
import { inFolder } from "../../../tests/support/file_output.ts";

testOutput({
  name: "sqlite output",
  subject: fromSource(new URL("./main.ts", import.meta.url)),
  destination: (test) =>
    inFolder(async (cwd) => {
      const path = `${cwd}/shop.db`;
      const arrived = async () => {
        const database = new DatabaseSync(path);
        const rows = await historyOf({
          // deno-lint-ignore require-await
          rows: async (sql) =>
            database.prepare(sql).all().map(({ data }) => String(data)),
        });
        database.close();
        return rows.map((row) => JSON.parse(row));
      };
      const config = { path, table: "history", mode: "append_changes" };
      // Longer than SQLite itself waits, so that the output has to try again.
      const stall = () => {
        const other = new DatabaseSync(path);
        other.exec("BEGIN IMMEDIATE");
        return Promise.resolve(() => Promise.resolve(other.close()));
      };
      await test({ config, cwd, arrived, stall });
    }),
});
