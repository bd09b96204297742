import { DatabaseSync } from "node:sqlite";
import { fromSource, testOutput } from "@dstream/sdk/testing";
import { inFolder } from "../../../tests/support/file_output.ts";

testOutput({
  name: "sqlite output",
  subject: fromSource(new URL("./main.ts", import.meta.url)),
  destination: (test) =>
    inFolder(async (cwd) => {
      const path = `${cwd}/shop.db`;
      const arrived = () => {
        const database = new DatabaseSync(path);
        const rows = database.prepare(
          "SELECT data FROM history ORDER BY change_id",
        ).all();
        database.close();
        return Promise.resolve(
          rows.map(({ data }) => JSON.parse(String(data))),
        );
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
