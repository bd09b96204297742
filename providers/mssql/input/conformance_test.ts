import { fromSource, testInput } from "@dstream/sdk/testing";
import { compareBytes } from "../../../tests/support/mssql_model/lsn.ts";
import { Model } from "../../../tests/support/mssql_model/model.ts";

const COUNT = 60;

/** A database with some changes of a table. */
function makeModel(): Model {
  const model = new Model();
  const shop = model.database("shop");
  shop.enableCdc();
  shop.createTable("orders", [
    { name: "id", type: "int", isNullable: false },
    { name: "name", type: "nvarchar(50)" },
  ], ["id"]);
  shop.enableTable("orders");
  for (let id = 1; id <= COUNT; id++) {
    shop.transaction((transaction) =>
      transaction.insert("orders", { id, name: `order ${id}` })
    );
  }
  return model;
}

/** Adds changes until the model is gone. */
function keepBusy(model: Model): ReturnType<typeof setInterval> {
  const shop = model.database("shop");
  let id = COUNT;
  return setInterval(() => {
    shop.transaction((transaction) => {
      for (let n = 0; n < 100; n++) {
        transaction.insert("orders", { id: ++id, name: "more" });
      }
    });
  }, 5);
}

/** How many changes lie behind the offset; each is a transaction of its own. */
function unconfirmed(model: Model): number {
  const { offsets, instances } = model.database("shop");
  const offset = offsets.get("dbo.cdc_offsets")?.get("orders")?.last_lsn;
  const { changes } = instances[0];
  if (!(offset instanceof Uint8Array)) return changes.length;
  return changes.filter(({ startLsn }) => compareBytes(startLsn, offset) > 0)
    .length;
}

function configOf(model: Model) {
  return {
    db_connection_string: `${model.connectionString};Encrypt=false`,
    tables: ["orders"],
    poll_interval: "10ms",
    max_poll_interval: "20ms",
  };
}

testInput({
  name: "mssql",
  subject: fromSource(new URL("./main.ts", import.meta.url)),
  finite: async (test) => {
    await using model = makeModel();
    await test({
      config: { ...configOf(model), follow: false },
      count: COUNT,
      unconfirmed: () => unconfirmed(model),
    });
    model.expectNoFaults();
  },
  endless: async (test) => {
    await using model = makeModel();
    const busy = keepBusy(model);
    try {
      await test({ config: configOf(model) });
    } finally {
      clearInterval(busy);
    }
  },
  identity: ({ data }) => (data as { id: number }).id,
});
