import { assert } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import { randomFrom } from "../support/random.ts";
import { startVersitygw } from "../support/servers/versitygw.ts";
import { assertEachOnce, lakeRound } from "./lake_round.ts";

const ignore = !(needs("versitygw") && needs("parquet")) ||
  Deno.build.os === "windows";

Deno.test({
  name: "every row is in the Parquet files once, whatever is killed",
  ignore,
  async fn() {
    await using server = await startVersitygw();
    const seed = Number(Deno.env.get("SEED") ?? Date.now() % 1_000_000);
    console.log(`SEED=${seed}`);
    const rows = 40_000;
    const { counts, kills } = await lakeRound(server, {
      bucket: "lake",
      rows,
      killEveryMs: 500,
      mostKills: 8,
      random: randomFrom(seed),
      config: 'max_bytes = "100KiB"\nmax_age = "300ms"',
    });
    assertEachOnce(counts, rows);
    console.log(JSON.stringify(kills), `${counts.sizes.length} files`);
  },
});

Deno.test({
  name: "3.6.3 in a steady run 95 % of the files have the configured size",
  ignore,
  async fn() {
    await using server = await startVersitygw();
    const maxBytes = 40 * 1024;
    const rows = 70_000;
    const { counts } = await lakeRound(server, {
      bucket: "steady",
      rows,
      killEveryMs: 1000,
      mostKills: 0,
      random: randomFrom(1),
      config: `max_bytes = ${maxBytes}\nrow_group_rows = 500`,
    });
    assertEachOnce(counts, rows);
    const { sizes } = counts;
    const large = sizes.filter((sizeBytes) => sizeBytes >= maxBytes).length;
    assert.ok(
      sizes.length >= 20 && large / sizes.length >= 0.95,
      `${large} of ${sizes.length} files: ${sizes}`,
    );
  },
});
