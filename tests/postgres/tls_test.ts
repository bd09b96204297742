/**
 * `sslmode` with libpq's meaning, and certificates of clients, with a real server.
 * Input and output open their connections in the same way.
 *
 * @module
 */

import { assert, assertEquals } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import {
  type Certificates,
  makeCertificates,
} from "../support/servers/certificates.ts";
import { type Postgres, startPostgres } from "../support/servers/postgres.ts";
import { TempFolder } from "../support/temp_folder.ts";
import {
  closeClient,
  openClient,
} from "../../providers/postgres/connection/open.ts";
import { connectionSettings } from "../../providers/postgres/connection/settings.ts";
import type { ConnectionConfig } from "../../providers/postgres/connection/fields.ts";
import { until } from "./input_run.ts";

const ignore = !needs("postgres") || !needs("openssl");

/** What a connection is like: `plain`, `encrypted`, or why there is none. */
type Outcome = "plain" | "encrypted" | RegExp;

type Try = readonly [name: string, config: Partial<ConnectionConfig>, Outcome];

const NOT_ACCEPTED = /certificate .* is not accepted/;

/** How the server sees the connection, of rows and of changes. */
async function look(server: Postgres, config: Partial<ConnectionConfig>) {
  const settings = connectionSettings({
    connectionString: server.url,
    connectTimeout: 30_000,
    ...config,
  } as ConnectionConfig);
  const seen: string[] = [];
  for (const isReplication of [false, true]) {
    const client = await openClient(settings, { isReplication });
    try {
      const { rows: [row] } = await client.query(
        "SELECT ssl, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
      );
      const dn = row.client_dn ? ` as ${row.client_dn}` : "";
      const isTls = row.ssl === true || row.ssl === "t";
      seen.push(`${isTls ? "encrypted" : "plain"}${dn}`);
    } finally {
      closeClient(client);
    }
  }
  assertEquals(seen[0], seen[1]);
  return seen[0];
}

async function tryAll(
  t: Deno.TestContext,
  server: Postgres,
  tries: readonly Try[],
): Promise<void> {
  for (const [name, config, outcome] of tries) {
    await t.step(name, async () => {
      if (outcome instanceof RegExp) {
        await assert.rejects(look(server, config), outcome);
      } else assertEquals(await look(server, config), outcome);
    });
  }
}

async function startWithTls(made: Certificates): Promise<Postgres> {
  const read = (path: string) => Deno.readTextFile(path);
  const server = await startPostgres({
    wal_level: "logical",
    ssl: true,
    ssl_ca_file: "ca.crt",
  }, {
    files: {
      "server.crt": await read(made.server),
      "server.key": await read(made.serverKey),
      "ca.crt": await read(made.authority),
      // Of the same authority, for another name.
      "other.crt": await read(made.client),
      "other.key": await read(made.clientKey),
    },
    hba: [
      "hostssl all client 127.0.0.1/32 cert",
      "hostnossl all careful 127.0.0.1/32 reject",
      "hostssl all careful 127.0.0.1/32 trust",
    ],
  });
  await server.sql(
    "CREATE ROLE client LOGIN REPLICATION; CREATE ROLE careful LOGIN REPLICATION",
  );
  return server;
}

Deno.test({
  name: "sslmode means what it means to libpq",
  ignore,
  async fn(t) {
    await using folder = await TempFolder.make();
    const made = await makeCertificates(folder);
    await using elsewhere = await TempFolder.make();
    const stranger = await makeCertificates(elsewhere);
    await using server = await startWithTls(made);
    const ca = { sslrootcert: made.authority };
    const other = { sslrootcert: stranger.authority };
    await tryAll(t, server, [
      ["disable: never", { sslmode: "disable" }, "plain"],
      ["allow: where the server insists", { sslmode: "allow" }, "plain"],
      ["prefer: where the server can", { sslmode: "prefer" }, "encrypted"],
      ["prefer is what nothing says otherwise", {}, "encrypted"],
      ["require: with any certificate", { sslmode: "require" }, "encrypted"],
      ["require with an authority: with its certificates", {
        sslmode: "require",
        ...ca,
      }, "encrypted"],
      ["require with another authority", {
        sslmode: "require",
        ...other,
      }, NOT_ACCEPTED],
      ["verify-ca", { sslmode: "verify-ca", ...ca }, "encrypted"],
      ["verify-ca with another authority", {
        sslmode: "verify-ca",
        ...other,
      }, NOT_ACCEPTED],
      ["verify-full", { sslmode: "verify-full", ...ca }, "encrypted"],
      ["verify-full without an authority", {
        sslmode: "verify-full",
      }, NOT_ACCEPTED],
    ]);
    const careful = { user: "careful" };
    await tryAll(t, server, [
      ["allow at a server that insists", {
        ...careful,
        sslmode: "allow",
      }, "encrypted"],
      ["disable at a server that insists", {
        ...careful,
        sslmode: "disable",
      }, /refused the login/],
    ]);
    const own = { sslcert: made.client, sslkey: made.clientKey };
    await tryAll(t, server, [
      ["a client without its certificate", {
        user: "client",
        sslmode: "verify-full",
        ...ca,
      }, /refused the login of "client".*certificate/],
    ]);
    await t.step(
      "a client with its certificate needs no password",
      async () => {
        const seen = await look(server, {
          user: "client",
          password: "",
          sslmode: "verify-full",
          ...ca,
          ...own,
        });
        assertEquals(seen, "encrypted as /CN=client");
      },
    );
    await server.sql("ALTER SYSTEM SET ssl_cert_file = 'other.crt'");
    await server.sql("ALTER SYSTEM SET ssl_key_file = 'other.key'");
    await server.sql("SELECT pg_reload_conf()");
    await until(server, "postgres", "SHOW ssl_key_file", "other.key");
    await tryAll(t, server, [
      ["verify-ca: the name doesn't count", {
        sslmode: "verify-ca",
        ...ca,
      }, "encrypted"],
      ["verify-full: the name counts", {
        sslmode: "verify-full",
        ...ca,
      }, NOT_ACCEPTED],
    ]);
  },
});

Deno.test({
  name: "sslmode at a server without encryption",
  ignore: !needs("postgres"),
  async fn(t) {
    await using server = await startPostgres({ wal_level: "logical" });
    await tryAll(t, server, [
      ["allow", { sslmode: "allow" }, "plain"],
      ["prefer", { sslmode: "prefer" }, "plain"],
      ["require", { sslmode: "require" }, /has no encryption/],
      ["verify-full", { sslmode: "verify-full" }, /has no encryption/],
    ]);
  },
});
