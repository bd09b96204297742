import { fromSource, testInput } from "@dstream/sdk/testing";
import { needs } from "../../../tests/support/needs.ts";
import {
  makeBucket,
  stopServer,
  type TestBucket,
} from "../../../tests/support/s3_bucket.ts";

const COUNT = 2000;

async function put(bucket: TestBucket, key: string, text: string) {
  const path = `${bucket.server.bucketsFolder}/${bucket.name}/${key}`;
  await Deno.writeTextFile(path, text);
}

if (needs("versitygw")) {
  testInput({
    name: "s3 input",
    subject: fromSource(new URL("./main.ts", import.meta.url)),
    finite: async (test) => {
      const bucket = await makeBucket();
      const lines = Array.from({ length: COUNT }, (_, n) => `{"n":${n}}\n`);
      await put(bucket, "a.jsonl", lines.slice(0, 900).join(""));
      await put(bucket, "b.jsonl", lines.slice(900).join(""));
      await test({ config: bucket.config, count: COUNT });
    },
    endless: async (test) => {
      const bucket = await makeBucket();
      const line = `${JSON.stringify("x".repeat(1000))}\n`;
      await put(bucket, "a.jsonl", line.repeat(20_000));
      await test({ config: { ...bucket.config, follow: true } });
    },
  });
  Deno.test("the server of these tests ends", stopServer);
}
