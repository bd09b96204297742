/**
 * Microsoft's clients of other languages against the test servers: what they
 * can't do there, the servers got wrong.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { pythonOf } from "../../scripts/setup/folders.ts";
import { goModuleBinary } from "../../scripts/setup/go.ts";
import { goClients } from "../../scripts/setup/groups.ts";
import { assertEquals } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import { EventHubsServer } from "../support/servicebus/event_hubs.ts";
import { Server } from "../support/servicebus/server.ts";

const LIMIT_MS = 120_000;

/** What each language has a program for. */
type Work = "servicebus" | "eventhubs";

const LANGUAGES = [
  {
    name: "Python",
    group: "azure-clients",
    command: (work: Work) => ({
      program: pythonOf("azure-clients"),
      args: [fileURLToPath(new URL(`clients/${work}.py`, import.meta.url))],
    }),
  },
  {
    name: "Go",
    group: "go-clients",
    command: (work: Work) => ({
      program: goModuleBinary(goClients),
      args: [work],
    }),
  },
];

/** What it says when it fails is the test's failure. */
async function runClient(
  { program, args }: { readonly program: string; readonly args: string[] },
  { connectionString }: Server | EventHubsServer,
): Promise<void> {
  const { code, stderr, stdout } = await new Deno.Command(program, {
    args: [...args, connectionString],
    signal: AbortSignal.timeout(LIMIT_MS),
  }).output();
  const text = new TextDecoder();
  assertEquals(code, 0, text.decode(stdout) + text.decode(stderr));
}

for (const { name, group, command } of LANGUAGES) {
  Deno.test({
    name: `the client for ${name} does all a queue is for`,
    ignore: !needs(group),
    fn: async () => {
      await using server = await Server.start();
      server.entities.addQueue("plain");
      server.entities.addQueue("short", { lockMs: 1000 });
      server.entities.addQueue("sessions", { requiresSession: true });
      server.entities.addQueue("duplicates", { duplicateWindowMs: 60_000 });
      server.entities.addTopic("news", ["a", "b"]);
      await runClient(command("servicebus"), server);
    },
  });

  Deno.test({
    name: `the client for ${name} sends events and reads them from a place on`,
    ignore: !needs(group),
    fn: async () => {
      await using server = await EventHubsServer.start();
      await runClient(command("eventhubs"), server);
    },
  });
}
