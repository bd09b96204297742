import { buildArtifact } from "../../core/install/build_artifact.ts";
import { Layout } from "../../core/install/layout.ts";
import {
  type Compression,
  parseManifest,
  PROVIDER,
} from "../../core/registry/mod.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { TempFolder } from "../support/temp_folder.ts";

const LINUX = { os: "linux", architecture: "amd64" };
const WINDOWS = { os: "windows", architecture: "amd64" };

async function build(
  folder: TempFolder,
  name: string,
  compression: Compression = "zstd",
) {
  const linux = await folder.write("a", new Uint8Array(100_000).fill(1));
  const windows = await folder.write("b.exe", new Uint8Array(100_000).fill(2));
  return await buildArtifact(
    {
      name: "dstream-in-x",
      executables: [
        { platform: LINUX, path: linux },
        { platform: WINDOWS, path: windows },
      ],
      spec: '{"name":"x"}',
      annotations: name === "reordered"
        ? { b: "2", a: "1" }
        : { a: "1", b: "2" },
      compression,
    },
    folder.join(name),
    "1.0.0",
  );
}

Deno.test("the same executables and words are the same bytes", async () => {
  await using folder = await TempFolder.make();
  const [once, again, reordered] = [
    await build(folder, "once"),
    await build(folder, "again"),
    await build(folder, "reordered"),
  ];
  assertEquals(once.top.digest, again.top.digest);
  assertEquals(once.top.digest, reordered.top.digest);
  const gzip = await build(folder, "gzip", "gzip");
  assert.notEqual(gzip.top.digest, once.top.digest);
  assert.equal(
    gzip.top.digest,
    (await build(folder, "gzip-2", "gzip")).top.digest,
  );
});

Deno.test("every layer and manifest says what it is", async () => {
  await using folder = await TempFolder.make();
  const { top } = await build(folder, "layout");
  const layout = new Layout(folder.join("layout"));
  assertEquals((await layout.top("1.0.0")).digest, top.digest);
  const index = parseManifest(await layout.readBlob(top.digest), undefined);
  assert.ok(index.kind === "index");
  assertEquals(index.artifactType, PROVIDER);
  const titles: string[] = [];
  for (const { digest, platform } of index.manifests) {
    const one = parseManifest(await layout.readBlob(digest), undefined);
    assert.ok(one.kind === "manifest" && platform !== undefined);
    titles.push(one.layers[0].annotations!["org.opencontainers.image.title"]);
  }
  assertEquals(titles, [
    "dstream-in-x_linux_amd64.zst",
    "dstream-in-x_windows_amd64.exe.zst",
  ]);
  assertEquals(JSON.parse(await folder.read("layout/oci-layout")), {
    imageLayoutVersion: "1.0.0",
  });
});

Deno.test("a layout that is damaged is said with its folder", async () => {
  await using folder = await TempFolder.make();
  const { top } = await build(folder, "layout");
  const layout = new Layout(folder.join("layout"));
  await Deno.writeTextFile(layout.blobPath(top.digest), "{}");
  const error = await assertRejects(
    () => layout.readBlob(top.digest),
    "layout.damaged",
  );
  assert.ok(error.message.includes(folder.join("layout")));
  await assertRejects(
    () => new Layout(folder.join("nothing")).top(),
    "layout.damaged",
  );
});
