/**
 * `"type": "postgres"` and `"sqlserver"` as the inputs that read changes.
 *
 * @module
 */

import { DstreamError } from "../../core/base/errors.ts";
import { databaseKeys, pick, wrongConnection } from "./connections.ts";
import { type Block, type TapWishes, wantedStreams } from "./plans.ts";

export function postgresTap(wishes: TapWishes): Block & { stream: undefined } {
  const { tap } = wishes;
  const methods = wishes.catalog?.file.streams.filter((one) => one.isSelected)
    .map((one) => one.method) ?? [];
  refuseIncremental(methods, "postgres");
  const isFull = methods.length > 0 && methods.every((m) => m === "FULL_TABLE");
  const slot = `dstreams_${tap.name.toLowerCase().replace(/[^a-z0-9_]/g, "_")}`;
  return {
    provider: "postgres",
    stream: undefined,
    config: {
      slot,
      publication: slot,
      ...(isFull ? { snapshot: "only" } : {}),
      ...pick(tap.properties, [
        "slot",
        "publication",
        "snapshot",
        "sslmode",
        "sslrootcert",
        "create",
        "on_gap",
      ]),
      ...databaseKeys(tap),
      tables: wantedStreams(wishes).map(({ name }) => String(name)),
      follow: false,
    },
  };
}

function refuseIncremental(methods: readonly string[], type: string): void {
  if (!methods.includes("INCREMENTAL")) return;
  throw new DstreamError(
    "singer.method_unknown",
    `the tap ${type} reads tables whole or their changes, not by a column`,
    { hint: 'set replication_method in the catalog to "LOG_BASED"' },
  );
}

export function sqlServerTap(wishes: TapWishes): Block & { stream: undefined } {
  const { tap } = wishes;
  const { connection, auth, properties } = tap;
  if (connection.kind !== "host") throw wrongConnection(tap, "host");
  const { host, port, database } = connection;
  const words = [
    `Server=${host}${port === undefined ? "" : `,${port}`}`,
    ...(database === undefined ? [] : [`Database=${quoted(database)}`]),
    ...(auth.type === "basic"
      ? [
        `User Id=${quoted(auth.username)}`,
        `Password=${quoted(auth.password)}`,
      ]
      : []),
    ...(properties.trust_server_certificate === true
      ? ["TrustServerCertificate=true"]
      : []),
    ...(properties.encrypt === false ? ["Encrypt=false"] : []),
  ];
  return {
    provider: "mssql",
    stream: undefined,
    config: {
      snapshot: "initial",
      ...pick(properties, ["snapshot", "offsets_table", "on_gap"]),
      connection_string: words.join(";"),
      tables: wantedStreams(wishes).map(({ name }) => String(name)),
      follow: false,
    },
  };
}

/** As connection strings have a value with anything in it. */
function quoted(value: string): string {
  return `"${value.replaceAll('"', '""')}"`;
}
