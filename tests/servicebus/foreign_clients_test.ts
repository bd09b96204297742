/**
 * Microsoft's clients of another language against the test servers: what they
 * can't do there, the servers got wrong.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { pythonOf } from "../../scripts/setup/folders.ts";
import { assertEquals } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import { EventHubsServer } from "../support/servicebus/event_hubs.ts";
import { Server } from "../support/servicebus/server.ts";

const ignore = !needs("azure-clients");
const LIMIT_MS = 120_000;

/** Runs a program of ./clients; what it says when it fails is the test's failure. */
async function runClient(name: string, argument: string): Promise<void> {
  const path = fileURLToPath(new URL(`clients/${name}`, import.meta.url));
  const { code, stderr, stdout } = await new Deno.Command(
    pythonOf("azure-clients"),
    { args: [path, argument], signal: AbortSignal.timeout(LIMIT_MS) },
  ).output();
  const text = new TextDecoder();
  assertEquals(code, 0, text.decode(stdout) + text.decode(stderr));
}

Deno.test({
  name: "the client for Python does all a queue is for",
  ignore,
  fn: async () => {
    await using server = await Server.start();
    server.entities.addQueue("plain");
    server.entities.addQueue("short", { lockMs: 1000 });
    server.entities.addQueue("sessions", { requiresSession: true });
    server.entities.addQueue("duplicates", { duplicateWindowMs: 60_000 });
    const { connectionString } = server;
    await runClient("servicebus.py", JSON.stringify({ connectionString }));
  },
});

Deno.test({
  name: "the client for Python sends events and reads them from a place on",
  ignore,
  fn: async () => {
    await using server = await EventHubsServer.start();
    await runClient("eventhubs.py", server.connectionString);
  },
});
