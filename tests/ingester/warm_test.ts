/** The router's output opens its topics before it needs them. */

import { assert, assertEquals } from "../support/assert.ts";
import { Log, outputConfig } from "../support/servicebus_output.ts";
import { ServiceBusOutput } from "../../providers/servicebus/output/output.ts";
import { Server } from "../support/servicebus/server.ts";

Deno.test("topics named in entities are opened at the start; one that is missing is said", async () => {
  await using server = await Server.start();
  server.entities.addTopic("there", ["sub1"]);
  const log = new Log();
  const config = outputConfig({
    connection_string: server.connectionString,
    topic: "{metadata.Destination}",
    entities: { topics: ["there", "missing"] },
  });
  const output = await ServiceBusOutput.open(config, {
    signal: new AbortController().signal,
    log,
  } as never);
  await output.close();
  assertEquals(log.warnings.length, 1);
  assert(log.warnings[0].includes('cannot open "missing"'), log.warnings[0]);
});
