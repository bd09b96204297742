import { needs } from "../support/needs.ts";
import { assert } from "../support/assert.ts";
import { randomFrom } from "../support/random.ts";
import { startKafka } from "../support/servers/kafka.ts";
import { crashRound, type RoundOptions } from "./crash_round.ts";

const ignore = !needs("kafka") || !needs("kafka-client") ||
  Deno.build.os === "windows";

Deno.test({
  name: "what goes through Kafka arrives, in order, whatever is killed",
  ignore,
  fn: () => round("crash", { envelopes: 8000, kills: 5 }),
});

Deno.test({
  name:
    "what is copied in transactions is there once, in order, whatever is killed",
  ignore,
  fn: () => round("copy", { envelopes: 6000, kills: 4, transactions: true }),
});

async function round(
  name: string,
  options: Pick<RoundOptions, "envelopes" | "kills" | "transactions">,
): Promise<void> {
  await using server = await startKafka();
  const seed = Number(Deno.env.get("SEED") ?? Date.now() % 1_000_000);
  console.log(`SEED=${seed}`);
  const random = randomFrom(seed);
  // How long before a kill something was confirmed says much of the machine here.
  const explainedMs = 300_000;
  const wishes = { name, random, explainedMs, ...options };
  const { kills } = await crashRound(server, wishes);
  // A quick machine is through before all of them.
  assert.ok(kills.length > 0, "nothing was killed");
}
