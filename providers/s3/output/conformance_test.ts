import type { Json } from "@dstream/sdk";
import { fromSource, testOutput } from "@dstream/sdk/testing";
import { needs } from "../../../tests/support/needs.ts";
import { makeBucket, stopServer } from "../../../tests/support/s3_bucket.ts";
import { standStill } from "../../../tests/support/stand_still.ts";

const variants: [string, Record<string, Json>, (line: string) => Json][] = [
  ["s3 output", { prefix: "in/{date}/" }, JSON.parse],
  [
    "s3 output of envelopes",
    { format: "envelopes", compression: "gzip" },
    (line) => JSON.parse(line).data,
  ],
];

if (needs("versitygw")) {
  for (const [name, more, read] of variants) {
    testOutput({
      name,
      subject: fromSource(new URL("./main.ts", import.meta.url)),
      destination: async (test) => {
        const bucket = await makeBucket();
        await test({
          config: { ...bucket.config, max_age: "100ms", ...more },
          stall: () => Promise.resolve(standStill(bucket.server.process.pid)),
          arrived: async () =>
            [...(await bucket.texts()).values()].join("").split("\n")
              .filter(Boolean).map(read),
        });
      },
    });
  }
  Deno.test("the server of these tests ends", stopServer);
}
