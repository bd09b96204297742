import type { Json } from "@dstream/sdk";
import { fromSource, testOutput } from "@dstream/sdk/testing";
import { EventHubsServer } from "../../../tests/support/servicebus/event_hubs.ts";

const subject = fromSource(new URL("./main.ts", import.meta.url));

testOutput({
  name: "eventhubs output",
  subject,
  // More than the service takes, to see that nothing here is in its way.
  longestBytes: 16 * 1024 * 1024,
  destination: async (test) => {
    await using server = await EventHubsServer.start(100 * 1024 * 1024);
    await test({
      config: {
        connection_string: server.connectionString,
        event_hub: "hub",
        partition_key: "all",
        max_batch_bytes: "20MiB",
      },
      stall: () => {
        const goOn = server.faults.stall();
        return Promise.resolve(() => Promise.resolve(goOn()));
      },
      arrived: () =>
        Promise.resolve(
          server.events("hub").flat().map(({ body }) =>
            JSON.parse(new TextDecoder().decode(body.content)) as Json
          ),
        ),
    });
  },
});
