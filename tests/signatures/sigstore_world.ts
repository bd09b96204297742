/**
 * A certificate authority like Fulcio, logs like Rekor and CT, and the trusted root
 * that says so: sigstore's own stand-ins, as servers on this machine.
 *
 * @module
 */

import { generateKeyPairSync } from "node:crypto";
import {
  fulcioHandler,
  initializeCA,
  initializeCTLog,
  initializeTLog,
  rekorHandler,
} from "@sigstore/mock";
import { createHash } from "node:crypto";

type Handler = ReturnType<typeof fulcioHandler>;

/** When its parts think it is; absent: now. */
export interface WorldClocks {
  /** Certificates are valid from then on for ten minutes. */
  readonly certificates?: Date;
}

const LONG_AGO = "2000-01-01T00:00:00Z";
export const ISSUER = "https://accounts.example.com";

/** One world; what another has certified is foreign here. */
export class SigstoreWorld implements AsyncDisposable {
  private constructor(
    readonly trustedRoot: string,
    readonly fulcio: Deno.HttpServer<Deno.NetAddr>,
    readonly rekor: Deno.HttpServer<Deno.NetAddr>,
  ) {}

  static async open(clocks: WorldClocks = {}): Promise<SigstoreWorld> {
    const ctlog = await initializeCTLog(newPair());
    const ca = await initializeCA(newPair(), ctlog, clocks.certificates);
    const tlog = await initializeTLog("https://rekor.example.com", newPair());
    return new SigstoreWorld(
      JSON.stringify(rootOf(ca.rootCertificate, ctlog, tlog)),
      serve(fulcioHandler(ca)),
      serve(
        rekorHandler({ ...tlog, log: (entry) => tlog.log(canonical(entry)) }),
      ),
    );
  }

  get fulcioUrl(): string {
    return `http://127.0.0.1:${this.fulcio.addr.port}`;
  }

  get rekorUrl(): string {
    return `http://127.0.0.1:${this.rekor.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fulcio.shutdown();
    await this.rekor.shutdown();
  }
}

/** An OIDC token as its issuer would give it; nobody here checks its signature. */
export function tokenOf(subject: string): string {
  const part = (value: unknown) =>
    Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { sub: subject, iss: ISSUER, aud: "sigstore" };
  return [part({ alg: "none" }), part(claims), ""].join(".");
}

function newPair() {
  return generateKeyPairSync("ec", { namedCurve: "prime256v1" });
}

function serve({ path, fn }: Handler): Deno.HttpServer<Deno.NetAddr> {
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  return Deno.serve(options, async (request) => {
    const body = await request.text();
    if (new URL(request.url).pathname !== path) {
      return new Response(null, { status: 404 });
    }
    const { statusCode, response, contentType } = await fn(body);
    const headers = { "content-type": contentType ?? "text/plain" };
    return new Response(response as string, { status: statusCode, headers });
  });
}

interface ProposedEntry {
  readonly kind: string;
  readonly spec: {
    readonly proposedContent: {
      readonly envelope: string;
      readonly verifiers: readonly string[];
    };
  };
}

/** What Rekor keeps of an envelope that it is shown: digests and signatures. */
function canonical<T>(entry: T): T {
  if ((entry as ProposedEntry).kind !== "dsse") return entry;
  const { spec: { proposedContent } } = entry as ProposedEntry;
  const { envelope, verifiers } = proposedContent;
  const { payload, signatures } = JSON.parse(envelope);
  const hash = (bytes: string | Uint8Array) => ({
    algorithm: "sha256",
    value: createHash("sha256").update(bytes).digest("hex"),
  });
  const [verifier] = verifiers;
  return {
    ...entry,
    spec: {
      envelopeHash: hash(envelope),
      payloadHash: hash(Buffer.from(payload, "base64")),
      signatures: signatures.map(({ sig }: { sig: string }) => ({
        signature: sig,
        verifier,
      })),
    },
  };
}

interface Log {
  readonly publicKey: Buffer;
}

/** `trusted_root.json` */
function rootOf(certificate: ArrayBufferView, ctlog: Log, tlog: Log) {
  const validFor = { start: LONG_AGO };
  const log = ({ publicKey }: Log, baseUrl: string) => ({
    baseUrl,
    hashAlgorithm: "SHA2_256",
    publicKey: {
      rawBytes: publicKey.toString("base64"),
      keyDetails: "PKIX_ECDSA_P256_SHA_256",
      validFor,
    },
    logId: {
      keyId: createHash("sha256").update(publicKey).digest("base64"),
    },
  });
  const bytes = new Uint8Array(
    certificate.buffer as ArrayBuffer,
    certificate.byteOffset,
    certificate.byteLength,
  );
  return {
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    tlogs: [log(tlog, "https://rekor.example.com")],
    certificateAuthorities: [{
      subject: { organization: "sigstore.mock", commonName: "sigstore" },
      uri: "https://fulcio.example.com",
      certChain: {
        certificates: [{ rawBytes: Buffer.from(bytes).toString("base64") }],
      },
      validFor,
    }],
    ctlogs: [log(ctlog, "https://ctfe.example.com")],
    timestampAuthorities: [],
  };
}
