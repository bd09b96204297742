/**
 * Apache Kafka: the jars that its broker runs on, from Maven's repository.
 *
 * @module
 */

import { join } from "node:path";
import { KAFKA_JARS } from "./folders.ts";
import type { Group } from "./group.ts";
import { copyJars } from "./maven.ts";
import { findProgram, isFile } from "./programs.ts";

const VERSION = "3.9.1";
const SERVER_JAR = join(KAFKA_JARS, `kafka_2.13-${VERSION}.jar`);

/** The broker and the tools; needs Java 17 and Maven. */
export const kafka: Group = {
  name: "kafka",
  by: "maven",
  brings: `Apache Kafka ${VERSION} in .cache/kafka, with Java and Maven`,
  version: VERSION,
  isThere: () => findProgram("java") !== undefined && isFile(SERVER_JAR),
  install,
};

async function install(): Promise<void> {
  await copyJars([
    ["org.apache.kafka", "kafka_2.13", VERSION],
    ["org.apache.kafka", "kafka-tools", VERSION],
  ], KAFKA_JARS);
}
