/**
 * An S3 of a test's own: versitygw in front of a folder. It checks signatures.
 *
 * @example
 * ```ts ignore
 * await using server = await startVersitygw();
 * server.endpoint; // "http://127.0.0.1:…", with path-style addresses
 * ```
 *
 * @module
 */

import { join } from "node:path";
import { BIN } from "../../../scripts/setup/folders.ts";
import type { TempFolder } from "../temp_folder.ts";
import { type ServerProcess, startServer } from "./server_process.ts";

const ACCESS_KEY_ID = "dstream";
const SECRET_ACCESS_KEY = "secret/with+signs=";

/** A running server. */
export class Versitygw implements AsyncDisposable {
  readonly accessKeyId = ACCESS_KEY_ID;
  readonly secretAccessKey = SECRET_ACCESS_KEY;
  readonly region = "us-east-1";

  /** @param process Stops, kills and starts it again; has its folder and log. */
  constructor(readonly process: ServerProcess) {}

  get endpoint(): string {
    return `http://127.0.0.1:${this.process.ports[0]}`;
  }

  /** Buckets are folders here and objects files, whoever made them. */
  get bucketsFolder(): string {
    return bucketsFolder(this.process.folder);
  }

  async makeBucket(name: string): Promise<void> {
    await Deno.mkdir(join(this.bucketsFolder, name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
  }
}

/** Ask `needs("versitygw")` before. @throws When it isn't installed. */
export async function startVersitygw(): Promise<Versitygw> {
  const process = await startServer({
    name: "versitygw",
    prepare: (folder) => Deno.mkdir(bucketsFolder(folder)),
    command: (folder, [port]) => ({
      program: join(BIN, "versitygw"),
      args: [
        "--port",
        `127.0.0.1:${port}`,
        "--health",
        "/health",
        "posix",
        bucketsFolder(folder),
      ],
      env: {
        ROOT_ACCESS_KEY: ACCESS_KEY_ID,
        ROOT_SECRET_KEY: SECRET_ACCESS_KEY,
      },
    }),
    isReady: ({ ports: [port] }) => isHealthy(port),
  });
  return new Versitygw(process);
}

function bucketsFolder(folder: TempFolder): string {
  return folder.join("buckets");
}

async function isHealthy(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/health`);
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false; // nobody listens yet
  }
}
