/**
 * Messages of every type between foreign clients and our providers: a client sends,
 * our input reads, our output sends on, and the client gets what it had sent.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { JsonObject } from "@dstream/sdk";
import { pythonOf } from "../../scripts/setup/folders.ts";
import { goModuleBinary } from "../../scripts/setup/go.ts";
import { goClients } from "../../scripts/setup/groups.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import { Server } from "../support/servicebus/server.ts";
import {
  batchOf,
  InputUnderTest,
  OutputUnderTest,
} from "../support/servicebus_output.ts";

const GUID = "6f9619ff-8b86-d011-b42d-00c04fc964ff";
const LONG = 9223372036854775807n;
const ULONG = 18446744073709551615n;

/** A client that can show types. */
interface Language {
  readonly name: string;
  readonly group: string;
  /** How many messages it sends. */
  readonly count: number;
  command(
    work: "send" | "show",
  ): { readonly program: string; readonly args: readonly string[] };
  /** What it says of a property that would be harmed easily. */
  readonly shows: Readonly<Record<string, string>>;
}

const LANGUAGES: readonly Language[] = [
  {
    name: "Go",
    group: "go-clients",
    count: 4,
    command: (work) => ({
      program: goModuleBinary(goClients),
      args: [`${work}-types`],
    }),
    shows: {
      "(message id)": "string text",
      "long": `int64 ${LONG}`,
      "long-1": "int64 1",
      "ulong": `uint64 ${ULONG}`,
      "ulong-1": "uint64 1",
      "float": "float32 0.1",
      "double-1": "float64 1",
      "guid": `encoding.UUID ${GUID}`,
      "binary-8": "binary 0102030405060708",
      "null": "<nil> <nil>",
    },
  },
  {
    name: "Python",
    group: "azure-clients",
    count: 1,
    command: (work) => ({
      program: pythonOf("azure-clients"),
      args: [
        fileURLToPath(new URL("clients/property_types.py", import.meta.url)),
        work,
      ],
    }),
    shows: {
      "(message id)": `UUID('${GUID}')`,
      "long": `${LONG}`,
      "ulong": `${ULONG}`,
      "guid": `UUID('${GUID}')`,
      "binary-8": "b'12345678'",
      "null": "None",
    },
  },
];

async function run(
  language: Language,
  work: "send" | "show",
  server: Server,
  queue: string,
): Promise<JsonObject[]> {
  const { program, args } = language.command(work);
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args, server.connectionString, queue, `${language.count}`]
      .slice(0, language.name === "Python" || work === "send" ? -1 : undefined),
    signal: AbortSignal.timeout(60_000),
  }).output();
  const text = new TextDecoder();
  assert.ok(success, text.decode(stderr));
  return text.decode(stdout).split("\n").filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
}

for (const language of LANGUAGES) {
  const ignore = !needs(language.group);
  const { name, count } = language;

  Deno.test({
    name: `what the client for ${name} sends goes through unharmed`,
    ignore,
    fn: async () => {
      await using server = await Server.start();
      for (const queue of ["in", "out"]) server.entities.addQueue(queue);
      await run(language, "send", server, "in");
      const sent = await run(language, "show", server, "in");
      const [first] = sent;
      for (const [key, shown] of Object.entries(language.shows)) {
        assertEquals(first[key], shown, key);
      }
      await run(language, "send", server, "in");
      await using input = await InputUnderTest.open(server, { queue: "in" });
      const envelopes = await input.take(count);
      await using output = await OutputUnderTest.open(server, { queue: "out" });
      const forwarded = envelopes as unknown as JsonObject[];
      assertEquals(await output.write(batchOf(forwarded)), {});
      assertEquals(await run(language, "show", server, "out"), sent);
    },
  });

  Deno.test({
    name: `what the client for ${name} sends is read with all its digits`,
    ignore,
    fn: async () => {
      await using server = await Server.start();
      server.entities.addQueue("in");
      await run(language, "send", server, "in");
      await using input = await InputUnderTest.open(server, { queue: "in" });
      const envelopes = await input.take(count);
      const kept = envelopes.map(({ metadata }) =>
        metadata.servicebus as JsonObject
      );
      const values = kept[0].application_properties as JsonObject;
      const types = kept[0].property_types as JsonObject;
      const seen = ["long", "ulong", "guid", "int", "boolean", "null"]
        .map((key) => [key, values[key], types[key] ?? null]);
      assertEquals(seen, [
        ["long", `${LONG}`, "long"],
        ["ulong", `${ULONG}`, "ulong"],
        ["guid", GUID, "uuid"],
        ["int", -(2 ** 31), "int"],
        ["boolean", true, null],
        ["null", null, null],
      ]);
      const ids = kept.map(({ message_id }) => message_id);
      assertEquals(
        ids,
        name === "Go" ? ["text", GUID, `${ULONG}`, "7"] : [GUID],
      );
    },
  });
}
