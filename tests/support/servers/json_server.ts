/**
 * json-server, a REST API over a JSON file that nobody here wrote.
 *
 * @module
 */

import { freePort } from "../free_port.ts";
import { TempFolder } from "../temp_folder.ts";

const PACKAGE = "npm:json-server@0.17.4";

/** A running one; ends with its brace. */
export class JsonServer implements AsyncDisposable {
  private constructor(
    readonly process: Deno.ChildProcess,
    readonly folder: TempFolder,
    /** `http://127.0.0.1:PORT` */
    readonly url: string,
  ) {}

  /** @param tables Lists of records by name; each needs an `id`. */
  static async start(tables: object): Promise<JsonServer> {
    const folder = await TempFolder.make();
    await Deno.writeTextFile(folder.join("db.json"), JSON.stringify(tables));
    const port = freePort();
    const process = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-lock",
        "--no-config",
        PACKAGE,
        "--host",
        "127.0.0.1",
        "--port",
        String(port),
        "--quiet",
        "db.json",
      ],
      cwd: folder.path,
      stdout: "null",
      stderr: "null",
    }).spawn();
    const server = new JsonServer(
      process,
      folder,
      `http://127.0.0.1:${port}`,
    );
    await server.#ready();
    return server;
  }

  async #ready(): Promise<void> {
    let ended: Deno.CommandStatus | undefined;
    this.process.status.then((status) => ended = status);
    while (ended === undefined) {
      const response = await fetch(`${this.url}/db`).catch(() => undefined);
      await response?.body?.cancel();
      if (response?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`json-server ended with ${ended.code}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGKILL");
    await this.process.status;
    await this.folder[Symbol.asyncDispose]();
  }
}
