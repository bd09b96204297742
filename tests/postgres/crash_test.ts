import { needs } from "../support/needs.ts";
import { assert } from "../support/assert.ts";
import { randomFrom } from "../support/random.ts";
import { startPostgres } from "../support/servers/postgres.ts";
import { crashRound } from "./crash_round.ts";
import { tablesRound } from "./tables_round.ts";

Deno.test({
  name: "what arrives is what the database holds, whatever is killed",
  ignore: !needs("postgres") || Deno.build.os === "windows",
  async fn() {
    await using server = await startPostgres({ wal_level: "logical" });
    const seed = Number(Deno.env.get("SEED") ?? Date.now() % 1_000_000);
    console.log(`SEED=${seed}`);
    const options = { statements: 150, kills: 8, random: randomFrom(seed) };
    const { changes, kills } = await crashRound(server, "crash", options);
    // Where the copy begins late, rows that came and went are not in it.
    assert.ok(changes > 4000 && kills >= 7, `${changes}, ${kills}`);
  },
});

Deno.test({
  name: "two databases are equal, whatever is killed between them",
  ignore: !needs("postgres") || Deno.build.os === "windows",
  async fn() {
    await using server = await startPostgres({ wal_level: "logical" });
    const seed = Number(Deno.env.get("SEED") ?? Date.now() % 1_000_000);
    console.log(`SEED=${seed}`);
    const { kills } = await tablesRound(server, "tables", {
      changes: 25_000,
      rows: 1000,
      kills: 6,
      random: randomFrom(seed),
    });
    assert.ok(Object.keys(kills).length > 0);
  },
});
