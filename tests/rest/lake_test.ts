/**
 * Seed 001's second pipeline: an API into a data lake, everything killed, the API
 * full of faults.
 *
 * @module
 */

import { assertEachOnce, lakeRound } from "../objects/lake_round.ts";
import { assert } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import { randomFrom } from "../support/random.ts";
import { FaultyApi } from "../support/rest/faulty_api.ts";
import { startVersitygw } from "../support/servers/versitygw.ts";

const ROWS = 20_000;

Deno.test({
  name:
    "each record of a faulty API is once in the Parquet files, whatever is killed",
  ignore: !needs("versitygw") || !needs("parquet"),
  async fn() {
    await using server = await startVersitygw();
    await using api = new FaultyApi(ROWS, randomFrom(7));
    const { counts } = await lakeRound(server, {
      bucket: "lake",
      rows: ROWS,
      killEveryMs: 700,
      mostKills: 5,
      random: randomFrom(11),
      input: api.inputBlock,
      config: 'max_bytes = "64KiB"\nmax_age = "500ms"',
    });
    assertEachOnce(counts, ROWS);
    assert(api.faults > 0);
  },
});
