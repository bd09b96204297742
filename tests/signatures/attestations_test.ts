/**
 * What is said of an artifact: carried with it, read by cosign and oras, and shown.
 *
 * @module
 */

import { Layout } from "../../core/install/layout.ts";
import { pullToLayout, pushLayout } from "../../core/install/layout_copy.ts";
import { nameOf } from "../../core/registry/mod.ts";
import {
  findAttestations,
  judgeAttestation,
  PREDICATE,
  type PrivateKey,
} from "../../core/signatures/mod.ts";
import { attachToRelease } from "../../scripts/release/attach.ts";
import { sbomOf } from "../../scripts/release/sbom.ts";
import { assertEquals } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import { canRunRegistry } from "../support/registry/real_registry.ts";
import { runTool, toolPath } from "../support/tools.ts";
import { newKey, requires, SIGNED_AT, SigningBench } from "./support.ts";

const needsTools = {
  ignore: !canRunRegistry || !needs("cosign") || !needs("oras"),
};
const KEY = newKey();
const FACTS = {
  product: "in-x",
  version: "1",
  commit: "c0ffee",
  deno: "2.9.6",
  env: {
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_REPOSITORY: "acme/in-x",
    GITHUB_WORKFLOW_REF: "acme/in-x/.github/workflows/release.yml@refs/tags/v1",
    GITHUB_RUN_ID: "7",
  },
};

/** A release in a registry, as `deno task release --push` makes it. */
async function release(
  bench: SigningBench,
  repository: string,
  key: PrivateKey | undefined,
) {
  await bench.push(repository);
  const folder = bench.newFolder();
  const layout = await Layout.create(folder);
  const place = bench.place(repository);
  await pullToLayout(bench.client, place, "1", layout, () => {});
  const top = await layout.top();
  await attachToRelease({
    folder,
    top,
    repository: place,
    sbom: sbomOf({ npm: { "x@1.0.0": {} } }, "1"),
    facts: FACTS,
    key,
    ...SIGNED_AT,
  });
  const target = { client: bench.client, repository: place, tag: "1" };
  await pushLayout(layout, target, () => {});
  return top;
}

Deno.test({
  ...needsTools,
  name: "a release says what it is made of and how it was built",
  fn: async (t) => {
    await using bench = await SigningBench.open();
    await t.step(
      "signed: cosign verifies both, and the signature",
      async () => {
        const { digest } = await release(bench, "signed", KEY);
        const pem = KEY.public.key.export({ type: "spki", format: "pem" });
        await bench.folder.write("key.pub", pem as string);
        const name = nameOf(bench.place("signed"), digest);
        const verify = [
          "--key",
          "key.pub",
          "--insecure-ignore-tlog=true",
          name,
        ];
        await bench.cosign("verify", ...verify);
        for (const type of ["slsaprovenance1", "cyclonedx"]) {
          const text = await bench.cosign(
            "verify-attestation",
            "--type",
            type,
            ...verify,
          );
          const { payload } = JSON.parse(text.split("\n")[0]);
          const { predicateType } = JSON.parse(atob(payload));
          const wanted = type === "cyclonedx"
            ? PREDICATE.cycloneDx
            : PREDICATE.provenance;
          assertEquals(predicateType, wanted);
        }
        const { signedBy } = await bench.install("signed", {
          signatures: [requires(KEY)],
        });
        assertEquals(signedBy, `key ${KEY.public.fingerprint}`);
      },
    );
    await t.step("signed: we judge them too", async () => {
      const { digest } = await bench.installer().pin(bench.reference("signed"));
      const place = bench.place("signed");
      const found = await findAttestations(bench.client, place, digest);
      assertEquals(found.length, 2);
      for (const one of found) {
        const good = await judgeAttestation(one, digest, {
          keys: [KEY.public],
        });
        const bad = await judgeAttestation(one, digest, {
          keys: [newKey().public],
        });
        assertEquals([good.kind, bad.kind], ["signed", "invalid"]);
      }
    });
    await t.step("without a key: oras finds them", async () => {
      const { digest } = await release(bench, "plain", undefined);
      const text = await runTool(toolPath("oras"), [
        "discover",
        "--plain-http",
        "--format",
        "json",
        nameOf(bench.place("plain"), digest),
      ]);
      const parsed = JSON.parse(text);
      const listed = parsed.referrers ?? parsed.manifests;
      assertEquals(
        listed.map((one: { artifactType: string }) => one.artifactType).sort(),
        ["application/vnd.cyclonedx+json", "application/vnd.in-toto+json"],
      );
      const place = bench.place("plain");
      const found = await findAttestations(bench.client, place, digest);
      assertEquals(
        found.map(({ bundle, predicateType }) => [bundle, predicateType]),
        [[undefined, PREDICATE.cycloneDx], [undefined, PREDICATE.provenance]],
      );
    });
  },
});
