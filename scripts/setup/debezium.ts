/**
 * Debezium for Postgres, and Kafka Connect, which runs it: jars from Maven.
 *
 * @module
 */

import { join } from "node:path";
import { CACHE } from "./folders.ts";
import type { Group } from "./group.ts";
import { copyJars } from "./maven.ts";
import { findProgram, isFile } from "./programs.ts";

/** The last of its line for Java 17. */
const VERSION = "2.7.4.Final";
const CONNECT_VERSION = "3.9.1";

/** The folder of the jars. */
export const DEBEZIUM_JARS = join(CACHE, "debezium");

const JAR = join(DEBEZIUM_JARS, `debezium-connector-postgres-${VERSION}.jar`);

/** Both; needs Java 17 and Maven. */
export const debezium: Group = {
  name: "debezium",
  by: "maven",
  brings:
    `Debezium ${VERSION} for Postgres on Kafka Connect, with Java and Maven`,
  version: `${VERSION} ${CONNECT_VERSION}`,
  isThere: () => findProgram("java") !== undefined && isFile(JAR),
  install: () =>
    copyJars([
      ["io.debezium", "debezium-connector-postgres", VERSION],
      ["org.apache.kafka", "connect-runtime", CONNECT_VERSION],
      ["org.apache.kafka", "connect-json", CONNECT_VERSION],
    ], DEBEZIUM_JARS),
};
