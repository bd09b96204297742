import { assertEquals } from "../../tests/support/assert.ts";
import type { Digest } from "./digest.ts";
import type { Descriptor, Index, Manifest } from "./manifest.ts";
import {
  chooseModule,
  fitsRuntime,
  MODULE_RUNTIME,
  moduleManifest,
} from "./module.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}` as Digest;

function descriptor(mediaType: string, letter: string): Descriptor {
  return { mediaType, digest: digest(letter), size: 10 };
}

Deno.test("a runtime fits what a module asks for", async (t) => {
  const cases: readonly [string | undefined, string, boolean][] = [
    [undefined, "2.6.0", true],
    [">=2.6", "2.6.10", true],
    [">=2.6", "2.9.6+4dd6ce6", true],
    [">=2.6", "2.5.9", false],
    [">=2.6, <3", "3.0.0", false],
    ["~> 2.6", "2.20.1", true],
    ["the newest", "2.9.6", false],
  ];
  for (const [wanted, version, expected] of cases) {
    await t.step(`${wanted} on ${version}: ${expected}`, () => {
      assertEquals(fitsRuntime(wanted, version), expected);
    });
  }
});

Deno.test("the module is the layer of its media type, and nothing else", () => {
  const layer = {
    ...descriptor("application/vnd.dstream.provider.module.v1+zstd", "b"),
    annotations: { [MODULE_RUNTIME]: ">=2.7" },
  };
  const other = descriptor("application/javascript", "a");
  const manifest: Manifest = {
    kind: "manifest",
    mediaType: "x",
    config: other,
    layers: [other, layer],
    annotations: { [MODULE_RUNTIME]: ">=2.6" },
  };
  const found = chooseModule(manifest, "x");
  assertEquals([found?.layer.digest, found?.compression, found?.runtime], [
    digest("b"),
    "zstd",
    ">=2.7",
  ]);
  assertEquals(chooseModule({ ...manifest, layers: [other] }, "x"), undefined);
});

Deno.test("an index has the module where no platform is named", () => {
  const linux = { os: "linux", architecture: "amd64" };
  const record = { os: "unknown", architecture: "unknown" };
  const manifests = [
    { ...descriptor("m", "a"), platform: linux },
    { ...descriptor("m", "b"), platform: record },
  ];
  const index: Index = {
    kind: "index",
    mediaType: "x",
    manifests,
    annotations: {},
  };
  assertEquals(moduleManifest(index), undefined);
  const module = descriptor("m", "c");
  const whole = { ...index, manifests: [...manifests, module] };
  assertEquals(moduleManifest(whole)?.digest, digest("c"));
});
