/**
 * Keys and signatures beside the real cosign: each reads what the other has made.
 *
 * @module
 */

import { readPrivateKey } from "../../core/signatures/key_file.ts";
import { makeKeyPair } from "../../core/signatures/mod.ts";
import { Layout } from "../../core/install/layout.ts";
import { pullToLayout, pushLayout } from "../../core/install/layout_copy.ts";
import { nameOf } from "../../core/registry/mod.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import { canRunRegistry } from "../support/registry/real_registry.ts";
import { newKey, privatePem, requires, SigningBench } from "./support.ts";

const needsCosign = { ignore: !canRunRegistry || !needs("cosign") };
const OLD_FORM = "--new-bundle-format=false";
const NO_LOG = "--insecure-ignore-tlog=true";
const SIGN = [
  "sign",
  "--yes",
  "--use-signing-config=false",
  "--tlog-upload=false",
];

const passphrase = () => Promise.resolve("test");

Deno.test({
  ...needsCosign,
  name: "cosign reads our key files, and we read cosign's",
  fn: async (t) => {
    await using bench = await SigningBench.open();
    const { folder } = bench;
    await t.step("ours, by cosign", async () => {
      const pair = await makeKeyPair("test");
      await folder.write("ours.key", pair.privateKey);
      assertEquals(
        await bench.cosign("public-key", "--key", "ours.key"),
        pair.publicKey,
      );
    });
    await bench.cosign("generate-key-pair");
    const text = await folder.read("cosign.key");
    await t.step("cosign's, by us, also under its older name", async () => {
      for (const label of ["SIGSTORE", "COSIGN"]) {
        const named = text.replaceAll("SIGSTORE", label);
        const { public: { key } } = await readPrivateKey(
          named,
          '"cosign.key"',
          passphrase,
        );
        const pem = key.export({ type: "spki", format: "pem" });
        assertEquals(pem, await folder.read("cosign.pub"));
      }
    });
    await t.step("with a wrong passphrase", async () => {
      await assertRejects(
        () => readPrivateKey(text, "it", () => Promise.resolve("wrong")),
        "sign.passphrase_wrong",
      );
    });
  },
});

Deno.test({
  ...needsCosign,
  name: "cosign verifies our signatures, and we verify cosign's",
  fn: async (t) => {
    await using bench = await SigningBench.open();
    const key = newKey();
    await bench.folder.write("plain.pem", privatePem(key));
    await bench.cosign("import-key-pair", "--key", "plain.pem");
    await bench.folder.write(
      "signing.pub",
      key.public.key.export({ type: "spki", format: "pem" }) as string,
    );
    const verify = (...args: string[]) =>
      bench.cosign("verify", "--key", "signing.pub", NO_LOG, ...args);
    const name = (repository: string, digest: string) =>
      nameOf(bench.place(repository), digest);

    const ours = await bench.push("ours");
    await bench.sign("ours", ours, key);
    for (
      const [form, ...flags] of [["as a bundle"], [
        "in the older form",
        OLD_FORM,
      ]]
    ) {
      await t.step(`ours ${form}, by cosign`, async () => {
        const text = await verify(...flags, name("ours", ours.digest));
        const [{ critical }] = JSON.parse(text);
        assertEquals(critical.image["docker-manifest-digest"], ours.digest);
      });
    }
    await t.step("ours by another key, not by cosign", async () => {
      const other = await bench.push("other");
      await bench.sign("other", other, newKey());
      const failure = await verify(name("other", other.digest)).catch((e) => e);
      assertEquals(failure instanceof Error, true);
    });

    for (const [form, ...flags] of [["bundle"], ["older", OLD_FORM]]) {
      await t.step(`cosign's ${form} form, by us`, async () => {
        const { digest } = await bench.push(form);
        await bench.cosign(
          ...SIGN,
          ...flags,
          "--key",
          "import-cosign.key",
          name(form, digest),
        );
        const { signedBy } = await bench.install(form, {
          signatures: [requires(key)],
        });
        assertEquals(signedBy, `key ${key.public.fingerprint}`);
        await assertRejects(
          () => bench.install(form, { signatures: [requires(newKey())] }),
          "signature.invalid",
        );
      });
    }

    await t.step("carried in a folder, which cosign verifies", async () => {
      const folder = bench.newFolder();
      const layout = await Layout.create(folder);
      const digest = await pullToLayout(
        bench.client,
        bench.place("ours"),
        "1",
        layout,
        () => {},
      );
      await verify("--local-image", folder);
      const target = {
        client: bench.client,
        repository: bench.place("inside"),
        tag: "1",
      };
      await pushLayout(layout, target, () => {});
      await verify(name("inside", digest));
      await verify(OLD_FORM, name("inside", digest));
      const { signedBy } = await bench.install("inside", {
        signatures: [requires(key)],
      });
      assertEquals(signedBy, `key ${key.public.fingerprint}`);
    });
  },
});
