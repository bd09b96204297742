/**
 * `dstreams` in a folder, with the API that its tap reads.
 *
 * @module
 */

import { assert } from "../../support/assert.ts";
import { TempFolder } from "../../support/temp_folder.ts";
import { dstream, type Finished } from "./program.ts";

/** Users that the API begins with. */
export const USERS = 250;

/** The user of that number, as the API has it. */
export const user = (n: number) => ({
  id: n + 1,
  name: `Zoë ${n}`,
  updated_at: new Date(Date.UTC(2024, 0, 1 + n)).toISOString(),
});

/** `/users` knows `updated_at`, `/orders` has no key. Both want a key. */
export class Api implements AsyncDisposable {
  count = USERS;
  readonly asked: string[] = [];
  readonly #server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => this.#answer(request),
  );

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  #answer(request: Request): Response {
    const { pathname, search, searchParams } = new URL(request.url);
    this.asked.push(pathname + search);
    if (request.headers.get("X-API-Key") !== "your-key") {
      return new Response("who are you?", { status: 401 });
    }
    if (pathname === "/orders") {
      return Response.json([{ id: 1, total: 12.5 }, { id: 2, total: 30 }]);
    }
    const since = searchParams.get("updated_at") ?? "";
    const all = Array.from({ length: this.count }, (_, n) => user(n));
    return Response.json(all.filter((one) => one.updated_at >= since));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** The two files of the README. */
export async function makeFolder(
  api: Api,
  target: object,
): Promise<TempFolder> {
  return await TempFolder.make({
    "examples/tap-config.json": JSON.stringify({
      name: "my-tap",
      type: "rest-api",
      connection: { url: api.url },
      auth: { type: "api_key", key: "your-key", header: "X-API-Key" },
      streams: [
        { name: "users", primary_keys: ["id"], replication_key: "updated_at" },
        "orders",
      ],
    }),
    "examples/target-config.json": JSON.stringify(target),
  });
}

/** Writes a file for each stream. */
export const FILE_TARGET = {
  name: "my-target",
  type: "file",
  connection: { path: "out" },
};

/** Words as the README has them; the end must be as told. */
export async function run(
  folder: TempFolder,
  words: string,
  code = 0,
  stdin?: string,
): Promise<Finished> {
  const args = ["singer", ...words.trim().split(/\s+/)];
  const finished = await dstream(args, {
    cwd: folder.path,
    stdin,
    timeoutMs: 120_000,
  });
  assert.equal(finished.code, code, `${words}\n${finished.stderr}`);
  return finished;
}

/** The lines of a file. */
export async function linesOf(
  folder: TempFolder,
  name: string,
): Promise<string[]> {
  return (await folder.read(name)).trim().split("\n");
}
