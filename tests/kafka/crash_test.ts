import { needs } from "../support/needs.ts";
import { assert } from "../support/assert.ts";
import { randomFrom } from "../support/random.ts";
import { startKafka } from "../support/servers/kafka.ts";
import { crashRound } from "./crash_round.ts";

Deno.test({
  name: "what goes through Kafka arrives, in order, whatever is killed",
  ignore: !needs("kafka") || !needs("kafka-client") ||
    Deno.build.os === "windows",
  async fn() {
    await using server = await startKafka();
    const seed = Number(Deno.env.get("SEED") ?? Date.now() % 1_000_000);
    console.log(`SEED=${seed}`);
    const { kills } = await crashRound(server, {
      name: "crash",
      envelopes: 20_000,
      kills: 8,
      random: randomFrom(seed),
    });
    assert.ok(kills.length >= 4, kills.join(", "));
  },
});
