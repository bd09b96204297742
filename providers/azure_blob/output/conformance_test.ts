import { fromSource, testOutput } from "@dstream/sdk/testing";
import { Azurite } from "../../../tests/support/azurite.ts";
import { standStill } from "../../../tests/support/stand_still.ts";

let server: Promise<Azurite> | undefined;
let count = 0;

testOutput({
  name: "azure_blob output",
  subject: fromSource(new URL("./main.ts", import.meta.url)),
  destination: async (test) => {
    const { connectionString, process } = await (server ??= Azurite.start());
    const { BlobServiceClient } = await import("@azure/storage-blob");
    const name = `container-${++count}`;
    const container = BlobServiceClient.fromConnectionString(connectionString)
      .getContainerClient(name);
    await container.create();
    await test({
      config: {
        container: name,
        connection_string: connectionString,
        max_age: "100ms",
      },
      stall: () => Promise.resolve(standStill(process.pid)),
      arrived: async () => {
        let text = "";
        for await (const { name } of container.listBlobsFlat()) {
          const bytes = await container.getBlobClient(name).downloadToBuffer();
          text += new TextDecoder().decode(bytes);
        }
        return text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
      },
    });
  },
});

Deno.test("the server of these tests ends", async () => {
  await (await server)?.[Symbol.asyncDispose]();
});
