/**
 * What was attached to a manifest, from registries that list it and from those that
 * keep the list under a tag; and how a manifest is forgotten.
 *
 * @module
 */

import { digestOf } from "../../core/registry/digest.ts";
import { INDEX, MANIFEST } from "../../core/registry/mod.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";
import { testClient } from "../support/registry/client.ts";
import {
  type Fault,
  FaultyRegistry,
} from "../support/registry/faulty_registry.ts";

const SUBJECT = digestOf(new TextEncoder().encode("the provider"));

function listOf(...types: string[]) {
  return {
    mediaType: INDEX,
    manifests: types.map((artifactType, n) => ({
      mediaType: MANIFEST,
      digest: `sha256:${String(n).padStart(64, "0")}`,
      size: 1,
      artifactType,
    })),
  };
}

async function typesOf(
  fault: Fault | undefined,
  tagged: ReturnType<typeof listOf> | undefined,
  only?: string,
) {
  await using registry = new FaultyRegistry({ fault });
  if (tagged !== undefined) {
    registry.addManifest("a/x", SUBJECT.replace(":", "-"), tagged);
  }
  using test = await testClient();
  const place = { registry: registry.host, repository: "a/x" };
  const found = await test.client.referrers(place, SUBJECT, only);
  return found.map(({ artifactType }) => artifactType);
}

/** A registry that knows referrers; the spec lets it page them. */
const LISTED: Fault = ({ path }) => {
  if (!path.includes("/referrers/")) return undefined;
  const isSecond = path.includes("page=2");
  return Response.json(isSecond ? listOf("sbom") : listOf("signature"), {
    headers: isSecond ? { "content-type": INDEX } : {
      "content-type": INDEX,
      link: `<${path}?page=2>; rel="next"`,
    },
  });
};

Deno.test("referrers are listed, page by page, or found under their tag", async (t) => {
  const cases: readonly [string, Promise<unknown>, unknown][] = [
    ["listed", typesOf(LISTED, undefined), ["signature", "sbom"]],
    ["of one type", typesOf(LISTED, undefined, "sbom"), ["sbom"]],
    [
      "under a tag, where the registry knows no list",
      typesOf(undefined, listOf("signature", "sbom")),
      ["signature", "sbom"],
    ],
    ["none at all", typesOf(undefined, undefined), []],
  ];
  for (const [name, found, expected] of cases) {
    await t.step(name, async () => assertEquals(await found, expected));
  }
});

Deno.test("a manifest that was deleted is gone, and that once", async () => {
  await using registry = new FaultyRegistry();
  const digest = registry.addManifest("a/x", "1", listOf());
  using test = await testClient();
  const place = { registry: registry.host, repository: "a/x" };
  await test.client.delete(place, digest);
  await assertRejects(
    () => test.client.manifest(place, digest),
    "registry.not_found",
  );
  await assertRejects(
    () => test.client.delete(place, digest),
    "registry.not_found",
  );
});
