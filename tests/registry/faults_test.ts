/**
 * What a registry can do wrong, and what becomes of it: success after another
 * attempt, or a clear error; in bounded time, bounded memory, and with no secret
 * where it doesn't belong.
 *
 * @module
 */

import {
  type Descriptor,
  downloadBlob,
  type DownloadTarget,
  MANIFEST,
  type RegistryClient,
} from "../../core/registry/mod.ts";
import { digestOf } from "../../core/registry/digest.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import {
  brokenAt,
  type Fault,
  FaultyRegistry,
} from "../support/registry/faulty_registry.ts";
import { FastClock } from "../support/fast_clock.ts";
import { testClient } from "../support/registry/client.ts";

const BLOB = new Uint8Array(200_000).map((_, i) => i * 31 + (i >> 8));

/** Takes everything into memory. */
class Memory implements DownloadTarget {
  #parts: Uint8Array[] = [];
  sizeBytes = 0;
  restarts = 0;

  write(bytes: Uint8Array): void {
    this.#parts.push(bytes.slice());
    this.sizeBytes += bytes.length;
  }

  restart(): Promise<void> {
    this.#parts = [];
    this.sizeBytes = 0;
    this.restarts++;
    return Promise.resolve();
  }

  digest() {
    const all = new Uint8Array(this.sizeBytes);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return digestOf(all);
  }
}

function isBlob({ method, path }: { method: string; path: string }): boolean {
  return method === "GET" && path.includes("/blobs/");
}

/** A fault for the first so many blob requests. */
function first(count: number, fault: Fault): Fault {
  let seen = 0;
  return (request, answer) =>
    isBlob(request) && ++seen <= count ? fault(request, answer) : undefined;
}

async function pull(
  registry: FaultyRegistry,
  client: RegistryClient,
  more: Partial<Descriptor> = {},
): Promise<Memory> {
  const digest = registry.addBlob(BLOB);
  const target = new Memory();
  const blob = { mediaType: "x", digest, size: BLOB.length, ...more };
  const place = { registry: registry.host, repository: "a/b" };
  await downloadBlob(client, place, blob, target);
  return target;
}

Deno.test("a download gets through whatever passes", async (t) => {
  const cases: readonly [string, Fault, number][] = [
    ["nothing wrong", () => undefined, 1],
    [
      "500 twice",
      first(2, () => new Response("", { status: 500 })),
      3,
    ],
    [
      "429 with Retry-After",
      first(
        1,
        () =>
          new Response("", { status: 429, headers: { "retry-after": "2" } }),
      ),
      2,
    ],
    [
      "a connection that breaks before the first byte",
      first(1, async (_, answer) => await brokenAt(await answer(), 0)),
      2,
    ],
    [
      "a connection that breaks at byte 70,000, again and again",
      first(2, async (_, answer) => await brokenAt(await answer(), 70_000)),
      3,
    ],
    [
      "a body that stands still",
      first(1, async (_, answer) => {
        const { headers } = await answer();
        return new Response(new ReadableStream(), { headers });
      }),
      2,
    ],
    [
      "a registry that is silent",
      first(1, () => new Promise(() => {})),
      2,
    ],
    [
      "a range that is answered with another",
      first(2, async (request, answer) => {
        const right = await answer();
        if (request.range === null) return await brokenAt(right, 1000);
        const headers = new Headers(right.headers);
        headers.set("content-range", "bytes 7-199999/200000");
        return new Response(right.body, { status: 206, headers });
      }),
      3,
    ],
  ];
  for (const [name, fault, requests] of cases) {
    const isAboutSilence = /stands still|silent/.test(name);
    await t.step({
      name,
      // A request without an answer stays open in the test's own server.
      sanitizeOps: false,
      sanitizeResources: false,
      fn: async () => {
        await using registry = new FaultyRegistry({ fault });
        using test = await testClient({}, new FastClock(isAboutSilence));
        const target = await pull(registry, test.client);
        assertEquals(target.digest(), digestOf(BLOB));
        assertEquals(registry.count("GET", "/blobs/"), requests);
      },
    });
  }
});

Deno.test("a broken download goes on where it broke off", async () => {
  const fault = first(
    1,
    async (_, answer) => await brokenAt(await answer(), 70_000),
  );
  await using registry = new FaultyRegistry({ fault });
  using test = await testClient();
  await pull(registry, test.client);
  const ranges = registry.requests.map(({ range }) => range);
  assertEquals(ranges, [null, "bytes=70000-199999"]);
});

Deno.test("a registry without ranges begins anew", async () => {
  const fault = first(2, async (request, answer) => {
    if (request.range === null) return await brokenAt(await answer(), 70_000);
    return new Response(BLOB, {
      headers: { "content-length": String(BLOB.length) },
    });
  });
  await using registry = new FaultyRegistry({ fault });
  using test = await testClient();
  const target = await pull(registry, test.client);
  assertEquals(target.restarts, 1);
  assertEquals(target.digest(), digestOf(BLOB));
});

Deno.test("Retry-After is kept, and not for ever", async (t) => {
  await t.step("two seconds", async () => {
    const fault = first(
      1,
      () => new Response("", { status: 429, headers: { "retry-after": "2" } }),
    );
    await using registry = new FaultyRegistry({ fault });
    using test = await testClient();
    await pull(registry, test.client);
    assertEquals(test.retries.map(({ delayMs }) => delayMs), [2000]);
  });
  await t.step("an hour", async () => {
    const fault: Fault = () =>
      new Response("", { status: 429, headers: { "retry-after": "3600" } });
    await using registry = new FaultyRegistry({ fault });
    using test = await testClient();
    await assertRejects(
      () => pull(registry, test.client),
      "registry.rate_limited",
    );
    assertEquals(registry.requests.length, 1);
  });
});

Deno.test("what doesn't pass is a clear error after a few attempts", async (t) => {
  const cases: readonly [string, Fault, string, string][] = [
    [
      "500 for ever",
      () => new Response("", { status: 500 }),
      "registry.failed",
      "answered with HTTP 500",
    ],
    [
      "404",
      () => new Response("", { status: 404 }),
      "registry.not_found",
      "has no such thing",
    ],
    [
      "403 with a reason",
      () =>
        Response.json({
          errors: [{ message: "too\u001b[31m young\nto enter" }],
        }, {
          status: 403,
        }),
      "registry.denied",
      "too [31m young to enter",
    ],
    [
      "connections that break at once, for ever",
      async (_, answer) => await brokenAt(await answer(), 0),
      "registry.unreachable",
      "",
    ],
    [
      "a longer body than announced by the manifest",
      (request) =>
        isBlob(request) ? new Response(new Uint8Array(200_001)) : undefined,
      "registry.size_mismatch",
      "200001 bytes are announced",
    ],
    [
      "a shorter one",
      (request) => isBlob(request) ? new Response("short") : undefined,
      "registry.size_mismatch",
      "5 bytes are announced",
    ],
    [
      "a body without end and without a length",
      (request) => isBlob(request) ? new Response(endless()) : undefined,
      "registry.size_mismatch",
      "it sends more",
    ],
    [
      "redirects in a circle",
      ({ path }) =>
        new Response(null, { status: 307, headers: { location: path } }),
      "registry.redirect_refused",
      "redirects more than 10 times",
    ],
    [
      "a redirect to a file",
      () =>
        new Response(null, {
          status: 302,
          headers: { location: "file:///etc/passwd" },
        }),
      "registry.redirect_refused",
      "redirects to file://",
    ],
    [
      "an error whose text never ends",
      () => new Response(endless(), { status: 403 }),
      "registry.denied",
      "does not allow it",
    ],
  ];
  for (const [name, fault, code, text] of cases) {
    await t.step({
      name,
      sanitizeOps: false,
      sanitizeResources: false,
      fn: async () => {
        await using registry = new FaultyRegistry({ fault });
        using test = await testClient();
        const error = await assertRejects(
          () => pull(registry, test.client),
          code,
        );
        assert.ok(error.message.includes(text), error.message);
        assert.ok(registry.requests.length <= 11);
      },
    });
  }
});

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
  });
}

Deno.test("manifests are not believed either", async (t) => {
  const value = { mediaType: MANIFEST, layers: [], config: descriptor() };
  const place = (registry: FaultyRegistry) => ({
    registry: registry.host,
    repository: "a/b",
  });
  const cases: readonly [string, Fault, string][] = [
    ["5 MiB", () => new Response(endless()), "registry.answer_invalid"],
    [
      "other bytes than its digest",
      () => new Response('{"layers":[]}'),
      "registry.digest_mismatch",
    ],
  ];
  for (const [name, fault, code] of cases) {
    await t.step({
      name,
      sanitizeOps: false,
      sanitizeResources: false,
      fn: async () => {
        await using registry = new FaultyRegistry({ fault });
        const digest = registry.addManifest("a/b", "1", value);
        using test = await testClient();
        await assertRejects(
          () => test.client.manifest(place(registry), digest),
          code,
        );
      },
    });
  }
  await t.step("a digest header that is another's", async () => {
    await using registry = new FaultyRegistry({
      fault: async (_, answer) => {
        const right = await answer();
        const headers = new Headers(right.headers);
        headers.set("docker-content-digest", digestOf(new Uint8Array()));
        return new Response(right.body, { headers });
      },
    });
    registry.addManifest("a/b", "1", value);
    using test = await testClient();
    await assertRejects(
      () => test.client.manifest(place(registry), "1"),
      "registry.digest_mismatch",
    );
  });
  await t.step("no digest header at all: the bytes tell", async () => {
    await using registry = new FaultyRegistry({
      fault: async (_, answer) => {
        const right = await answer();
        const headers = new Headers(right.headers);
        headers.delete("docker-content-digest");
        return new Response(right.body, { headers });
      },
    });
    const digest = registry.addManifest("a/b", "1", value);
    using test = await testClient();
    assertEquals(await test.client.resolve(place(registry), "1"), digest);
  });
});

function descriptor() {
  const digest = digestOf(new TextEncoder().encode("{}"));
  return { mediaType: "application/json", digest, size: 2 };
}

Deno.test("pages of tags", async (t) => {
  const place = (registry: FaultyRegistry) => ({
    registry: registry.host,
    repository: "a/b",
  });
  const page = (tags: unknown, next?: string) =>
    Response.json({ tags }, {
      headers: next === undefined ? {} : { link: `<${next}>; rel="next"` },
    });
  const tagsOf = async (fault: Fault) => {
    await using registry = new FaultyRegistry({ fault });
    using test = await testClient();
    return await test.client.tags(place(registry));
  };
  await t.step("follow each other", async () => {
    const tags = await tagsOf(({ path }) =>
      path.includes("last=b")
        ? page(["c"])
        : page(["a", "b"], "/v2/a/b/tags/list?last=b")
    );
    assertEquals(tags, ["a", "b", "c"]);
  });
  await t.step("in a circle", async () => {
    const error = await assertRejects(
      () => tagsOf(() => page(["a"], "/v2/a/b/tags/list?last=a")),
      "registry.answer_invalid",
    );
    assert.ok(error.message.includes("circle"), error.message);
  });
  await t.step("at another host", async () => {
    const error = await assertRejects(
      () => tagsOf(() => page(["a"], "http://127.0.0.1:1/v2/")),
      "registry.answer_invalid",
    );
    assert.ok(error.message.includes("elsewhere"), error.message);
  });
  await t.step("without end", async () => {
    let n = 0;
    await assertRejects(
      () => tagsOf(() => page([], `/v2/a/b/tags/list?n=${n++}`)),
      "registry.answer_invalid",
    );
    assertEquals(n <= 1001, true);
  });
  await t.step("that are no list", async () => {
    await assertRejects(
      () => tagsOf(() => page({})),
      "registry.answer_invalid",
    );
  });
});

Deno.test("a mirror is asked first, and passed over when it fails", async (t) => {
  const value = { mediaType: MANIFEST, layers: [], config: descriptor() };
  for (const has of [true, false]) {
    await t.step(has ? "it has it" : "it hasn't", async () => {
      await using mirror = new FaultyRegistry();
      await using origin = new FaultyRegistry();
      if (has) mirror.addManifest("copies/a/b", "1", value);
      if (has) mirror.addBlob(BLOB);
      const digest = origin.addManifest("a/b", "1", value);
      const blob = origin.addBlob(BLOB);
      using test = await testClient({
        settings: { mirrors: { [origin.host]: [`${mirror.host}/copies`] } },
      });
      const place = { registry: origin.host, repository: "a/b" };
      assertEquals((await test.client.manifest(place, "1")).digest, digest);
      const target = new Memory();
      const descriptor = { mediaType: "x", digest: blob, size: BLOB.length };
      await downloadBlob(test.client, place, descriptor, target);
      assertEquals(target.digest(), blob);
      assertEquals(mirror.requests.length > 0, true);
      assertEquals(origin.requests.length, has ? 0 : 2);
    });
  }
});
