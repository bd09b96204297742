/**
 * The README of the original: every command block of it, word for word, with its
 * sample configs against a local API and a real Postgres; D1 and D2.
 *
 * @module
 */

import { assert } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import { freePort } from "../support/free_port.ts";
import { startPostgres } from "../support/servers/postgres.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { programArgv } from "./support/program.ts";

/** "Tap Configuration". */
const TAP_CONFIG = `{
  "name": "my-tap",
  "type": "rest-api",
  "connection": {
    "url": "https://api.example.com"
  },
  "auth": {
    "type": "api_key",
    "key": "your-key",
    "header": "X-API-Key"
  },
  "streams": ["users", "orders"]
}
`;

/** "Target Configuration". */
const TARGET_CONFIG = `{
  "name": "my-target",
  "type": "postgres",
  "connection": {
    "host": "localhost",
    "port": 5432,
    "database": "analytics"
  },
  "auth": {
    "type": "basic",
    "username": "user",
    "password": "pass"
  },
  "batch_size": 1000
}
`;

/** The blocks with commands, in their order; what a reader has by then is there. */
const BLOCKS: readonly string[] = [
  "dstreams discover -c examples/tap-config.json -o catalog.json",
  `dstreams sync \\
  --tap-config examples/tap-config.json \\
  --target-config examples/target-config.json \\
  --catalog catalog.json \\
  --state state.json`,
  "dstreams tap -c examples/tap-config.json --catalog catalog.json -o data.jsonl",
  "dstreams target -c examples/target-config.json -i data.jsonl",
  "dstreams discover -c tap-config.json -o my-catalog.json",
  `dstreams sync \\
  --tap-config tap.json \\
  --target-config target.json \\
  --catalog catalog.json \\
  --state state.json`,
  "dstreams tap -c tap.json --catalog catalog.json -o output.jsonl",
  "dstreams target -c target.json -i data.jsonl",
  `dstreams state view state.json
dstreams state clear state.json
dstreams state set state.json users '{"updated_at":"2024-01-01"}'`,
  `dstreams catalog view catalog.json
dstreams catalog select catalog.json users orders
dstreams catalog deselect catalog.json products`,
];

/** The blocks that show a command's form, as flags its help must have. */
const FORMS: Readonly<Record<string, readonly string[]>> = {
  discover: ["-c, --config", "-o, --output"],
  sync: ["--tap-config", "--target-config", "--catalog", "--state"],
  tap: ["-c, --config", "--catalog", "--state", "-o, --output"],
  target: ["-c, --config", "-i, --input", "--state"],
  "state view": ["<state_file>"],
  "state clear": ["<state_file>"],
  "state set": ["<state_file> <stream> <value>"],
  "catalog view": ["<catalog_file>"],
  "catalog select": ["<catalog_file> <streams...>"],
  "catalog deselect": ["<catalog_file> <streams...>"],
};

const ignore = !needs("postgres") || !needs("bash");

/** A folder whose `bin` has the command. */
async function withCommand(): Promise<TempFolder> {
  const folder = await TempFolder.make();
  const [program, ...words] = programArgv(["singer"])
    .map((word) => `'${word}'`);
  await folder.writeExecutable(
    "bin/dstreams",
    `#!/bin/sh\nexec ${[program, ...words].join(" ")} "$@"\n`,
  );
  return folder;
}

async function bash(folder: TempFolder, block: string) {
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-eu", "-c", block],
    cwd: folder.path,
    env: { PATH: `${folder.join("bin")}:${Deno.env.get("PATH")}` },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test({
  name: "dstreams: the original's README, block by block",
  ignore,
  async fn(t) {
    await using server = await startPostgres();
    await server.sql(
      "CREATE ROLE \"user\" LOGIN SUPERUSER PASSWORD 'pass'",
    );
    await server.sql("CREATE DATABASE analytics");
    const port = freePort();
    await using _api = Deno.serve(
      { hostname: "127.0.0.1", port, onListen: () => {} },
      (request) => {
        const isKnown = request.headers.get("X-API-Key") === "your-key";
        if (!isKnown) return new Response("", { status: 401 });
        const name = new URL(request.url).pathname.slice(1);
        return Response.json([{ id: 1, of: name }, { id: 2, of: name }]);
      },
    );
    await using folder = await withCommand();
    // Their hosts and ports alone are others here.
    const tap = TAP_CONFIG
      .replace("https://api.example.com", `http://127.0.0.1:${port}`);
    const target = TARGET_CONFIG
      .replace("localhost", server.host)
      .replace("5432", String(server.port));
    for (const name of ["examples/tap-config", "tap-config", "tap"]) {
      await folder.write(`${name}.json`, tap);
    }
    for (const name of ["examples/target-config", "target"]) {
      await folder.write(`${name}.json`, target);
    }
    for (const block of BLOCKS) {
      await t.step(block, async () => {
        const { code, stderr } = await bash(folder, block);
        assert.equal(code, 0, stderr);
      });
    }
    const rows = (table: string) =>
      server.sql(
        `SELECT count(*), count(DISTINCT id), min("of") FROM ${table}`,
        "analytics",
      );
    // Without a key each of the four loads is appended.
    assert.equal(await rows("users"), "8|2|users");
    assert.equal(await rows("orders"), "8|2|orders");
    const state = JSON.parse(await folder.read("state.json"));
    assert.deepEqual(state.bookmarks.users.value, {
      updated_at: "2024-01-01",
    });
  },
});

Deno.test({
  name: "dstreams: D2: the commands have the flags of the original",
  ignore,
  async fn() {
    await using folder = await withCommand();
    const all = Object.keys(FORMS)
      .map((command) => `echo "== ${command}"; dstreams ${command} --help`);
    const { code, stdout } = await bash(folder, all.join("\n"));
    assert.equal(code, 0);
    const helps = new Map(
      stdout.split(/^== /m).slice(1).map((part) => {
        const [name, ...lines] = part.split("\n");
        return [name, lines.join("\n")] as const;
      }),
    );
    for (const [command, flags] of Object.entries(FORMS)) {
      for (const flag of flags) {
        assert(
          helps.get(command)?.includes(flag),
          `${command}: ${flag}\n${helps.get(command)}`,
        );
      }
      assert(helps.get(command)?.includes("-v, --verbose"), command);
    }
  },
});
