/**
 * Sends envelopes of 8 tables through Kafka and back into files while processes and
 * brokers are killed and two consumers come and go, and counts what arrives.
 *
 * `--rounds N`, `--seed S`, `--envelopes N`, `--kills N`; `--transactions`: on into
 * other topics, exactly once. Needs
 * `deno task setup kafka kafka-client`.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { crashRound } from "../tests/kafka/crash_round.ts";
import { randomFrom } from "../tests/support/random.ts";
import { startKafka } from "../tests/support/servers/kafka.ts";

if (import.meta.main) await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "3" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      envelopes: { type: "string", default: "200000" },
      kills: { type: "string", default: "25" },
      transactions: { type: "boolean", default: false },
    },
  });
  await using server = await startKafka();
  for (let round = 0; round < Number(values.rounds); round++) {
    const seed = Number(values.seed) + round;
    const { doubled, repeats, killsBefore, kills } = await crashRound(server, {
      name: `round${round}`,
      envelopes: Number(values.envelopes),
      kills: Number(values.kills),
      transactions: values.transactions,
      random: randomFrom(seed),
    });
    console.log(
      `round ${round + 1} seed ${seed}: ${values.envelopes} envelopes, ` +
        `${kills.length} interruptions, all there, in order; ${doubled} ` +
        `doubled in topics by ${killsBefore} kills before them, ${repeats} ` +
        "repeats in the files" +
        (values.transactions ? "; copied exactly once" : ""),
    );
  }
}
