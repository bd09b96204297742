/**
 * A folder with a configuration, a cache, and the real registry of Docker beside.
 *
 * @module
 */

import { assertEquals } from "../../support/assert.ts";
import { RealRegistry } from "../../support/registry/real_registry.ts";
import { TempFolder } from "../../support/temp_folder.ts";
import { executableOf, HERE, type Packaged } from "./packaged.ts";
import { dstream, type Finished } from "./program.ts";

/** Compiled executables are large, and hashing them takes its time here. */
export const TIMEOUT_MS = 120_000;

/** A folder with a configuration, a cache and a registry. */
export class Site implements AsyncDisposable {
  private constructor(
    readonly folder: TempFolder,
    readonly registry: RealRegistry,
  ) {}

  static async open(
    options?: Parameters<typeof RealRegistry.start>[0],
  ): Promise<Site> {
    const registry = await RealRegistry.start(options);
    return new Site(await TempFolder.make(), registry);
  }

  /** `127.0.0.1:5000/acme/counter:1.0.0` */
  reference(name: string, version = ":1.0.0", owner = "acme"): string {
    return `${this.registry.host}/${owner}/${name}${version}`;
  }

  async run(
    args: readonly string[],
    env: Record<string, string> = {},
    stdin?: string,
  ): Promise<Finished> {
    return await dstream(args, this.options(env, stdin));
  }

  options(env: Record<string, string> = {}, stdin?: string) {
    return {
      cwd: this.folder.path,
      env: {
        DSTREAM_CACHE_DIR: this.folder.join("cache"),
        DOCKER_CONFIG: this.folder.join("docker"),
        ...env,
      },
      stdin,
      timeoutMs: TIMEOUT_MS,
    };
  }

  /** Succeeds, or the test fails with what was said. */
  async succeed(
    args: readonly string[],
    env?: Record<string, string>,
    stdin?: string,
  ): Promise<Finished> {
    const finished = await this.run(args, env, stdin);
    assertEquals(finished.code, 0, finished.stderr);
    return finished;
  }

  /** Pushes a provider for this machine and two others. */
  async push(
    name: Packaged,
    repository: string,
    version = ":1.0.0",
    env?: Record<string, string>,
  ): Promise<string> {
    const executable = await executableOf(name, this.folder);
    const other = await this.folder.write("other", "not for this machine");
    const { stdout } = await this.succeed([
      "provider",
      "push",
      this.reference(repository, version),
      ...["linux/arm64", "windows/amd64"].filter((one) => one !== HERE)
        .flatMap((platform) => ["--platform", `${platform}=${other}`]),
      "--platform",
      `${HERE}=${executable}`,
      "--licence",
      "MIT",
    ], env);
    return /sha256:[0-9a-f]{64}/.exec(stdout)![0];
  }

  async configure(input: string, output: string): Promise<void> {
    await this.folder.write(
      "dstream.hcl",
      `task "pulled" {
  input {
    provider_ref = "${input}"
    config {
      interval  = 0
      max_count = 3
    }
  }
  output {
    provider_ref = "${output}"
    config {
      outputFormat = "simple"
    }
  }
}
`,
    );
  }

  /** Requests since the last time this was asked. */
  async requests(): Promise<string[]> {
    const all = await this.registry.requests();
    const fresh = all.slice(this.#seen);
    this.#seen = all.length;
    return fresh;
  }

  #seen = 0;

  async [Symbol.asyncDispose](): Promise<void> {
    await this.registry[Symbol.asyncDispose]();
    await this.folder[Symbol.asyncDispose]();
  }
}

/** What the console has printed. */
export function messages(stdout: string): string[] {
  return [...stdout.matchAll(/"value":(\d+)/g)].map(([, value]) => value);
}
