/**
 * The model as a process: told what to do, asked through the real client.
 *
 * @module
 */

import {
  changes,
  createOffsets,
  takeLock,
  takeOffset,
} from "../../providers/mssql/input/statements/mod.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { ask } from "../support/mssql_model/ask.ts";
import { ModelProcess } from "../support/mssql_model/model_process.ts";
import { makeLsn, ZERO_LSN } from "../support/mssql_model/lsn.ts";
import { sysColumn } from "../support/mssql_model/model_column.ts";
import { Client } from "../support/tds/client.ts";
import { until } from "../support/until.ts";

Deno.test("a model in another process does what it is told", async () => {
  await using model = await ModelProcess.start("shop");
  const columns = [
    { name: "id", type: "int" },
    { name: "data", type: "varbinary(10)" },
  ];
  await model.tell({ do: "create_table", table: "t", columns, key: ["id"] });
  await model.tell({ do: "enable_cdc" });
  await model.tell({ do: "enable_table", table: "t" });
  await model.tell({
    do: "apply",
    changes: [
      { insert: "t", row: { id: 1, data: "0x0aff" } },
      { update: "t", key: { id: 1 }, set: { data: null } },
      { delete: "t", key: { id: 1 } },
    ],
  });
  await model.tell({
    do: "fill",
    table: "t",
    from: 10,
    count: 5,
    perTransaction: 2,
    row: { data: "0x01" },
  });
  const { user, password, port } = model.started;
  await using client = await Client.connect(port, {
    user,
    password,
    database: "shop",
  });
  const [rows] = await ask(
    client,
    changes({
      captureInstance: "dbo_t",
      changeTable: "dbo_t_CT",
      withBeforeImage: false,
      withUpdateMask: false,
      withCommitTime: false,
      columns: columns.map(({ name, type }, index) => ({
        name,
        ordinal: index + 1,
        isComputed: false,
        ...sysColumn(type),
      })),
    }, {
      from: { kind: "after", lsn: ZERO_LSN },
      untilLsn: makeLsn(0xffff_ffff, 0),
      maxRows: 100,
    }),
  );
  assertEquals(rows.map((row) => [row.__$operation, row.id]), [
    [2, 1],
    [4, 1],
    [1, 1],
    [2, 10],
    [2, 11],
    [2, 12],
    [2, 13],
    [2, 14],
  ]);
  assert.deepEqual([...rows[0].data], [0x0a, 0xff]);
  await ask(client, takeLock("a"));
  const offsets = { tableName: "cdc_offsets" };
  await ask(client, createOffsets(offsets));
  await ask(client, takeOffset(offsets, "t", "me"));
  const state = await model.state();
  assertEquals(Object.keys(state.locks), ["a"]);
  assertEquals(state.offsets.t.slice(1), ["1", "me"]);
  assertEquals(state.counts["take lock"], 1);
  await model.tell({ do: "drop" });
  await client.ended;
  // What a connection held is let go of when the model has seen its end.
  await until(
    async () => Object.keys((await model.state()).locks).length === 0,
    () => "the lock stays",
  );
  await assert.rejects(model.tell({ do: "clean_up", instance: "none" }));
  await model.expectNoFaults();
});
