import {
  assert,
  assertEquals,
  assertRejects,
} from "../../../tests/support/assert.ts";
import {
  type Answer,
  FakeS3,
  refusal,
} from "../../../tests/support/fake_s3.ts";
import { needs } from "../../../tests/support/needs.ts";
import { makeBucket, stopServer } from "../../../tests/support/s3_bucket.ts";
import { DrivenOutput, until } from "../../../tests/support/s3_output.ts";
import { TempFolder } from "../../../tests/support/temp_folder.ts";
import type { JsonObject } from "@dstream/sdk";

const KEYS = { access_key_id: "AKID", secret_access_key: "secret" };

async function open(
  server: FakeS3,
  more: JsonObject = {},
): Promise<DrivenOutput> {
  const config = { bucket: "lake", endpoint: server.endpoint, ...more };
  return await DrivenOutput.openWith(config);
}

/** Answers one kind of request a few times in another way. */
function atFirst(
  times: number,
  isMeant: (method: string, query: URLSearchParams) => boolean,
  answer: () => Response,
): Answer {
  let left = times;
  return ({ method, query }) =>
    isMeant(method, query) && left-- > 0 ? answer() : undefined;
}

const isPut = (method: string) => method === "PUT";
const isBegin = (method: string, query: URLSearchParams) =>
  method === "POST" && query.has("uploads");

Deno.test("3.6.23 what passes by itself is tried again", async (t) => {
  const cases: [string, () => Response][] = [
    ["503 SlowDown", () => refusal(503, "SlowDown")],
    ["500 InternalError", () => refusal(500, "InternalError")],
    ["429", () => refusal(429, "TooManyRequests")],
    ["a request that took too long", () => refusal(400, "RequestTimeout")],
    [
      "another condition at once",
      () => refusal(409, "ConditionalRequestConflict"),
    ],
  ];
  for (const [name, answer] of cases) {
    await t.step(name, async () => {
      await using server = new FakeS3(atFirst(2, isPut, answer));
      await using output = await open(server, KEYS);
      await output.write({ data: { n: 1 } });
      await output.flush();
      assertEquals([output.settledTo, server.writes.length], [1, 3]);
    });
  }
  await t.step(
    "a part of many, and the end that fails behind its 200",
    async () => {
      let [parts, ends] = [0, 0];
      await using server = new FakeS3(({ method, query }) => {
        if (method === "PUT" && ++parts === 2) return refusal(503, "SlowDown");
        const isEnd = method === "POST" && query.has("uploadId");
        if (isEnd && ++ends === 1) {
          return new Response("<Error><Code>InternalError</Code></Error>");
        }
      });
      await using output = await open(server, KEYS);
      const filler = "x".repeat(1_000_000);
      for (let n = 0; n < 20; n++) await output.write({ data: { n, filler } });
      await output.flush();
      assertEquals([output.settledTo, ends], [20, 2]);
    },
  );
  for (const isThere of [true, false]) {
    await t.step(
      `an end whose upload is gone, the object ${isThere ? "" : "not "}there`,
      async () => {
        await using server = new FakeS3(({ method, query }) => {
          if (method === "HEAD" && !isThere) {
            return new Response(null, { status: 404 });
          }
          const isEnd = method === "POST" && query.has("uploadId");
          return isEnd ? refusal(404, "NoSuchUpload", "Gone.") : undefined;
        });
        await using output = await open(server, KEYS);
        const filler = "x".repeat(1_000_000);
        for (let n = 0; n < 9; n++) await output.write({ data: { n, filler } });
        const flushed = output.flush();
        if (isThere) await flushed;
        else await assertRejects(() => flushed, "store.request_failed");
        assertEquals(output.settledTo, isThere ? 9 : 0);
      },
    );
  }
  await t.step("but not for ever, and nothing is settled then", async () => {
    await using server = new FakeS3(
      atFirst(Infinity, isPut, () => refusal(503, "SlowDown", "Reduce.")),
    );
    await using output = await open(server, {
      ...KEYS,
      retry_timeout: "500ms",
    });
    await output.write({ data: { n: 1 } });
    const error = await assertRejects(
      () => output.flush(),
      "store.request_failed",
    );
    assert.match(error.message, /^cannot write ".*": Reduce\. \(SlowDown\)$/);
    assertEquals(output.settledTo, 0);
  });
});

Deno.test("3.6.23 what a person must mend is told before anything streams", async (t) => {
  const cases: [string, () => Response, RegExp, RegExp?][] = [
    [
      "no such bucket",
      () => refusal(404, "NoSuchBucket"),
      /there is no such bucket \(`dstream init` makes it\)/,
    ],
    ["no rights", () => refusal(403, "AccessDenied"), /access denied/],
    [
      "another key",
      () => refusal(403, "InvalidAccessKeyId"),
      /the access key is not known there/,
    ],
    [
      "another secret",
      () => refusal(403, "SignatureDoesNotMatch"),
      /the secret of the access key is another one/,
    ],
    [
      "another region",
      () =>
        new Response("<Error><Code>PermanentRedirect</Code></Error>", {
          status: 301,
          headers: { "x-amz-bucket-region": "eu-west-3" },
        }),
      /the bucket is in eu-west-3/,
      /set region = "eu-west-3"/,
    ],
  ];
  for (const [name, answer, says, hint] of cases) {
    await t.step(name, async () => {
      await using server = new FakeS3(atFirst(Infinity, isBegin, answer));
      const error = await assertRejects(
        () => open(server, KEYS),
        "config.value_invalid",
      );
      assert.match(error.message, says);
      if (hint !== undefined) assert.match(error.hint!, hint);
      assert(!error.message.includes("secret="), "no secret in it");
    });
  }
  await t.step("rights that are gone later end the task", async () => {
    await using server = new FakeS3(
      atFirst(Infinity, isPut, () => refusal(403, "AccessDenied")),
    );
    await using output = await open(server, KEYS);
    await output.write({ data: { n: 1 } });
    const error = await assertRejects(() => output.flush(), "store.refused");
    assertEquals(error.name, "FinalError");
  });
});

Deno.test("3.6.12 another store is asked in the path or the host, with nothing it doesn't know", async (t) => {
  await t.step("in the path, without checksums", async () => {
    await using server = new FakeS3();
    await using output = await open(server, { ...KEYS, prefix: "a b/+ä/" });
    await output.write({ data: { n: 1 } });
    await output.flush();
    const [{ path, headers }] = server.writes;
    assert.match(path, /^\/lake\/a%20b\/%2B%C3%A4\/rows--/);
    const names = [...headers.keys()].filter((name) =>
      /checksum|sdk/.test(name)
    );
    assertEquals(names, []);
    assertEquals(headers.get("if-none-match"), "*");
    assert.match(headers.get("x-amz-content-sha256")!, /^[0-9a-f]{64}$/);
  });
  await t.step("one that knows no conditions", async () => {
    await using server = new FakeS3(({ headers, method }) => {
      if (method === "HEAD") return new Response(null, { status: 404 });
      return method === "PUT" && headers.has("if-none-match")
        ? refusal(501, "NotImplemented")
        : undefined;
    });
    await using output = await open(server, KEYS);
    for (let n = 0; n < 2; n++) {
      await output.write({ data: { n } });
      await output.flush();
    }
    assertEquals([output.settledTo, server.writes.length], [2, 3]);
    assert.match(output.context.warnings.join(), /knows no If-None-Match/);
  });
});

Deno.test("3.6.24 storage class, encryption, tags and ACL are set on every object", async () => {
  await using server = new FakeS3();
  await using output = await open(server, {
    ...KEYS,
    storage_class: "STANDARD_IA",
    encryption: "aws:kms",
    kms_key_id: "key-1",
    tags: { team: "data & more", empty: "" },
    acl: "bucket-owner-full-control",
  });
  await output.write({ data: { n: 1 } });
  await output.flush();
  const [{ headers }] = server.writes;
  const expected = {
    "x-amz-storage-class": "STANDARD_IA",
    "x-amz-server-side-encryption": "aws:kms",
    "x-amz-server-side-encryption-aws-kms-key-id": "key-1",
    "x-amz-tagging": "team=data+%26+more&empty=",
    "x-amz-acl": "bucket-owner-full-control",
    "x-amz-meta-dstream-rows": "1",
    "content-type": "application/x-ndjson",
  };
  for (const [name, value] of Object.entries(expected)) {
    assertEquals(headers.get(name), value);
  }
});

Deno.test({
  name: "3.6.9 a failed upload is ended, and so are old ones at the start",
  ignore: !needs("versitygw"),
  async fn(t) {
    await t.step("one that fails", async () => {
      await using server = new FakeS3(
        atFirst(Infinity, isPut, () => refusal(403, "AccessDenied")),
      );
      await using output = await open(server, KEYS);
      const filler = "x".repeat(1_000_000);
      for (let n = 0; n < 9; n++) await output.write({ data: { n, filler } });
      await assertRejects(() => output.flush(), "store.refused");
      const ended = server.seen.filter(({ method, path }) =>
        method === "DELETE" && path.endsWith(".jsonl")
      );
      assertEquals(ended.map(({ query }) => query.get("uploadId")), ["u-1"]);
    });
    await t.step("old ones below the own prefix", async () => {
      const bucket = await makeBucket();
      const store = DrivenOutput.storeOf(bucket);
      const signal = AbortSignal.timeout(10_000);
      await store.beginUpload("mine/half.jsonl", signal);
      await store.beginUpload("theirs/half.jsonl", signal);
      const config = { prefix: "mine/{date}/" };
      await using young = await DrivenOutput.open(bucket, config);
      assertEquals(await uploadsOf(bucket), [
        "mine/half.jsonl",
        "theirs/half.jsonl",
      ]);
      await using old = await DrivenOutput.open(bucket, {
        ...config,
        abort_uploads_after: "1ms",
      });
      assertEquals(await uploadsOf(bucket), ["theirs/half.jsonl"]);
      void [young, old];
    });
  },
});

async function uploadsOf(
  bucket: Awaited<ReturnType<typeof makeBucket>>,
): Promise<string[]> {
  const uploads = await DrivenOutput.storeOf(bucket)
    .uploads("", AbortSignal.timeout(10_000));
  return uploads.map(({ key }) => key).sort();
}

Deno.test("3.6.11 credentials come from where the machine has them, and are renewed", async (t) => {
  await using folder = await TempFolder.make({
    config: "[profile lake]\naws_access_key_id = PROFILE\n" +
      "aws_secret_access_key = s\n",
  });
  const files = {
    AWS_CONFIG_FILE: folder.join("config"),
    AWS_SHARED_CREDENTIALS_FILE: folder.join("none"),
    AWS_EC2_METADATA_DISABLED: "true",
  };
  const cases: [string, JsonObject, Record<string, string>, string][] = [
    ["keys", KEYS, files, "AKID"],
    ["the environment", {}, {
      ...files,
      AWS_ACCESS_KEY_ID: "FROMENV",
      AWS_SECRET_ACCESS_KEY: "s",
    }, "FROMENV"],
    ["a profile", { profile: "lake" }, files, "PROFILE"],
  ];
  for (const [name, config, env, expected] of cases) {
    await t.step(name, async () => {
      using _ = withEnv(env);
      await using server = new FakeS3();
      await using output = await open(server, config);
      await output.write({ data: { n: 1 } });
      await output.flush();
      const [{ headers }] = server.writes;
      assert.match(
        headers.get("authorization")!,
        new RegExp(`Credential=${expected}/`),
      );
    });
  }
  await t.step("a container's, renewed before they end", async () => {
    let fetched = 0;
    await using machine = new FakeS3(() => {
      fetched++;
      return Response.json({
        AccessKeyId: `CONTAINER${fetched}`,
        SecretAccessKey: "s",
        Token: `token${fetched}`,
        Expiration: new Date(Date.now() + 3_600_000).toISOString(),
      });
    });
    using _ = withEnv({
      ...files,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${machine.endpoint}/creds`,
    });
    await using server = new FakeS3();
    await using output = await open(server);
    const write = async () => {
      await output.write({ data: { n: 1 } });
      await output.flush();
      const { headers } = server.writes.at(-1)!;
      return [
        /Credential=(\w+)/.exec(headers.get("authorization")!)![1],
        headers.get("x-amz-security-token"),
      ];
    };
    assertEquals(await write(), ["CONTAINER1", "token1"]);
    output.context.wallShiftMs = 50 * 60_000;
    assertEquals(await write(), ["CONTAINER1", "token1"]);
    output.context.wallShiftMs = 56 * 60_000;
    assertEquals(await write(), ["CONTAINER2", "token2"]);
  });
  await t.step("a token that ended early is renewed", async () => {
    let fetched = 0;
    await using machine = new FakeS3(() =>
      Response.json({
        AccessKeyId: `CONTAINER${++fetched}`,
        SecretAccessKey: "s",
        Token: "t",
        Expiration: new Date(Date.now() + 3_600_000).toISOString(),
      })
    );
    using _ = withEnv({
      ...files,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${machine.endpoint}/creds`,
    });
    await using server = new FakeS3(
      atFirst(1, isPut, () => refusal(400, "ExpiredToken")),
    );
    await using output = await open(server);
    await output.write({ data: { n: 1 } });
    await output.flush();
    assertEquals([output.settledTo, fetched], [1, 2]);
  });
  await t.step("none at all", async () => {
    using _ = withEnv(files);
    await using server = new FakeS3();
    const error = await assertRejects(
      () => open(server),
      "config.value_invalid",
    );
    assert.match(error.message, /no credentials found/);
    assertEquals(server.seen, []);
  });
});

/** Sets variables, and takes all other ones of AWS away. */
function withEnv(variables: Readonly<Record<string, string>>): Disposable {
  const before = Object.entries(Deno.env.toObject())
    .filter(([name]) => name.startsWith("AWS_"));
  const clear = () => {
    for (const name of Object.keys(Deno.env.toObject())) {
      if (name.startsWith("AWS_")) Deno.env.delete(name);
    }
  };
  clear();
  for (const [name, value] of Object.entries(variables)) {
    Deno.env.set(name, value);
  }
  return {
    [Symbol.dispose]: () => {
      clear();
      for (const [name, value] of before) Deno.env.set(name, value);
    },
  };
}

Deno.test("3.6.22 a stop leaves what there is no time for to the replay", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  await using server = new FakeS3(async ({ method }) => {
    if (method === "PUT") await promise;
    return undefined;
  });
  const output = await open(server, KEYS);
  await output.write({ data: { n: 1 } });
  const flushed = output.flush().catch((error: Error) => error);
  await until(() => server.writes.length === 1, "it is on its way");
  await output[Symbol.asyncDispose]();
  assert(await flushed instanceof Error, "it was stored all the same");
  assertEquals(output.settledTo, 0);
  resolve();
});

Deno.test("the server of these tests ends", stopServer);
