/**
 * Installing from a registry that a test controls: which requests are made, what
 * is believed, what is left behind.
 *
 * @module
 */

import { createGzip, createZstdCompress } from "node:zlib";
import { Buffer } from "node:buffer";
import { listRecords } from "../../core/install/artifact_record.ts";
import type { InstallEvent } from "../../core/install/events.ts";
import { Installer } from "../../core/install/install.ts";
import type { PullPolicy } from "../../core/install/install_options.ts";
import type { Locked, LockedProvider } from "../../core/install/lock_file.ts";
import { lockReferences } from "../../core/install/lock_references.ts";
import { prune } from "../../core/install/prune.ts";
import { type Digest, digestOf, hexOf } from "../../core/registry/digest.ts";
import {
  EXECUTABLE_DIGEST,
  EXECUTABLE_SIZE,
  executableMediaType,
  INDEX,
  MANIFEST,
  parseReference,
  type Platform,
  SPEC,
  TITLE,
} from "../../core/registry/mod.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { testClient } from "../support/registry/client.ts";
import {
  brokenAt,
  type Fault,
  FaultyRegistry,
} from "../support/registry/faulty_registry.ts";
import { TempFolder } from "../support/temp_folder.ts";

const LINUX: Platform = { os: "linux", architecture: "amd64" };
const PROGRAM = new Uint8Array(300_000).map((_, i) => (i * i) >> 3);
const OTHER = new TextEncoder().encode("#!/bin/sh\nexit 0\n");
const SPEC_TEXT = '{"name":"x","role":"input","config":{}}';

/** A registry, an empty cache, and what an installer said. */
class Bench implements AsyncDisposable {
  readonly registry: FaultyRegistry;
  readonly events: InstallEvent[] = [];
  readonly #clients: Disposable[] = [];

  private constructor(readonly cache: TempFolder, fault: Fault | undefined) {
    this.registry = new FaultyRegistry({ fault });
  }

  static async make(fault?: Fault): Promise<Bench> {
    return new Bench(await TempFolder.make(), fault);
  }

  installer(more: {
    pull?: PullPolicy;
    locked?: Locked;
    platform?: Platform;
  } = {}): Installer {
    return new Installer({
      cacheFolder: this.cache.path,
      platform: more.platform ?? LINUX,
      clock: fixedClock,
      client: async () => {
        const test = await testClient();
        this.#clients.push(test);
        return test.client;
      },
      pull: more.pull ?? "missing",
      locked: more.locked,
      onEvent: (event) => this.events.push(event),
    });
  }

  async install(version = ":1", more: Parameters<Bench["installer"]>[0] = {}) {
    return await this.installer(more).install(this.reference(version));
  }

  reference(version = ":1") {
    return parseReference(`${this.registry.host}/a/x${version}`);
  }

  requests(): string[] {
    return this.registry.requests.map(({ method, path }) =>
      `${method} ${path.replace("/v2/a/x/", "").replace(/\/.*/, "")}`
    );
  }

  kinds(): string[] {
    return this.events.map(({ kind }) => kind)
      .filter((kind) => kind !== "progress");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client[Symbol.dispose]();
    await this.registry[Symbol.asyncDispose]();
    await this.cache[Symbol.asyncDispose]();
  }
}

const fixedClock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  sleep: (delayMs: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, delayMs);
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(signal.reason);
      }, { once: true });
    }),
};

async function compress(bytes: Uint8Array, kind: "zstd" | "gzip") {
  const stream = kind === "zstd" ? createZstdCompress() : createGzip();
  const parts: Uint8Array[] = [];
  stream.on("data", (part: Uint8Array) => parts.push(part));
  const done = new Promise((resolve) => stream.on("end", resolve));
  stream.end(bytes);
  await done;
  return new Uint8Array(Buffer.concat(parts));
}

/** Our layout for one platform; the registry's `1` stands for it. */
async function addOurs(
  registry: FaultyRegistry,
  program: Uint8Array,
  more: {
    kind?: "zstd" | "gzip";
    digest?: string;
    size?: number;
    isSilent?: boolean;
    tag?: string;
  } = {},
): Promise<Digest> {
  const { kind = "zstd", tag = "1" } = more;
  const packed = await compress(program, kind);
  const layer = registry.addBlob(packed);
  const spec = new TextEncoder().encode(SPEC_TEXT);
  const told = more.isSilent ? {} : {
    [EXECUTABLE_DIGEST]: more.digest ?? digestOf(program),
    [EXECUTABLE_SIZE]: String(more.size ?? program.length),
  };
  const manifest = registry.addManifest("a/x", `${tag}-linux`, {
    mediaType: MANIFEST,
    config: {
      mediaType: SPEC,
      digest: registry.addBlob(spec),
      size: spec.length,
    },
    layers: [{
      mediaType: executableMediaType(kind),
      digest: layer,
      size: packed.length,
      annotations: { [TITLE]: `x_linux_amd64`, ...told },
    }],
  } as never);
  const size = registry.manifests.get(`a/x ${manifest}`)!.bytes.length;
  return registry.addManifest("a/x", tag, {
    mediaType: INDEX,
    manifests: [
      { mediaType: MANIFEST, digest: manifest, size, platform: LINUX },
    ],
  } as never);
}

/** Upstream's: one manifest, a layer for each platform. */
function addUpstreams(registry: FaultyRegistry, tag = "1"): Digest {
  const config = registry.addBlob(OTHER);
  const layer = (title: string, bytes: Uint8Array<ArrayBuffer>) => ({
    mediaType: "application/octet-stream",
    digest: registry.addBlob(bytes),
    size: bytes.length,
    annotations: { [TITLE]: title },
  });
  return registry.addManifest("a/x", tag, {
    mediaType: MANIFEST,
    config: { mediaType: "text/plain", digest: config, size: OTHER.length },
    layers: [
      layer("plugin.darwin_arm64", OTHER),
      layer("plugin.linux_amd64", PROGRAM),
      layer("plugin.windows_amd64.exe", OTHER),
    ],
  } as never);
}

async function isProgram(path: string): Promise<boolean> {
  return digestOf(await Deno.readFile(path)) === digestOf(PROGRAM);
}

Deno.test("every layout becomes an executable", async (t) => {
  const cases: readonly [string, (r: FaultyRegistry) => Promise<unknown>][] = [
    ["zstd", (r) => addOurs(r, PROGRAM)],
    ["gzip", (r) => addOurs(r, PROGRAM, { kind: "gzip" })],
    ["without annotations", (r) => addOurs(r, PROGRAM, { isSilent: true })],
    ["upstream's", (r) => Promise.resolve(addUpstreams(r))],
  ];
  for (const [name, add] of cases) {
    await t.step(name, async () => {
      await using bench = await Bench.make();
      await add(bench.registry);
      const { path, executable } = await bench.install();
      assertEquals(await isProgram(path), true);
      assertEquals(executable.digest, digestOf(PROGRAM));
      assert.match(path, /[/\\]a[/\\]x[/\\]1[/\\]linux_amd64[/\\]x$/);
      if (Deno.build.os !== "windows") {
        assertEquals((await Deno.stat(path)).mode! & 0o111, 0o111);
      }
      const left = [...Deno.readDirSync(bench.cache.join("partial"))];
      assertEquals(left.map(({ name }) => name), []);
    });
  }
});

Deno.test("an executable of several megabytes, in noise and zeros, unpacks", async (t) => {
  const program = new Uint8Array(6_000_000);
  for (let at = 0; at < program.length; at += 65_536) {
    crypto.getRandomValues(program.subarray(at, at + 20_000));
  }
  for (const kind of ["zstd", "gzip"] as const) {
    await t.step(kind, async () => {
      await using bench = await Bench.make();
      await addOurs(bench.registry, program, { kind });
      const { executable } = await bench.install();
      assertEquals(executable.digest, digestOf(program));
    });
  }
});

Deno.test("what it says about itself comes along", async () => {
  await using bench = await Bench.make();
  await addOurs(bench.registry, PROGRAM);
  assertEquals((await bench.install()).spec, SPEC_TEXT);
});

Deno.test("the registry is asked as little as possible", async (t) => {
  await t.step("a tag: looked up again, nothing fetched twice", async () => {
    await using bench = await Bench.make();
    await addOurs(bench.registry, PROGRAM);
    await bench.install();
    assertEquals(bench.requests(), [
      "HEAD manifests",
      "GET manifests",
      "GET manifests",
      "GET blobs",
      "GET blobs",
    ]);
    bench.registry.requests.length = 0;
    await bench.install();
    assertEquals(bench.requests(), ["HEAD manifests"]);
  });
  await t.step("a digest: not at all", async () => {
    await using bench = await Bench.make();
    const digest = await addOurs(bench.registry, PROGRAM);
    await bench.install(`@${digest}`);
    bench.registry.requests.length = 0;
    await bench.install(`:1@${digest}`);
    assertEquals(bench.requests(), []);
  });
  await t.step("a locked tag: not at all, wherever it has moved", async () => {
    await using bench = await Bench.make();
    await addOurs(bench.registry, PROGRAM);
    const locked = await lock(bench);
    await bench.install(":1", { locked });
    await addOurs(bench.registry, OTHER);
    bench.registry.requests.length = 0;
    const { path } = await bench.install(":1", { locked });
    assertEquals(await isProgram(path), true);
    assertEquals(bench.requests(), []);
  });
  await t.step("--pull never: not at all", async () => {
    await using bench = await Bench.make();
    await addOurs(bench.registry, PROGRAM);
    await assertRejects(
      () => bench.install(":1", { pull: "never" }),
      "install.not_cached",
    );
    await bench.install();
    bench.registry.requests.length = 0;
    await bench.install(":1", { pull: "never" });
    assertEquals(bench.requests(), []);
  });
});

async function lock(bench: Bench, before?: Locked, isUpgrade = false) {
  const { options } = bench.installer();
  const changes = await lockReferences(
    [bench.reference()],
    before,
    isUpgrade,
    options,
  );
  return new Map<string, LockedProvider>(
    changes.map(({ provider }) => [provider.reference, provider]),
  );
}

Deno.test("a tag that moved is followed, unless it is locked", async () => {
  await using bench = await Bench.make();
  await addOurs(bench.registry, PROGRAM);
  await bench.install();
  const locked = await lock(bench);
  await addOurs(bench.registry, OTHER);
  const moved = await bench.install();
  assertEquals(moved.executable.digest, digestOf(OTHER));
  assertEquals(digestOf(await Deno.readFile(moved.path)), digestOf(OTHER));
  const error = await assertRejects(
    () => bench.install(":1", { locked, pull: "always" }),
    "lock.mismatch",
  );
  assert.ok(error.hint?.includes("init --upgrade"), error.hint);
  const upgraded = await lock(bench, locked, true);
  const again = await bench.install(":1", { locked: upgraded, pull: "always" });
  assertEquals(again.executable.digest, digestOf(OTHER));
});

Deno.test("an executable that the lock file knows otherwise is refused", async () => {
  await using bench = await Bench.make();
  await addOurs(bench.registry, PROGRAM);
  const [entry] = (await lock(bench)).values();
  const executables = { "linux/amd64": digestOf(OTHER) };
  const locked = new Map([[entry.reference, { ...entry, executables }]]);
  await assertRejects(() => bench.install(":1", { locked }), "lock.mismatch");
});

Deno.test("a reference with another digest than the lock file is refused", async () => {
  await using bench = await Bench.make();
  const digest = await addOurs(bench.registry, PROGRAM);
  const reference = `${bench.registry.host}/a/x:1@${digest}`;
  const other = digestOf(OTHER);
  const entry = { reference, version: "1", digest: other, executables: {} };
  await assertRejects(
    () =>
      bench.install(`:1@${digest}`, { locked: new Map([[reference, entry]]) }),
    "lock.mismatch",
  );
});

Deno.test("without the registry what was pulled last is used, and said", async () => {
  await using bench = await Bench.make();
  await addOurs(bench.registry, PROGRAM);
  await bench.install();
  bench.registry.fault = () => new Response("", { status: 503 });
  const { path } = await bench.install();
  assertEquals(await isProgram(path), true);
  assertEquals(bench.kinds().includes("offline"), true);
  await assertRejects(
    () => bench.install(":1", { pull: "always" }),
    "registry.failed",
  );
});

Deno.test("a version that isn't there is an error also with an older one in the cache", async () => {
  await using bench = await Bench.make();
  await addOurs(bench.registry, PROGRAM);
  await bench.install();
  await assertRejects(() => bench.install(":2"), "registry.not_found");
});

Deno.test("a constraint is the newest version that fits", async () => {
  await using bench = await Bench.make();
  for (const tag of ["1.0.0", "v1.2.0", "1.3.0-rc.1", "2.0.0", "latest"]) {
    await addOurs(bench.registry, PROGRAM, { tag });
  }
  const { reference } = await bench.install(":~> 1.0");
  assertEquals(reference.tag, "v1.2.0");
  const offline = await bench.install(":~> 1.0", { pull: "never" });
  assertEquals(offline.reference.tag, "v1.2.0");
  const { hint } = await assertRejects(
    () => bench.install(":>= 3"),
    "registry.no_version",
  );
  assertEquals(hint, "the newest is 2.0.0");
});

Deno.test("a flipped byte is noticed before it runs", async (t) => {
  for (const name of ["executable", "manifest"]) {
    await t.step(name, async () => {
      await using bench = await Bench.make();
      const digest = await addOurs(bench.registry, PROGRAM);
      await bench.install();
      const damaged = name === "executable" ? digestOf(PROGRAM) : digest;
      const path = bench.cache.join("blobs", "sha256", hexOf(damaged));
      const bytes = await Deno.readFile(path);
      bytes[bytes.length >> 1] ^= 1;
      await Deno.writeFile(path, bytes);
      const again = await bench.install();
      assertEquals(await isProgram(again.path), true);
      assertEquals(
        bench.kinds().includes("damaged"),
        name === "executable",
      );
    });
  }
});

Deno.test("a broken download goes on in the next process, wherever it broke", async (t) => {
  const size = (await compress(PROGRAM, "zstd")).length;
  for (const at of [0, 1, 1000, size >> 1, size - 1]) {
    await t.step(`at byte ${at} of ${size}`, async () => {
      const isLayer = ({ path, range, method }: {
        path: string;
        range: string | null;
        method: string;
      }) => method === "GET" && path.includes("/blobs/") && range === null;
      await using bench = await Bench.make(async (request, answer) => {
        const right = isLayer(request) ? await answer() : undefined;
        const isBig = Number(right?.headers.get("content-length")) > 1000;
        return right && isBig ? await brokenAt(right, at) : right;
      });
      await addOurs(bench.registry, PROGRAM);
      const layer = digestOf(await compress(PROGRAM, "zstd"));
      // As a process that was killed leaves it.
      if (at > 0) {
        await bench.cache.write(
          `partial/${hexOf(layer)}`,
          (await compress(PROGRAM, "zstd")).subarray(0, at),
        );
        await bench.cache.write(`partial/${hexOf(layer)}.unpacked`, OTHER);
      } else bench.registry.fault = undefined;
      assertEquals(await isProgram((await bench.install()).path), true);
      const ranges = bench.registry.requests.flatMap(({ range }) =>
        range ?? []
      );
      assertEquals(ranges, at > 0 ? [`bytes=${at}-${size - 1}`] : []);
    });
  }
});

Deno.test("a part that is wrong is thrown away, and the whole fetched", async (t) => {
  const packed = await compress(PROGRAM, "zstd");
  const parts: readonly [string, Uint8Array][] = [
    ["other bytes", new Uint8Array(1000).fill(7)],
    ["as long as the whole, but other", packed.map((byte) => byte ^ 1)],
    ["longer", new Uint8Array(packed.length + 1)],
  ];
  for (const [name, part] of parts) {
    await t.step(name, async () => {
      await using bench = await Bench.make();
      await addOurs(bench.registry, PROGRAM);
      await bench.cache.write(`partial/${hexOf(digestOf(packed))}`, part);
      assertEquals(await isProgram((await bench.install()).path), true);
    });
  }
});

Deno.test("what unpacks to something else is refused, and nothing kept", async (t) => {
  const bomb = new Uint8Array(50_000_000);
  const cases: readonly [
    string,
    (r: FaultyRegistry) => Promise<unknown>,
    string,
  ][] = [
    [
      "another digest",
      (r) => addOurs(r, PROGRAM, { digest: digestOf(OTHER) }),
      "unpacks to something else",
    ],
    [
      "more than announced",
      (r) => addOurs(r, bomb, { size: 1000 }),
      "unpacks to more than 1000 bytes",
    ],
    [
      "less than announced: the digest tells",
      (r) => addOurs(r, OTHER, { size: 1000, digest: digestOf(PROGRAM) }),
      "unpacks to something else",
    ],
  ];
  for (const [name, add, text] of cases) {
    await t.step(name, async () => {
      await using bench = await Bench.make();
      await add(bench.registry);
      const { message } = await assertRejects(
        () => bench.install(),
        "registry.executable_invalid",
      );
      assert.ok(message.includes(text), message);
      const left = [...Deno.readDirSync(bench.cache.join("partial"))];
      assertEquals(left.map(({ name }) => name), []);
    });
  }
  await t.step("no zstd at all", async () => {
    await using bench = await Bench.make();
    await addOurs(bench.registry, PROGRAM);
    const layer = bench.registry.addBlob(PROGRAM);
    const manifest = {
      mediaType: MANIFEST,
      config: { mediaType: "x", digest: layer, size: PROGRAM.length },
      layers: [{
        mediaType: executableMediaType("zstd"),
        digest: layer,
        size: PROGRAM.length,
      }],
    };
    bench.registry.addManifest("a/x", "1", manifest as never);
    await assertRejects(() => bench.install(), "registry.executable_invalid");
  });
});

Deno.test("a layer with other bytes than its digest is refused, and nothing kept", async () => {
  await using bench = await Bench.make(async (request, answer) => {
    const right = await answer();
    const length = Number(right.headers.get("content-length"));
    if (!request.path.includes("/blobs/") || length < 1000) return right;
    return new Response(new Uint8Array(length), { headers: right.headers });
  });
  await addOurs(bench.registry, PROGRAM);
  await assertRejects(() => bench.install(), "registry.digest_mismatch");
  const left = [...Deno.readDirSync(bench.cache.join("partial"))];
  assertEquals(left.map(({ name }) => name), []);
});

Deno.test("many at once download once", async () => {
  await using bench = await Bench.make();
  await addOurs(bench.registry, PROGRAM);
  const all = await Promise.all(
    Array.from({ length: 8 }, () => bench.install()),
  );
  for (const { path } of all) assertEquals(await isProgram(path), true);
  const pulled = bench.kinds().filter((kind) => kind === "pulled");
  assertEquals(pulled.length, 1);
});

Deno.test("a lock file names the executable of every platform", async () => {
  await using bench = await Bench.make();
  addUpstreams(bench.registry);
  const [entry] = (await lock(bench)).values();
  assertEquals(entry.version, "1");
  assertEquals({ ...entry.executables }, {
    "darwin/arm64": digestOf(OTHER),
    "linux/amd64": digestOf(PROGRAM),
    "windows/amd64": digestOf(OTHER),
  });
});

Deno.test("what isn't told is looked at for the lock file", async () => {
  await using bench = await Bench.make();
  await addOurs(bench.registry, PROGRAM, { isSilent: true });
  const [entry] = (await lock(bench)).values();
  assertEquals({ ...entry.executables }, { "linux/amd64": digestOf(PROGRAM) });
});

Deno.test("prune throws out what nobody has used, and nothing else", async () => {
  await using bench = await Bench.make();
  await addOurs(bench.registry, PROGRAM, { tag: "1" });
  await addOurs(bench.registry, OTHER, { tag: "2" });
  await bench.install(":1");
  await bench.install(":2");
  await bench.cache.write("partial/abc", "a part");
  const dayMs = 86_400_000;
  const now = Date.now();
  const record = bench.cache.join(
    bench.registry.host.replace(":", "_"),
    "a/x/1/artifact.json",
  );
  await Deno.utime(record, new Date(now - 40 * dayMs), new Date(0));
  await Deno.utime(
    record,
    new Date(now - 40 * dayMs),
    new Date(now - 40 * dayMs),
  );
  const later = now + 2 * 3_600_000;
  const dry = await prune(bench.cache.path, 30 * dayMs, later, true);
  assertEquals((await listRecords(bench.cache.path)).length, 2);
  const { artifacts, freedBytes } = await prune(
    bench.cache.path,
    30 * dayMs,
    later,
    false,
  );
  assertEquals(artifacts.map(({ reference }) => reference), [
    `${bench.registry.host}/a/x:1`,
  ]);
  assertEquals(freedBytes, dry.freedBytes);
  assert.ok(freedBytes >= PROGRAM.length);
  const kept = await bench.install(":2", { pull: "never" });
  assertEquals(kept.executable.digest, digestOf(OTHER));
  await assertRejects(
    () => bench.install(":1", { pull: "never" }),
    "install.not_cached",
  );
});

Deno.test({
  name: "a cache that can't be written is an error that names it",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using bench = await Bench.make();
    await addOurs(bench.registry, PROGRAM);
    await bench.cache.write("blobs", "a file in the place of a folder");
    const error = await assertRejects(() => bench.install(), "install.failed");
    assert.ok(error.message.includes(bench.cache.path), error.message);
  },
});
