import { assertEquals } from "../../tests/support/assert.ts";
import { FastClock } from "../../tests/support/fast_clock.ts";
import { TempFolder } from "../../tests/support/temp_folder.ts";
import { digestOf, hexOf } from "../registry/digest.ts";
import { Cache } from "./cache.ts";

const BYTES = new TextEncoder().encode("{}");
const DIGEST = digestOf(BYTES);

Deno.test({
  name: "only regular files are opened in the cache",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using folder = await TempFolder.make();
    const cache = new Cache(folder.path, new FastClock());
    await Deno.mkdir(`${folder.path}/blobs/sha256`, { recursive: true });
    await Deno.mkdir(`${folder.path}/unpacked`);
    await Deno.symlink("/dev/zero", cache.blobPath(DIGEST));
    await Deno.symlink("/dev/zero", `${folder.path}/unpacked/${hexOf(DIGEST)}`);
    assertEquals(await cache.readBlob(DIGEST), undefined);
    assertEquals(await cache.check(DIGEST), "damaged");
    assertEquals(await cache.unpacked(DIGEST), undefined);
  },
});

Deno.test("what is remembered on disk is parsed as a digest before it is a path", async () => {
  for (const digest of ["sha256:../../../../dev/zero", "junk", null, 5]) {
    await using folder = await TempFolder.make({
      [`unpacked/${hexOf(DIGEST)}`]: JSON.stringify({ digest, sizeBytes: 1 }),
    });
    const cache = new Cache(folder.path, new FastClock());
    assertEquals(await cache.unpacked(DIGEST), undefined);
  }
});

Deno.test({
  name: "nobody else can change the cache, whatever the umask",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using folder = await TempFolder.make();
    const cache = new Cache(`${folder.path}/cache`, new FastClock());
    const before = Deno.umask(0);
    try {
      await cache.writeBlob(BYTES);
    } finally {
      Deno.umask(before);
    }
    for (const path of [cache.folder, cache.blobPath(DIGEST)]) {
      assertEquals((await Deno.stat(path)).mode! & 0o022, 0);
    }
  },
});
