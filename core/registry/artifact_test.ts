import {
  assert,
  assertEquals,
  assertFails,
} from "../../tests/support/assert.ts";
import {
  chooseLayer,
  chooseManifest,
  EXECUTABLE_DIGEST,
  EXECUTABLE_SIZE,
  MAX_EXECUTABLE_BYTES,
  platformsOf,
  TITLE,
} from "./artifact.ts";
import {
  type Descriptor,
  encodeManifest,
  type Index,
  type Manifest,
  parseManifest,
} from "./manifest.ts";
import { type Digest, hexOf } from "./digest.ts";
import * as mediaTypes from "./media_type.ts";
import { formatPlatform, platformInTitle } from "./platform.ts";

const LINUX = { os: "linux", architecture: "amd64" };
const digest = (n: number) => `sha256:${String(n).padStart(64, "0")}`;

function layer(
  n: number,
  title: string,
  mediaType = "application/octet-stream",
  more: Record<string, string> = {},
) {
  const annotations = { [TITLE]: title, ...more };
  return { mediaType, digest: digest(n), size: n, annotations };
}

function manifest(layers: unknown[], more = {}): Manifest {
  const config = { mediaType: "x", digest: digest(0), size: 2 };
  const bytes = encodeManifest({
    mediaType: mediaTypes.MANIFEST,
    config,
    layers,
    ...more,
  });
  return parseManifest(bytes, undefined) as Manifest;
}

function index(platforms: string[]): Index {
  const manifests = platforms.map((platform, n) => {
    const [os, architecture] = platform.split("/");
    return {
      mediaType: mediaTypes.MANIFEST,
      digest: digest(n),
      size: 1,
      platform: { os, architecture },
    };
  });
  const bytes = encodeManifest({ mediaType: mediaTypes.INDEX, manifests });
  return parseManifest(bytes, undefined) as Index;
}

Deno.test("an executable is found in every layout", async (t) => {
  const zstd = mediaTypes.executableMediaType("zstd");
  const cases: readonly [string, Manifest, number][] = [
    [
      "upstream's, by title",
      manifest([
        layer(1, "plugin.darwin_arm64"),
        layer(2, "plugin.linux_amd64"),
      ]),
      2,
    ],
    ["with an underscore", manifest([layer(2, "plugin_linux_amd64")]), 2],
    [
      "among other files",
      manifest([layer(1, "provider.json"), layer(2, "plugin.linux_amd64")]),
      2,
    ],
    [
      "a plain plugin",
      manifest([layer(1, "README.md"), layer(2, "plugin")]),
      2,
    ],
    ["a plain provider", manifest([layer(2, "provider")]), 2],
    ["ours", manifest([layer(2, "dstream-in-x_linux_amd64.zst", zstd)]), 2],
    ["ours without a title", manifest([layer(2, "", zstd)]), 2],
  ];
  for (const [name, one, expected] of cases) {
    await t.step(name, () => {
      assertEquals(chooseLayer(one, LINUX, "x").layer.size, expected);
    });
  }
});

Deno.test("what an executable unpacks to is announced, or bounded", () => {
  const zstd = mediaTypes.executableMediaType("zstd");
  const annotated = layer(7, "", zstd, {
    [EXECUTABLE_DIGEST]: digest(9),
    [EXECUTABLE_SIZE]: "20",
  });
  const told = chooseLayer(manifest([annotated]), LINUX, "x");
  assertEquals([told.compression, told.digest, told.maxSizeBytes] as unknown, [
    "zstd",
    digest(9),
    20,
  ]);
  const silent = chooseLayer(manifest([layer(7, "", zstd)]), LINUX, "x");
  assertEquals([silent.digest, silent.maxSizeBytes] as unknown, [
    undefined,
    MAX_EXECUTABLE_BYTES,
  ]);
  const plain = chooseLayer(manifest([layer(7, "plugin")]), LINUX, "x");
  assertEquals([plain.digest, plain.maxSizeBytes] as unknown, [digest(7), 7]);
});

Deno.test("a missing platform is said with those that are there", async (t) => {
  await t.step("an index", () => {
    const { hint, message } = assertFails(
      () =>
        chooseManifest(
          index(["windows/amd64", "unknown/unknown", "linux/arm64"]),
          LINUX,
          "ghcr.io/a/b:1",
        ),
      "registry.platform_missing",
    );
    assertEquals(message, '"ghcr.io/a/b:1" has no executable for linux/amd64');
    assertEquals(hint, "it has windows/amd64, linux/arm64");
  });
  await t.step("one manifest", () => {
    const { hint } = assertFails(
      () =>
        chooseLayer(manifest([layer(1, "plugin.darwin_arm64")]), LINUX, "x"),
      "registry.platform_missing",
    );
    assertEquals(hint, "it has darwin/arm64");
  });
  await t.step("no provider at all", () => {
    assertFails(
      () => chooseLayer(manifest([layer(1, "README.md")]), LINUX, "x"),
      "registry.no_executable",
    );
  });
});

Deno.test("the platforms of an artifact", () => {
  const names = platformsOf(index(["linux/amd64", "unknown/unknown"]))
    .map(formatPlatform);
  assertEquals(names, ["linux/amd64"]);
});

Deno.test("platformInTitle() knows a platform in a file's name", async (t) => {
  const cases: readonly [string, string | undefined][] = [
    ["plugin.linux_amd64", "linux/amd64"],
    ["plugin_linux_arm64", "linux/arm64"],
    ["plugin.windows_amd64.exe", "windows/amd64"],
    ["dstream-in-mssql_linux_amd64.zst", "linux/amd64"],
    ["dstream-in-mssql_windows_amd64.exe.zst", "windows/amd64"],
    ["dstream-in-counter-linux-x64", "linux/amd64"],
    ["dstream-in-counter-windows-x64.exe", "windows/amd64"],
    ["dstream-in-counter-darwin-arm64", "darwin/arm64"],
    ["dstream-in-counter-macos-arm64", "darwin/arm64"],
    ["provider.json", undefined],
    ["plugin", undefined],
    ["a_b_c", undefined],
    ["", undefined],
  ];
  for (const [title, expected] of cases) {
    await t.step(title, () => {
      const found = platformInTitle(title);
      assertEquals(found && formatPlatform(found), expected);
    });
  }
});

Deno.test("parseManifest() refuses what it can't trust", async (t) => {
  const encode = (value: unknown) =>
    new TextEncoder().encode(
      typeof value === "string" ? value : JSON.stringify(value),
    );
  const config = { mediaType: "x", digest: digest(0), size: 2 };
  const cases: readonly [string, unknown][] = [
    ["no JSON", "<html>"],
    ["no object", []],
    ["neither layers nor manifests", {}],
    ["both", { layers: [], manifests: [], config }],
    ["no config", { layers: [] }],
    ["a layer without a digest", { config, layers: [{ mediaType: "x" }] }],
    ["another digest", {
      config,
      layers: [{ mediaType: "x", digest: "sha512:00", size: 1 }],
    }],
    ["a negative size", {
      config,
      layers: [{ mediaType: "x", digest: digest(1), size: -1 }],
    }],
    ["a size that is no number", {
      config,
      layers: [{ mediaType: "x", digest: digest(1), size: "1" }],
    }],
    ["a thousand and one layers", {
      config,
      layers: Array(1001).fill(config),
    }],
  ];
  for (const [name, value] of cases) {
    await t.step(name, () => {
      assertFails(
        () => parseManifest(encode(value), undefined),
        "registry.manifest_invalid",
      );
    });
  }
});

Deno.test("Docker's own media types are read as well", () => {
  const descriptor: Descriptor = {
    mediaType: "x",
    digest: digest(1) as Descriptor["digest"],
    size: 1,
  };
  const one = parseManifest(
    encodeManifest({ config: descriptor, layers: [descriptor] }),
    mediaTypes.DOCKER_MANIFEST,
  );
  assertEquals(one.kind, "manifest");
  const list = parseManifest(
    encodeManifest({ manifests: [] }),
    `${mediaTypes.DOCKER_INDEX}; charset=utf-8`,
  );
  assert.equal(list.kind, "index");
});

Deno.test("of several variants the one is chosen that runs everywhere", async (t) => {
  const cases: readonly [string, string, (string | undefined)[], number][] = [
    ["none named", "amd64", [undefined], 0],
    ["the oldest processor's comes last", "amd64", ["v3", undefined], 1],
    ["the least, where all are named", "amd64", ["v4", "v2", "v3"], 1],
    ["an empty name is none", "amd64", ["v2", ""], 1],
    ["v8 is all of arm64", "arm64", ["v9", "v8"], 1],
  ];
  for (const [name, architecture, variants, wanted] of cases) {
    await t.step(name, () => {
      const platform = { os: "linux", architecture };
      const manifests = variants.map((variant, n) => ({
        mediaType: mediaTypes.MANIFEST,
        digest: digest(n),
        size: 1,
        platform: { ...platform, variant },
      }));
      const all = parseManifest(
        encodeManifest({ mediaType: mediaTypes.INDEX, manifests }),
        undefined,
      ) as Index;
      assertEquals(chooseManifest(all, platform, "x").digest, digest(wanted));
      assertEquals(platformsOf(all).length, 1);
    });
  }
});

Deno.test("what an annotation announces is a digest and a bound, or refused", async (t) => {
  const gzip = `${mediaTypes.EXECUTABLE}+gzip`;
  const choose = (more: Record<string, string>) =>
    chooseLayer(
      manifest([layer(1, "plugin.linux_amd64", gzip, more)]),
      LINUX,
      "x",
    );
  for (
    const text of [
      "sha256:../../../../dev/zero",
      "junk",
      "",
      `sha256:${"A".repeat(64)}`,
      `sha256:${"0".repeat(64)}/..`,
    ]
  ) {
    await t.step(`digest ${JSON.stringify(text)}`, () => {
      assertFails(
        () => choose({ [EXECUTABLE_DIGEST]: text }),
        "registry.executable_invalid",
      );
      assertFails(() => hexOf(text as Digest), "registry.manifest_invalid");
    });
  }
  for (const size of ["9007199254740991", "1e300", "-1", "junk"]) {
    await t.step(`size ${size}`, () => {
      assertEquals(
        choose({ [EXECUTABLE_SIZE]: size }).maxSizeBytes,
        MAX_EXECUTABLE_BYTES,
      );
    });
  }
});
