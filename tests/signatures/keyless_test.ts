/**
 * Signatures without a key: a certificate authority and a log of the test's own, and
 * real bundles of the public ones.
 *
 * @module
 */

import { bundleToJSON } from "@sigstore/bundle";
import {
  FulcioSigner,
  MessageSignatureBundleBuilder,
  RekorWitness,
} from "@sigstore/sign";
import {
  bundleReferrer,
  CERTIFICATE,
  type IdentityTrust,
  judge,
  LOG_ENTRY,
  PREDICATE,
  SIGNATURE,
  type SignatureRule,
  type SimpleSignature,
  statementText,
} from "../../core/signatures/mod.ts";
import { attach, type Descriptor, nameOf } from "../../core/registry/mod.ts";
import { judgeKeyless } from "../../core/signatures/keyless.ts";
import { makeKeylessBundle } from "../../core/signatures/keyless_sign.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import { canRunRegistry } from "../support/registry/real_registry.ts";
import { ISSUER, SigstoreWorld, tokenOf } from "./sigstore_world.ts";
import { newKey, requires, SIGNED_AT, SigningBench } from "./support.ts";

const needsRegistry = { ignore: !canRunRegistry };
const WHO = "https://example.com/acme/in-pg/release.yml@refs/heads/main";
const OTHER = `sha256:${"1".repeat(64)}` as const;

function trustIn(
  { trustedRoot }: SigstoreWorld,
  more: Partial<IdentityTrust> = {},
): SignatureRule {
  const identity = "https://example.com/acme/*";
  const trust = { identity, issuer: ISSUER, trustedRoot, ...more };
  return { pattern: "127.0.0.1:*", policy: "require", trust };
}

async function bundleOf(
  { fulcioUrl, rekorUrl }: SigstoreWorld,
  digest: `sha256:${string}`,
): Promise<string> {
  const statement = statementText(digest, PREDICATE.signature, {});
  const token = tokenOf(WHO);
  return await makeKeylessBundle(statement, { token, fulcioUrl, rekorUrl });
}

async function attachBundle(
  bench: SigningBench,
  repository: string,
  subject: Descriptor,
  text: string,
): Promise<void> {
  const type = PREDICATE.signature;
  const referrer = bundleReferrer(subject, type, text, SIGNED_AT);
  await attach(bench.client, bench.place(repository), referrer);
}

/** How a bundle is changed before it is attached. */
type Change = (bundle: Bundle) => void;
interface Bundle {
  verificationMaterial: {
    tlogEntries: {
      logIndex: string;
      integratedTime: string;
      inclusionPromise: { signedEntryTimestamp: string };
      inclusionProof: { hashes: string[] };
    }[];
  };
  dsseEnvelope: { payload: string; signatures: { sig: string }[] };
}

const CHANGES: readonly [name: string, change: Change, says: RegExp][] = [
  [
    "no entry in the log",
    ({ verificationMaterial }) => verificationMaterial.tlogEntries = [],
    /can't be read|without a trusted time/,
  ],
  [
    "another time in the log's entry",
    ({ verificationMaterial: { tlogEntries: [entry] } }) =>
      entry.integratedTime = String(Number(entry.integratedTime) - 60),
    /without a good entry in a trusted log|isn't trusted, or wasn't valid/,
  ],
  [
    "a changed proof of inclusion",
    ({ verificationMaterial: { tlogEntries: [entry] } }) =>
      entry.inclusionProof.hashes = [btoa("x".repeat(32))],
    /without a good entry in a trusted log/,
  ],
  [
    "another payload",
    ({ dsseEnvelope }) =>
      dsseEnvelope.payload = btoa(
        statementText(OTHER, PREDICATE.signature, {}),
      ),
    /was changed|without a good entry/,
  ],
  [
    "another signature",
    ({ dsseEnvelope: { signatures: [one] } }) => one.sig = btoa("nonsense"),
    /was changed|without a good entry/,
  ],
];

Deno.test({
  ...needsRegistry,
  name: "who signed without a key is known by certificate and log",
  fn: async (t) => {
    await using bench = await SigningBench.open();
    await using world = await SigstoreWorld.open();
    const install = (repository: string, rule: SignatureRule) =>
      bench.install(repository, { signatures: [rule] });

    const signed = await bench.push("signed");
    const good = await bundleOf(world, signed.digest);
    await attachBundle(bench, "signed", signed, good);
    await t.step("the right one", async () => {
      const { signedBy } = await install("signed", trustIn(world));
      assertEquals(signedBy, `${WHO} (${ISSUER})`);
    });

    await using foreign = await SigstoreWorld.open();
    const rules: [name: string, rule: SignatureRule, says: RegExp][] = [
      [
        "somebody else is asked for",
        trustIn(world, { identity: "https://example.com/other/*" }),
        /a signature of somebody else: https:\/\/example\.com\/acme/,
      ],
      [
        "another issuer is asked for",
        trustIn(world, { issuer: "https://other.example.com" }),
        /a signature of somebody else/,
      ],
      [
        "a foreign authority is trusted",
        trustIn(foreign),
        /isn't trusted|without a good entry/,
      ],
      [
        "a key is asked for",
        requires(newKey()),
        /with a certificate, not with a key/,
      ],
    ];
    for (const [name, rule, says] of rules) {
      await t.step(name, async () => {
        const error = await assertRejects(
          () => install("signed", rule),
          "signature.invalid",
        );
        assert.match(error.message, says);
      });
    }

    for (const [n, [name, change, says]] of CHANGES.entries()) {
      await t.step(name, async () => {
        const repository = `changed/${n}`;
        const subject = await bench.push(repository);
        const bundle = JSON.parse(await bundleOf(world, subject.digest));
        change(bundle);
        const text = JSON.stringify(bundle);
        await attachBundle(bench, repository, subject, text);
        const error = await assertRejects(
          () => install(repository, trustIn(world)),
          "signature.invalid",
        );
        assert.match(error.message, says);
      });
    }

    await t.step("a good bundle of another artifact", async () => {
      const subject = await bench.push("another");
      await attachBundle(bench, "another", subject, good);
      const error = await assertRejects(
        () => install("another", trustIn(world)),
        "signature.invalid",
      );
      assert.match(error.message, /a signature of other bytes \(sha256:/);
    });

    await t.step("a certificate that had expired when it signed", async () => {
      const hourMs = 3_600_000;
      const certificates = new Date(Date.now() - hourMs);
      await using late = await SigstoreWorld.open({ certificates });
      const subject = await bench.push("late");
      const text = await bundleOf(late, subject.digest);
      await attachBundle(bench, "late", subject, text);
      const error = await assertRejects(
        () => install("late", trustIn(late)),
        "signature.invalid",
      );
      assert.match(error.message, /isn't trusted, or wasn't valid then/);
    });

    await t.step("locked and cached: no request, and judged anew", async () => {
      const cacheFolder = bench.newFolder();
      const reference = {
        ...bench.reference("signed"),
        digest: signed.digest,
      };
      const more = { cacheFolder, signatures: [trustIn(world)] };
      await bench.installer(more).install(reference);
      await bench.requests();
      await bench.installer(more).install(reference);
      assertEquals(await bench.requests(), []);
      const other = { cacheFolder, signatures: [trustIn(foreign)] };
      await assertRejects(
        () => bench.installer(other).install(reference),
        "signature.invalid",
      );
    });
  },
});

Deno.test({
  ...needsRegistry,
  name: "cosign verifies what we signed without a key",
  ignore: !canRunRegistry || !needs("cosign"),
  fn: async () => {
    await using bench = await SigningBench.open();
    await using world = await SigstoreWorld.open();
    const subject = await bench.push("ours");
    const text = await bundleOf(world, subject.digest);
    await attachBundle(bench, "ours", subject, text);
    await bench.folder.write("trusted_root.json", world.trustedRoot);
    await bench.cosign(
      "verify",
      "--trusted-root",
      "trusted_root.json",
      "--certificate-identity",
      WHO,
      "--certificate-oidc-issuer",
      ISSUER,
      nameOf(bench.place("ours"), subject.digest),
    );
  },
});

/** From sigstore-go's own tests (Apache-2.0): npm's sigstore 2.0.0, built on GitHub. */
async function readVector(name: string): Promise<string> {
  return await Deno.readTextFile(new URL(`vectors/${name}`, import.meta.url));
}

Deno.test("a real bundle of the public authority and log", async (t) => {
  const text = await readVector("sigstore-js-2.0.0.json");
  const trust: IdentityTrust = {
    identity: "https://github.com/sigstore/sigstore-js/*",
    issuer: "https://token.actions.githubusercontent.com",
    trustedRoot: await readVector("public-good-root.json"),
  };
  const wanted = { digest: OTHER, predicateType: PREDICATE.provenance };
  const reasonFor = async (bundle: string, more: Partial<IdentityTrust>) => {
    const signature = { kind: "bundle", text: bundle } as const;
    const found = await judgeKeyless(signature, wanted, { ...trust, ...more });
    return found.kind === "bad" ? found.reason : found.kind;
  };
  const changed = JSON.parse(text);
  changed.verificationMaterial.tlogEntries[0].integratedTime = "1";
  await using foreign = await SigstoreWorld.open();
  const cases: [name: string, reason: Promise<string>, says: RegExp][] = [
    [
      "is good, and about what npm has (SHA-512), not about an artifact of ours",
      reasonFor(text, {}),
      /^a signature of other bytes \(nothing\)$/,
    ],
    [
      "is somebody else's",
      reasonFor(text, { identity: "https://github.com/acme/*" }),
      /somebody else: https:\/\/github\.com\/sigstore\/sigstore-js\//,
    ],
    [
      "is of no authority that we trust",
      reasonFor(text, { trustedRoot: foreign.trustedRoot }),
      /isn't trusted|without a/,
    ],
    [
      "says another time",
      reasonFor(JSON.stringify(changed), {}),
      /isn't trusted|without a good entry/,
    ],
  ];
  for (const [name, reason, says] of cases) {
    await t.step(name, async () => assert.match(await reason, says));
  }
});

/** What cosign 2 kept of a signature without a key, in the layer's annotations. */
async function olderForm(
  { fulcioUrl, rekorUrl }: SigstoreWorld,
  digest: string,
): Promise<SimpleSignature> {
  const payload = new TextEncoder().encode(JSON.stringify({
    critical: { image: { "docker-manifest-digest": digest } },
  }));
  const token = tokenOf(WHO);
  const builder = new MessageSignatureBundleBuilder({
    signer: new FulcioSigner({
      fulcioBaseURL: fulcioUrl,
      identityProvider: { getToken: () => Promise.resolve(token) },
    }),
    witnesses: [new RekorWitness({ rekorBaseURL: rekorUrl })],
  });
  const made = await builder.create({ data: Buffer.from(payload) });
  const bundle = bundleToJSON(made) as unknown as MessageBundle;
  const { x509CertificateChain, tlogEntries: [entry] } =
    bundle.verificationMaterial;
  const [certificate] = x509CertificateChain.certificates;
  const lines = certificate.rawBytes.replace(/.{64}/g, "$&\n");
  return {
    kind: "simple",
    payload,
    annotations: {
      [SIGNATURE]: bundle.messageSignature.signature,
      [CERTIFICATE]:
        `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
      [LOG_ENTRY]: JSON.stringify({
        SignedEntryTimestamp: entry.inclusionPromise.signedEntryTimestamp,
        Payload: {
          body: entry.canonicalizedBody,
          integratedTime: Number(entry.integratedTime),
          logIndex: Number(entry.logIndex),
          logID: Buffer.from(entry.logId.keyId, "base64").toString("hex"),
        },
      }),
    },
  };
}

interface MessageBundle {
  readonly messageSignature: { readonly signature: string };
  readonly verificationMaterial: {
    readonly x509CertificateChain: {
      readonly certificates: readonly { readonly rawBytes: string }[];
    };
    readonly tlogEntries: readonly {
      readonly logIndex: string;
      readonly logId: { readonly keyId: string };
      readonly integratedTime: string;
      readonly canonicalizedBody: string;
      readonly inclusionPromise: { readonly signedEntryTimestamp: string };
    }[];
  };
}

Deno.test("the older form without a key is read", async (t) => {
  await using world = await SigstoreWorld.open();
  const { trust } = trustIn(world);
  const made = await olderForm(world, OTHER);
  const judged = async (signature: SimpleSignature, digest: typeof OTHER) => {
    const verdict = await judge([signature], digest, trust);
    if (verdict.kind === "signed") return verdict.by;
    return verdict.kind === "invalid" ? verdict.reasons[0] : verdict.kind;
  };
  const withOther = (key: string, value: string): SimpleSignature => ({
    ...made,
    annotations: { ...made.annotations, [key]: value },
  });
  const another = `sha256:${"2".repeat(64)}` as typeof OTHER;
  const text = new TextEncoder().encode("{}");
  const cases: [name: string, Promise<string>, says: RegExp][] = [
    ["good", judged(made, OTHER), /^https:\/\/example\.com\/acme/],
    ["of another artifact", judged(made, another), /of other bytes/],
    [
      "with another text",
      judged({ ...made, payload: text }, OTHER),
      /was changed|without a good entry/,
    ],
    [
      "without its entry in the log",
      judged(withOther(LOG_ENTRY, ""), OTHER),
      /without an entry in a log/,
    ],
    [
      "with another signature",
      judged(withOther(SIGNATURE, btoa("nonsense")), OTHER),
      /was changed|without a good entry/,
    ],
  ];
  for (const [name, found, says] of cases) {
    await t.step(name, async () => assert.match(await found, says));
  }
});

Deno.test("a token is in no message", async () => {
  const token = tokenOf(WHO);
  for (const given of [token, "s3cr3t-token"]) {
    const error = await assertRejects(
      () =>
        makeKeylessBundle("{}", {
          token: given,
          fulcioUrl: "http://127.0.0.1:1",
        }),
      "sign.keyless_failed",
    );
    assertEquals(error.message.includes(given), false);
  }
});
