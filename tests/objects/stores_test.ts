/**
 * What every store does the same, against the server it has here.
 */

import { Buffer } from "node:buffer";
import { Azurite } from "../support/azurite.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import { makeBucket, stopServer } from "../support/s3_bucket.ts";
import { TestContext } from "@dstream/sdk/testing";
import {
  AzureBlobStore,
  type Content,
  type ObjectStore,
  openGcs,
  S3Store,
} from "../../providers/objects/mod.ts";
import { configOf } from "../support/s3_output.ts";

const signal = AbortSignal.timeout(120_000);
const LARGE = 20 * 1024 * 1024;

type Make = (name?: string) => Promise<ObjectStore>;

function content(bytes: Uint8Array): Content {
  return {
    sizeBytes: bytes.length,
    read: (offset, length) => bytes.slice(offset, offset + length),
  };
}

async function bytesOf(store: ObjectStore, key: string) {
  for await (const page of store.list(key, signal)) {
    for (const object of page) {
      if (object.key !== key) continue;
      const stream = await store.read(object, signal);
      return stream && new Uint8Array(await new Response(stream).arrayBuffer());
    }
  }
}

function testStore(name: string, ignore: boolean, make: Make): void {
  Deno.test({
    name: `${name} does what stores do`,
    ignore,
    async fn(t) {
      const store = await make();
      const put = (key: string, bytes: Uint8Array, rows = "1") =>
        store.upload(key, content(bytes), {
          contentType: "text/plain",
          metadata: { "dstream-rows": rows },
          signal,
        });
      const one = new TextEncoder().encode("one");
      await t.step("it is there and may be written to", async () => {
        assertEquals(await store.exists(signal), true);
        await store.check("a/", signal);
        assertEquals(await keysOf(store, ""), []);
      });
      await t.step(
        "an object is stored once, with what is said of it",
        async () => {
          assertEquals(await put("a/ä + b%.txt", one), "stored");
          assertEquals(await put("a/ä + b%.txt", one), "exists");
          assertEquals(await bytesOf(store, "a/ä + b%.txt"), one);
          const metadata = await store.metadataOf("a/ä + b%.txt", signal);
          assertEquals(metadata?.["dstream-rows"], "1");
          assertEquals(await store.metadataOf("a/none", signal), undefined);
        },
      );
      await t.step("a large one too, of many parts", async () => {
        const large = new Uint8Array(LARGE);
        for (let at = 0; at < LARGE; at += 1000) large[at] = at % 251;
        assertEquals(await put("large", large), "stored");
        assertEquals(await put("large", large), "exists");
        assert(Buffer.from(large).equals(await bytesOf(store, "large") ?? one));
      });
      await t.step("it is copied and taken away", async () => {
        await store.copy("a/ä + b%.txt", "copy/x", signal);
        await store.remove("a/ä + b%.txt", signal);
        await store.remove("a/ä + b%.txt", signal);
        assertEquals(await bytesOf(store, "copy/x"), one);
        assertEquals(await keysOf(store, "a/"), []);
      });
      await t.step("another content is not what was listed", async () => {
        const [object] = await objectsOf(store, "copy/x");
        await store.remove("copy/x", signal);
        assertEquals(await store.read(object, signal), undefined);
        await put("copy/x", new TextEncoder().encode("other"));
        assertEquals(await store.read(object, signal), undefined);
      });
      await t.step("names are listed in order, page after page", async () => {
        const keys = Array.from(
          { length: 1050 },
          (_, n) => `many/${String(n).padStart(4, "0")}`,
        );
        for (let at = 0; at < keys.length; at += 50) {
          await Promise.all(
            keys.slice(at, at + 50).map((key) => put(key, one)),
          );
        }
        assertEquals(await keysOf(store, "many/"), keys);
      });
      await t.step("one that isn't there is told", async () => {
        const other = await make("isn-t-there");
        assertEquals(await other.exists(signal), false);
        const error = await assertRejects(
          () => other.check("", signal),
          "config.value_invalid",
        );
        assert.match(error.message, /there is no such (bucket|container)/);
        await other.create(signal);
        await other.check("", signal);
      });
    },
  });
}

async function objectsOf(store: ObjectStore, prefix: string) {
  const pages = await Array.fromAsync(store.list(prefix, signal));
  return pages.flat();
}

async function keysOf(store: ObjectStore, prefix: string) {
  return (await objectsOf(store, prefix)).map(({ key }) => key);
}

const context = new TestContext();
const OPTIONS = { retryTimeoutMs: 5000 };
const hasGateway = needs("versitygw");

testStore("s3", !hasGateway, async (name) => {
  const { config } = await makeBucket();
  const values = configOf(
    name === undefined ? config : {
      ...config,
      bucket: name,
    },
  );
  return new S3Store(values, OPTIONS, context);
});

testStore("gcs over the interface of S3", !hasGateway, async (name) => {
  const bucket = await makeBucket();
  const config = {
    bucket: name === undefined ? bucket.name : `${name}-2`,
    endpoint: bucket.server.endpoint,
    accessKeyId: bucket.server.accessKeyId,
    secretAccessKey: bucket.server.secretAccessKey,
  };
  return openGcs(config, 5000, context, {}, bucket.server.region);
});

let azurite: Azurite | undefined;

testStore("azure_blob", false, async (name) => {
  azurite ??= await Azurite.start();
  const config = {
    container: name ?? "lake",
    connectionString: azurite.connectionString,
    account: undefined,
    clientId: undefined,
  };
  const store = new AzureBlobStore(config, 5000, context);
  if (name === undefined) await store.create(signal);
  return store;
});

Deno.test("the servers of these tests end", async () => {
  await azurite?.[Symbol.asyncDispose]();
  await stopServer();
});
