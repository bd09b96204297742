import type { JsonObject } from "@dstream/sdk";
import { Azurite } from "../support/azurite.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { Server } from "../support/servicebus/server.ts";
import {
  batchOf,
  bodiesOf,
  envelopesOf,
  InputUnderTest,
  OutputUnderTest,
} from "../support/servicebus_output.ts";

const LARGE = { text: "x".repeat(400_000), digits: 0.1 };
const LIMIT_BYTES = 256 * 1024;

Deno.test("a body that is too large goes by way of a blob", async (t) => {
  await using azurite = await Azurite.start();
  const claim_check = {
    connection_string: azurite.connectionString,
    container: "claims",
  };
  await using server = await Server.start({ maxMessageBytes: LIMIT_BYTES });
  const queue = server.entities.addQueue("orders");
  const output = {
    queue: "orders",
    oversize: "claim_check",
    claim_check,
    subject: "s",
  };
  const config: JsonObject = { queue: "orders", claim_check };

  await t.step("the message says where it is, the others stay", async () => {
    await using sending = await OutputUnderTest.open(server, output);
    const envelopes = envelopesOf([1, LARGE, 3]);
    assertEquals(await sending.write(batchOf(envelopes)), {});
    const [first, claim, last] = bodiesOf(queue) as JsonObject[];
    assertEquals([first, last], [1, 3] as unknown as JsonObject[]);
    const { blob, size_bytes } = claim.claim_check as JsonObject;
    assertEquals(size_bytes, JSON.stringify(LARGE).length);
    const { message } = queue.messages[1];
    assertEquals(message.application_properties.dstream_claim_check, blob);
    assertEquals(message.subject, "s");
  });

  await t.step(
    "without claim_check an input sees the place alone",
    async () => {
      await using input = await InputUnderTest.open(server, {
        queue: "orders",
      });
      const [, { data }] = await input.take(3);
      assert.ok((data as JsonObject).claim_check);
      assert.match(input.log.warnings.join(), /bodies lie in blobs/);
      await input.end();
    },
  );

  await t.step("with it the envelope is what it was", async () => {
    await using input = await InputUnderTest.open(server, config);
    const taken = await input.take(3);
    assertEquals(taken.map(({ data }) => data), [1, LARGE, 3]);
    const { servicebus } = taken[1].metadata as { servicebus: JsonObject };
    assertEquals(servicebus.application_properties, {});
    await input.deliver();
  });

  await t.step("a blob that was changed is noticed", async () => {
    await using sending = await OutputUnderTest.open(server, output);
    await sending.write(batchOf(envelopesOf([LARGE])));
    const [claim] = bodiesOf(queue) as { claim_check: { blob: string } }[];
    const { BlobServiceClient } = await import("@azure/storage-blob");
    await BlobServiceClient.fromConnectionString(azurite.connectionString)
      .getContainerClient("claims").getBlockBlobClient(claim.claim_check.blob)
      .upload("other", 5);
    await using input = await InputUnderTest.open(server, config);
    await assert.rejects(() => input.take(1), /has been changed/);
  });
});

Deno.test("a container that can't be opened is an error of its key", async () => {
  await using server = await Server.start();
  server.entities.addQueue("orders");
  const claim_check = {
    connection_string: "DefaultEndpointsProtocol=http;AccountName=a;" +
      "AccountKey=YQ==;BlobEndpoint=http://127.0.0.1:9/a;",
  };
  const opening = OutputUnderTest.open(server, {
    queue: "orders",
    claim_check,
  });
  await assert.rejects(opening, (error: Error & { path?: string }) => {
    assertEquals(error.path, "config.claim_check");
    return true;
  });
});
