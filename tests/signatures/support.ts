/**
 * A registry of Docker's with signed providers in it, an installer with an empty
 * cache, and the real cosign beside them.
 *
 * @module
 */

import { generateKeyPairSync } from "node:crypto";
import { buildArtifact } from "../../core/install/build_artifact.ts";
import type { InstallEvent } from "../../core/install/events.ts";
import { Installer } from "../../core/install/install.ts";
import type { InstallerOptions } from "../../core/install/install_options.ts";
import { Layout } from "../../core/install/layout.ts";
import { pushLayout } from "../../core/install/layout_copy.ts";
import {
  attach,
  type Descriptor,
  type Digest,
  hexOf,
  nameOf,
  parseReference,
  type RegistryClient,
  type Repository,
} from "../../core/registry/mod.ts";
import {
  type PrivateKey,
  signArtifact,
  signatureLayers,
  type SignatureRule,
  toPublicKey,
} from "../../core/signatures/mod.ts";
import { systemClock } from "../../core/ports/deno.ts";
import { testClient } from "../support/registry/client.ts";
import { RealRegistry } from "../support/registry/real_registry.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { runTool, toolPath } from "../support/tools.ts";

const LINUX = { os: "linux", architecture: "amd64" };
export const SIGNED_AT = { wallMs: Date.UTC(2026, 0, 1) };

/** A pair of keys that no file holds. */
export function newKey(): PrivateKey {
  const { privateKey, publicKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
  });
  return { key: privateKey, public: toPublicKey(publicKey) };
}

/** Its private half as PEM, as openssl writes it. */
export function privatePem({ key }: PrivateKey): string {
  return key.export({ type: "pkcs8", format: "pem" }) as string;
}

/** What a configuration says with `key` and `policy = "require"`. */
export function requires(
  key: PrivateKey,
  pattern = "127.0.0.1:*",
): SignatureRule {
  return { pattern, policy: "require", trust: { keys: [key.public] } };
}

/** One registry, and what tests do with it. */
export class SigningBench implements AsyncDisposable {
  readonly events: InstallEvent[] = [];
  #seen = 0;
  #count = 0;

  private constructor(
    readonly folder: TempFolder,
    readonly registry: RealRegistry,
    readonly client: RegistryClient,
  ) {}

  static async open(): Promise<SigningBench> {
    const registry = await RealRegistry.start();
    const { client } = await testClient();
    return new SigningBench(await TempFolder.make(), registry, client);
  }

  place(repository: string): Repository {
    return { registry: this.registry.host, repository };
  }

  /** Pushes a provider of a few bytes. */
  async push(repository: string, program = repository): Promise<Descriptor> {
    const path = await this.folder.write(
      "program",
      `#!/bin/sh\n# ${program}\n`,
    );
    const folder = this.newFolder();
    const { top } = await buildArtifact(
      {
        name: "provider",
        executables: [{ platform: LINUX, path }],
        annotations: {},
        compression: "none",
      },
      folder,
      "1",
    );
    const target = {
      client: this.client,
      repository: this.place(repository),
      tag: "1",
    };
    await pushLayout(new Layout(folder), target, () => {});
    return top;
  }

  newFolder(): string {
    return this.folder.join(`folder-${++this.#count}`);
  }

  /** Signs it in both layouts. */
  async sign(repository: string, subject: Descriptor, key: PrivateKey) {
    const place = this.place(repository);
    const older = await signatureLayers(this.client, place, subject.digest);
    const made = signArtifact(subject, place, older, key, SIGNED_AT);
    for (const one of made) await attach(this.client, place, one);
  }

  /** One with a cache of its own, unless told. */
  installer(more: Partial<InstallerOptions> = {}): Installer {
    return new Installer({
      cacheFolder: this.newFolder(),
      platform: LINUX,
      clock: systemClock,
      client: () => Promise.resolve(this.client),
      pull: "missing",
      onEvent: (event) => this.events.push(event),
      ...more,
    });
  }

  async install(repository: string, more: Partial<InstallerOptions>) {
    return await this.installer(more).install(this.reference(repository));
  }

  reference(repository: string) {
    return parseReference(nameOf(this.place(repository), "1"));
  }

  /** Overwrites what the registry stores under a digest. */
  async tamper(digest: Digest, bytes: Uint8Array): Promise<void> {
    const hex = hexOf(digest);
    const path = `data/docker/registry/v2/blobs/sha256/${
      hex.slice(0, 2)
    }/${hex}/data`;
    await this.registry.folder.write(path, bytes);
  }

  /** Requests since the last time this was asked. */
  async requests(): Promise<string[]> {
    const all = await this.registry.requests();
    const fresh = all.slice(this.#seen);
    this.#seen = all.length;
    return fresh;
  }

  /** Runs the real one in the bench's folder. */
  async cosign(...args: string[]): Promise<string> {
    return await runTool(toolPath("cosign"), args, {
      cwd: this.folder.path,
      env: { COSIGN_PASSWORD: "test", HOME: this.folder.path },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client[Symbol.dispose]();
    await this.registry[Symbol.asyncDispose]();
    await this.folder[Symbol.asyncDispose]();
  }
}
