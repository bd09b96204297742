/**
 * Uploads, whatever breaks on the way.
 *
 * @module
 */

import {
  type BlobSource,
  CHUNK_BYTES,
  INDEX,
  putManifest,
  uploadBlob,
} from "../../core/registry/mod.ts";
import { digestOf } from "../../core/registry/digest.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";
import { testClient } from "../support/registry/client.ts";
import {
  type Fault,
  FaultyRegistry,
} from "../support/registry/faulty_registry.ts";

const SMALL = new TextEncoder().encode("small");
const LARGE = new Uint8Array(CHUNK_BYTES * 2 + 1000).map((_, i) => i * 7);

function source(bytes: Uint8Array<ArrayBuffer>): BlobSource {
  const digest = digestOf(bytes);
  return {
    descriptor: { mediaType: "x", digest, size: bytes.length },
    read: (offset, size) => Promise.resolve(bytes.slice(offset, offset + size)),
  };
}

async function push(
  bytes: Uint8Array<ArrayBuffer>,
  fault?: Fault,
  more: { mountFrom?: string; before?: (r: FaultyRegistry) => void } = {},
) {
  await using registry = new FaultyRegistry({ fault });
  more.before?.(registry);
  using test = await testClient();
  const place = { registry: registry.host, repository: "a/b" };
  const done: number[] = [];
  const outcome = await uploadBlob(test.client, place, source(bytes), {
    mountFrom: more.mountFrom,
    onProgress: (bytes) => done.push(bytes),
  });
  const stored = registry.blobs.get(digestOf(bytes));
  assertEquals(stored?.length, bytes.length);
  return { outcome, done, registry, retries: test.retries };
}

Deno.test("a small blob goes in one piece, a large one in several", async () => {
  const small = await push(SMALL);
  assertEquals([small.outcome, small.registry.count("PATCH", "")], [
    "uploaded",
    0,
  ]);
  const large = await push(LARGE);
  assertEquals([large.outcome, large.registry.count("PATCH", "")], [
    "uploaded",
    3,
  ]);
  assertEquals(large.done, [
    CHUNK_BYTES,
    2 * CHUNK_BYTES,
    LARGE.length,
    LARGE.length,
  ]);
});

Deno.test("what is there isn't sent again", async () => {
  const { outcome, registry } = await push(SMALL, undefined, {
    before: (registry) => registry.addBlob(SMALL),
  });
  assertEquals(outcome, "there");
  assertEquals(registry.count("POST", ""), 0);
});

Deno.test("another repository's blob is mounted", async () => {
  const hidden: Fault = ({ method }) =>
    method === "HEAD" ? new Response(null, { status: 404 }) : undefined;
  const { outcome, registry } = await push(SMALL, hidden, {
    mountFrom: "c/d",
    before: (registry) => registry.addBlob(SMALL),
  });
  assertEquals(outcome, "mounted");
  assertEquals(registry.count("POST", "from=c%2Fd"), 1);
});

Deno.test("a mount that is refused becomes an upload", async () => {
  const { outcome } = await push(SMALL, undefined, { mountFrom: "c/d" });
  assertEquals(outcome, "uploaded");
});

Deno.test("a broken piece is sent again from where the registry stands", async (t) => {
  const cases: readonly [string, Fault][] = [
    ["a piece that didn't arrive", once("PATCH", 2, () => failed())],
    [
      "a piece that arrived, and the answer didn't",
      once("PATCH", 2, async (answer) => {
        await answer();
        return failed();
      }),
    ],
    ["the first piece", once("PATCH", 1, () => failed())],
    [
      "too many requests",
      once("PATCH", 3, () => new Response(null, { status: 429 })),
    ],
    ["the last request", once("PUT", 1, () => failed())],
  ];
  for (const [name, fault] of cases) {
    await t.step(name, async () => {
      const { outcome } = await push(LARGE, fault);
      assertEquals(outcome, "uploaded");
    });
  }
});

function failed(): Response {
  return new Response(null, { status: 502 });
}

/** A fault at the nth request of a method. */
function once(
  method: string,
  nth: number,
  fault: (answer: () => Promise<Response>) => Response | Promise<Response>,
): Fault {
  let seen = 0;
  return (request, answer) =>
    request.method === method && ++seen === nth ? fault(answer) : undefined;
}

Deno.test("a registry that never takes a piece is an error after a while", async () => {
  const never: Fault = ({ method }) =>
    method === "PATCH" ? failed() : undefined;
  await assertRejects(() => push(LARGE, never), "registry.failed");
});

Deno.test("an upload without a location is the registry's mistake", async () => {
  const nowhere: Fault = ({ method }) =>
    method === "POST" ? new Response(null, { status: 202 }) : undefined;
  await assertRejects(() => push(SMALL, nowhere), "registry.answer_invalid");
});

Deno.test("a manifest that was understood as another is noticed", async () => {
  const bytes = new TextEncoder().encode('{"manifests":[]}');
  await using registry = new FaultyRegistry({
    fault: ({ method }) =>
      method === "PUT"
        ? new Response(null, {
          status: 201,
          headers: { "docker-content-digest": digestOf(SMALL) },
        })
        : undefined,
  });
  using test = await testClient();
  const place = { registry: registry.host, repository: "a/b" };
  await assertRejects(
    () => putManifest(test.client, place, "1", { bytes, mediaType: INDEX }),
    "registry.digest_mismatch",
  );
});
