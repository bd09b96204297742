/**
 * Every server and tool that a test talks to.
 *
 * A new one gets its entry here, and the test that uses it asks `needs(…)` in
 * tests/support/needs.ts for it.
 *
 * @module
 */

import { apicurio } from "./apicurio.ts";
import { debezium } from "./debezium.ts";
import { debianGroup, onPath } from "./debian.ts";
import { goGroup, type GoModule, goModuleGroup } from "./go.ts";
import type { Group } from "./group.ts";
import { jdbc } from "./jdbc.ts";
import { kafka } from "./kafka.ts";
import { findPostgres } from "./postgres.ts";
import { postgresRelease } from "./postgres_release.ts";
import { findPython, pythonGroup } from "./python.ts";
import { singer } from "./singer.ts";

/** Clients that nobody here wrote, in one program: each command is one of them. */
export const goClients: GoModule = {
  name: "go-clients",
  brings: "go-mssqldb and Azure's clients for Go, in a program for tests",
  folder: "tests/go_clients",
};

/** A plugin of the legacy kind, served by HashiCorp's go-plugin. */
export const goPlugin: GoModule = {
  name: "go-plugin",
  brings: "a plugin of the legacy kind, on HashiCorp's go-plugin, for tests",
  folder: "tests/plugin/go_plugin",
};

/** In the order in which each installer takes its own: what takes seconds comes before what takes minutes. */
export const groups: readonly Group[] = [
  debianGroup({
    name: "registry",
    brings: "docker-registry and skopeo",
    packages: ["docker-registry", "skopeo"],
    isThere: onPath("docker-registry", "skopeo"),
  }),
  debianGroup({
    name: "postgres",
    brings: "PostgreSQL",
    packages: ["postgresql"],
    isThere: () => findPostgres() !== undefined,
  }),
  debianGroup({
    name: "mariadb",
    brings: "MariaDB: mariadbd and its client",
    packages: ["mariadb-server-core", "mariadb-client-core"],
    isThere: onPath("mariadbd", "mariadb-install-db", "mariadb"),
  }),
  debianGroup({
    name: "faketime",
    brings: "faketime, which sets a program's clock",
    packages: ["faketime"],
    isThere: onPath("faketime"),
  }),
  debianGroup({
    name: "venv",
    brings: "Python's environments, which the groups of Python need",
    packages: ["python3-venv"],
    isThere: canMakeEnvironments,
  }),
  goGroup({
    name: "oras",
    brings: "oras, another client of registries",
    source: "oras.land/oras/cmd/oras@v1.2.3",
  }),
  kafka,
  apicurio,
  debezium,
  postgresRelease("17.6.0"),
  postgresRelease("18.1.0"),
  pythonGroup({
    name: "sqlglot",
    brings: "sqlglot, a parser of SQL dialects",
    requirements: ["sqlglot==30.30.0"],
  }),
  pythonGroup({
    name: "parquet",
    brings: "pyarrow and DuckDB, which read Parquet files back",
    requirements: ["pyarrow==26.0.1", "duckdb==2.0.0"],
  }),
  pythonGroup({
    name: "moto",
    brings: "moto, a server that acts like AWS",
    requirements: ["moto[server]==5.2.5"],
  }),
  pythonGroup({
    name: "kafka-client",
    brings: "confluent-kafka, another client of Kafka",
    requirements: ["confluent-kafka==2.16.1"],
  }),
  pythonGroup({
    name: "schema-client",
    brings: "Confluent's client of schema registries, with all its formats",
    requirements: [
      "confluent-kafka[avro,json,protobuf,schemaregistry]==2.16.1",
      "grpcio-tools==1.85.1",
    ],
  }),
  pythonGroup({
    name: "tds-clients",
    brings: "python-tds and pymssql, other clients of SQL Server",
    requirements: ["python-tds==1.17.1", "pymssql==2.4.6"],
  }),
  pythonGroup({
    name: "azure-clients",
    brings: "Azure's clients of Service Bus and Event Hubs for Python",
    requirements: ["azure-servicebus==7.15.0", "azure-eventhub==5.15.1"],
  }),
  jdbc,
  goModuleGroup(goClients),
  goModuleGroup(goPlugin),
  singer,
  goGroup({
    name: "versitygw",
    brings: "versitygw, S3 on a folder (minutes to build)",
    source: "github.com/versity/versitygw/cmd/versitygw@v1.8.0",
  }),
  goGroup({
    name: "cosign",
    brings: "cosign, which signs artifacts (minutes to build)",
    source: "github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3",
  }),
];

/** Debian's Python has venv without what it installs pip from. */
function canMakeEnvironments(): boolean {
  const python = findPython();
  return python !== undefined && new Deno.Command(python, {
    args: ["-c", "import venv, ensurepip"],
    stdout: "null",
    stderr: "null",
  }).outputSync().success;
}
