import type { Json } from "@dstream/sdk";
import { fromSource, testOutput } from "@dstream/sdk/testing";
import { Server } from "../../../tests/support/servicebus/server.ts";

const subject = fromSource(new URL("./main.ts", import.meta.url));

testOutput({
  name: "servicebus output",
  subject,
  // More than the service takes in one message, as Premium can be set up to.
  longestBytes: 16 * 1024 * 1024,
  destination: async (test) => {
    await using server = await Server.start({
      maxMessageBytes: 100 * 1024 * 1024,
    });
    const queue = server.entities.addQueue("orders");
    const { connectionString, adminEndpoint } = server;
    await test({
      config: {
        connection_string: connectionString,
        queue: "orders",
        admin_endpoint: adminEndpoint,
      },
      stall: () => {
        const goOn = server.faults.stall();
        return Promise.resolve(() => Promise.resolve(goOn()));
      },
      arrived: () =>
        Promise.resolve(
          queue.messages.map(({ message }) =>
            JSON.parse(new TextDecoder().decode(message.body.content)) as Json
          ),
        ),
    });
  },
});
