/**
 * What is refused where a configuration requires signatures, and what that costs.
 *
 * @module
 */

import { listRecords } from "../../core/install/artifact_record.ts";
import { lockReferences } from "../../core/install/lock_references.ts";
import { formatLockFile, parseLockFile } from "../../core/install/lock_file.ts";
import {
  attach,
  attachedBlob,
  type Descriptor,
  makeReferrer,
} from "../../core/registry/mod.ts";
import {
  BUNDLE,
  makeBundle,
  makeSimpleLayer,
  makeSimpleManifest,
  PREDICATE,
  type PrivateKey,
  statementText,
} from "../../core/signatures/mod.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { canRunRegistry } from "../support/registry/real_registry.ts";
import { newKey, requires, SigningBench } from "./support.ts";

const needsRegistry = { ignore: !canRunRegistry };
const KEY = newKey();

/** Attaches any text as if it were a bundle. */
async function attachBundle(
  bench: SigningBench,
  repository: string,
  subject: Descriptor,
  text: string,
) {
  const layer = attachedBlob(BUNDLE, new TextEncoder().encode(text));
  const parts = { subject, artifactType: BUNDLE, layer, annotations: {} };
  await attach(bench.client, bench.place(repository), makeReferrer(parts));
}

/** A good bundle whose statement is another's. */
function bundleOf(digest: `sha256:${string}`, key: PrivateKey = KEY): string {
  return makeBundle(statementText(digest, PREDICATE.signature, {}), key);
}

/** What is done to a provider before it is pulled, and what pulling says. */
interface Tampering {
  readonly name: string;
  readonly act: (
    bench: SigningBench,
    repository: string,
    subject: Descriptor,
  ) => Promise<unknown>;
  readonly code: string;
  readonly says: RegExp;
}

const OTHER = `sha256:${"1".repeat(64)}` as const;

const TAMPERINGS: readonly Tampering[] = [
  {
    name: "not signed at all",
    act: () => Promise.resolve(),
    code: "signature.missing",
    says: /is not signed, and the rule for "127\.0\.0\.1:\*" asks for it/,
  },
  {
    name: "signed with a foreign key",
    act: (bench, repository, subject) =>
      bench.sign(repository, subject, newKey()),
    code: "signature.invalid",
    says: /another key \(sha256:[0-9a-f]{12}\)/,
  },
  {
    name: "a bundle that belongs to another artifact",
    act: (bench, repository, subject) =>
      attachBundle(bench, repository, subject, bundleOf(OTHER)),
    code: "signature.invalid",
    says: /a signature of other bytes \(sha256:111111111111\)/,
  },
  {
    name: "a bundle whose statement was changed",
    act: (bench, repository, subject) => {
      const bundle = JSON.parse(bundleOf(OTHER));
      const good = JSON.parse(bundleOf(subject.digest));
      bundle.dsseEnvelope.payload = good.dsseEnvelope.payload;
      const text = JSON.stringify(bundle);
      return attachBundle(bench, repository, subject, text);
    },
    code: "signature.invalid",
    says: /was changed/,
  },
  {
    name: "a bundle with two signatures",
    act: (bench, repository, subject) => {
      const bundle = JSON.parse(bundleOf(subject.digest));
      const { signatures } = bundle.dsseEnvelope;
      signatures.push(signatures[0]);
      const text = JSON.stringify(bundle);
      return attachBundle(bench, repository, subject, text);
    },
    code: "signature.invalid",
    says: /can't be read/,
  },
  {
    name: "a bundle that is none",
    act: (bench, repository, subject) =>
      attachBundle(bench, repository, subject, "no JSON"),
    code: "signature.invalid",
    says: /a bundle that can't be read/,
  },
  {
    name: "a signed statement that says something else",
    act: (bench, repository, subject) => {
      const text = statementText(subject.digest, PREDICATE.provenance, {});
      return attachBundle(bench, repository, subject, makeBundle(text, KEY));
    },
    code: "signature.missing",
    says: /is not signed/,
  },
  {
    name: "the older form, of another artifact",
    act: (bench, repository, subject) => {
      const layer = makeSimpleLayer(OTHER, "x", KEY);
      const manifest = makeSimpleManifest(subject.digest, [layer]);
      return attach(bench.client, bench.place(repository), manifest);
    },
    code: "signature.invalid",
    says: /a signature of other bytes/,
  },
  {
    name: "the older form, with another text than was signed",
    act: (bench, repository, subject) => {
      const other = makeSimpleLayer(OTHER, "x", KEY);
      const good = makeSimpleLayer(subject.digest, "x", newKey());
      const { annotations } = other.descriptor;
      const layer = {
        ...good,
        descriptor: { ...good.descriptor, annotations },
      };
      const manifest = makeSimpleManifest(subject.digest, [layer]);
      return attach(bench.client, bench.place(repository), manifest);
    },
    code: "signature.invalid",
    says: /another key, or one that was changed/,
  },
  {
    name: "signed well, and the index was changed in the registry",
    act: async (bench, repository, subject) => {
      await bench.sign(repository, subject, KEY);
      const text = new TextEncoder().encode(
        `{"schemaVersion":2,"mediaType":"${subject.mediaType}","manifests":[]}`,
      );
      await bench.tamper(subject.digest, text);
    },
    code: "registry.",
    says: /sha256:|size|read/,
  },
  {
    name: "signed well, and the executable was changed in the registry",
    act: async (bench, repository, subject) => {
      await bench.sign(repository, subject, KEY);
      const { layer } = await bench.installer().resolve(
        bench.reference(repository),
      );
      const { digest, size } = layer.layer;
      await bench.tamper(digest, new Uint8Array(size));
    },
    code: "registry.digest_mismatch",
    says: /it should be sha256:/,
  },
];

Deno.test({
  ...needsRegistry,
  name: "what isn't signed by whom we trust is refused, and nothing is cached",
  fn: async (t) => {
    await using bench = await SigningBench.open();
    for (const [n, { name, act, code, says }] of TAMPERINGS.entries()) {
      await t.step(name, async () => {
        const repository = `tampered/${n}`;
        const subject = await bench.push(repository);
        await act(bench, repository, subject);
        const cacheFolder = bench.newFolder();
        const error = await bench.install(repository, {
          cacheFolder,
          signatures: [requires(KEY)],
        }).then(() => undefined, (error) => error);
        assert.match(error?.code ?? "no error", new RegExp(`^${code}`));
        assert.match(error.message, says);
        assertEquals(await listRecords(cacheFolder), []);
      });
    }
  },
});

Deno.test({
  ...needsRegistry,
  name: "one good signature among others is enough, and both keys stay",
  fn: async () => {
    await using bench = await SigningBench.open();
    const second = newKey();
    const subject = await bench.push("both");
    await attachBundle(bench, "both", subject, "no JSON");
    await bench.sign("both", subject, second);
    await bench.sign("both", subject, KEY);
    for (const key of [KEY, second]) {
      const signatures = [requires(key)];
      const { signedBy } = await bench.install("both", { signatures });
      assertEquals(signedBy, `key ${key.public.fingerprint}`);
    }
  },
});

Deno.test({
  ...needsRegistry,
  name:
    "a policy that warns lets it pass and says so; one that is off asks nobody",
  fn: async (t) => {
    await using bench = await SigningBench.open();
    await bench.push("loose");
    const rule = { ...requires(KEY), policy: "warn" as const };
    const cacheFolder = bench.newFolder();
    await t.step("warn, and that twice for two requests' worth", async () => {
      for (const expected of [true, false]) {
        await bench.requests();
        bench.events.length = 0;
        await bench.install("loose", { cacheFolder, signatures: [rule] });
        const told = bench.events.filter(({ kind }) => kind === "distrusted");
        assertEquals(told.length, 1);
        const asked = await bench.requests();
        assertEquals(asked.some((one) => one.endsWith(".sig")), expected);
      }
    });
    await t.step("off, or for another registry", async () => {
      const off = { ...rule, policy: "off" as const };
      const elsewhere = requires(KEY, "ghcr.io/acme/*");
      for (const one of [off, elsewhere]) {
        await bench.requests();
        await bench.install("loose", { signatures: [one] });
        const asked = await bench.requests();
        assertEquals(
          asked.filter((line) => /sha256-|referrers/.test(line)),
          [],
        );
      }
    });
  },
});

Deno.test({
  ...needsRegistry,
  name:
    "the lock file keeps who signed; what is locked and cached needs no request",
  fn: async (t) => {
    await using bench = await SigningBench.open();
    const subject = await bench.push("locked");
    await bench.sign("locked", subject, KEY);
    const cacheFolder = bench.newFolder();
    const signatures = [requires(KEY)];
    const { options } = bench.installer({ cacheFolder, signatures });
    const reference = bench.reference("locked");
    const changes = await lockReferences(
      [reference],
      undefined,
      false,
      options,
    );
    const text = formatLockFile(changes.map(({ provider }) => provider));
    assert.match(text, /signed_by = "key sha256:[0-9a-f]{64}"\n/);
    const locked = parseLockFile(text, "lock");
    await bench.install("locked", { cacheFolder, signatures, locked });

    await t.step("no request", async () => {
      await bench.requests();
      await bench.install("locked", { cacheFolder, signatures, locked });
      assertEquals(await bench.requests(), []);
    });
    await t.step(
      "a signature damaged in the cache is asked for again",
      async () => {
        const [{ name }] = [...Deno.readDirSync(`${cacheFolder}/signatures`)];
        await Deno.writeTextFile(`${cacheFolder}/signatures/${name}`, "[]");
        await bench.install("locked", { cacheFolder, signatures, locked });
        await Deno.writeTextFile(`${cacheFolder}/signatures/${name}`, "[]");
        await assertRejects(
          () =>
            bench.install("locked", {
              cacheFolder,
              signatures,
              locked,
              pull: "never",
            }),
          "signature.missing",
        );
      },
    );
    await t.step("another signer than when it was locked", async () => {
      const second = newKey();
      await bench.sign("locked", subject, second);
      await assertRejects(
        () =>
          bench.install("locked", { signatures: [requires(second)], locked }),
        "signature.other_signer",
      );
    });
    await t.step("nothing is locked that isn't signed", async () => {
      await bench.push("unsigned");
      const one = bench.reference("unsigned");
      await assertRejects(
        () => lockReferences([one], undefined, false, options),
        "signature.missing",
      );
    });
  },
});
