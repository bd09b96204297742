/**
 * The registry that Docker itself is served by, from Debian's `docker-registry`.
 *
 * @module
 */

import { freePort } from "../free_port.ts";
import { join } from "node:path";
import { needs } from "../needs.ts";
import { TempFolder } from "../temp_folder.ts";

/** How it is started. */
export interface RealRegistryOptions {
  /** A line for its htpasswd file: `user:bcrypt`. */
  readonly htpasswd?: string;
  /** A name as long as "localhost:5000", so that tables look as a page shows them. */
  readonly isNamedShort?: boolean;
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
}

/** Where it is missing, tests that need it are skipped. */
export const canRunRegistry: boolean = needs("registry");

const START_TIMEOUT_MS = 20_000;
const ATTEMPTS = 5;

/** Runs on a loopback port until disposed. */
export class RealRegistry implements AsyncDisposable {
  constructor(
    readonly host: string,
    readonly folder: TempFolder,
    readonly process: Deno.ChildProcess,
    readonly logFile: string,
  ) {}

  static async start(
    options: RealRegistryOptions = {},
  ): Promise<RealRegistry> {
    for (let attempt = 1;; attempt++) {
      const folder = await TempFolder.make();
      const registry = await startOnce(folder, options);
      if (registry !== undefined) return registry;
      await folder[Symbol.asyncDispose]();
      if (attempt === ATTEMPTS) throw new Error("docker-registry won't start");
    }
  }

  /** The requests it has answered, as its log has them: `GET /v2/…`. */
  async requests(): Promise<string[]> {
    const log = await Deno.readTextFile(this.logFile);
    return [...log.matchAll(/"(GET|HEAD|PUT|POST|PATCH|DELETE) (\/v2\/\S*)/g)]
      .map(([, method, path]) => `${method} ${path}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.process.kill("SIGTERM");
    } catch {
      // It has ended by itself.
    }
    await this.process.status;
    await this.folder[Symbol.asyncDispose]();
  }
}

async function startOnce(
  folder: TempFolder,
  options: RealRegistryOptions,
): Promise<RealRegistry | undefined> {
  const { isNamedShort = false } = options;
  const port = isNamedShort ? freeShortPort() : freePort();
  const config = await writeConfig(folder, port, options);
  const logFile = join(folder.path, "registry.log");
  const process = new Deno.Command("sh", {
    args: [
      "-c",
      'exec docker-registry serve "$1" >"$2" 2>&1',
      "sh",
      config,
      logFile,
    ],
    stdin: "null",
    env: { OTEL_TRACES_EXPORTER: "none" },
  }).spawn();
  const host = `${isNamedShort ? "localhost" : "127.0.0.1"}:${port}`;
  if (await listens(port, process)) {
    return new RealRegistry(host, folder, process, logFile);
  }
  return undefined;
}

function freeShortPort(): number {
  for (;;) {
    const port = 5001 + Math.floor(Math.random() * 4999);
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

async function writeConfig(
  folder: TempFolder,
  port: number,
  { htpasswd, tls }: RealRegistryOptions,
): Promise<string> {
  const config = {
    version: 0.1,
    log: { accesslog: { disabled: false }, level: "warn" },
    storage: {
      filesystem: { rootdirectory: join(folder.path, "data") },
      delete: { enabled: true },
    },
    http: {
      addr: `127.0.0.1:${port}`,
      ...tls && { tls: { certificate: tls.certFile, key: tls.keyFile } },
    },
    ...htpasswd && {
      auth: {
        htpasswd: {
          realm: "test",
          path: await folder.write("htpasswd", `${htpasswd}\n`),
        },
      },
    },
  };
  // YAML is a superset of JSON.
  return await folder.write("config.yml", JSON.stringify(config));
}

async function listens(
  port: number,
  process: Deno.ChildProcess,
): Promise<boolean> {
  let hasEnded = false;
  void process.status.then(() => hasEnded = true);
  const untilMs = performance.now() + START_TIMEOUT_MS;
  while (!hasEnded && performance.now() < untilMs) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return true;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return false;
}
