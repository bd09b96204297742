/**
 * A configuration of ingester and router for the test servers.
 *
 * @module
 */

import type { ModelProcess } from "../support/mssql_model/model_process.ts";
import type { BusProcess } from "./bus_process.ts";

/** What both need from outside. */
export interface TestServers {
  readonly model: ModelProcess;
  readonly bus: BusProcess;
}

/** The topic of a table of the model. */
export function topicOf(table: string): string {
  return `127.0.0.1.shop.${table}.events`;
}

/** Environment of the programs: the configuration has no secret in it. */
export function serverEnv(
  { model, bus }: TestServers,
): Record<string, string> {
  return {
    SOURCE_DB: `${model.connectionString};Encrypt=false`,
    TARGET_BUS: bus.connectionString,
  };
}

/** `dstream.hcl`; quick to begin again after a death. */
export function serverConfig(
  { bus }: TestServers,
  tables: readonly string[],
): string {
  const admin = `config {
      admin_endpoint = "${bus.started.adminEndpoint}"
    }`;
  const restart = `restart {
    max_restarts  = 1000
    initial_delay = "20ms"
    max_delay     = "200ms"
  }`;
  return `ingester {
  db_type              = "sqlserver"
  db_connection_string = "{{ env \\"SOURCE_DB\\" }}"
  poll_interval_defaults {
    poll_interval     = "20ms"
    max_poll_interval = "200ms"
  }
  queue {
    type              = "servicebus"
    name              = "ingest-queue"
    connection_string = "{{ env \\"TARGET_BUS\\" }}"
    ${admin}
  }
  locks {
    type = "sql"
  }
  tables = ${JSON.stringify(tables)}
  ${restart}
}

publisher {
  source {
    type              = "azure_service_bus"
    connection_string = "{{ env \\"TARGET_BUS\\" }}"
    config {
      admin_endpoint       = "${bus.started.adminEndpoint}"
      session_idle_timeout = "500ms"
    }
  }
  output {
    type              = "azure_service_bus"
    connection_string = "{{ env \\"TARGET_BUS\\" }}"
    ${admin}
  }
  ${restart}
}
`;
}
