/**
 * Apache Kafka: the jars that its broker runs on, from Maven's repository.
 *
 * @module
 */

import { join } from "node:path";
import { CACHE, KAFKA_JARS } from "./folders.ts";
import { type Group, SetupError } from "./group.ts";
import { findProgram, isFile, run } from "./programs.ts";

const VERSION = "3.9.1";
const SERVER_JAR = join(KAFKA_JARS, `kafka_2.13-${VERSION}.jar`);

/** The broker and the tools; needs Java 17 and Maven. */
export const kafka: Group = {
  name: "kafka",
  brings: `Apache Kafka ${VERSION} in .cache/kafka, with Java and Maven`,
  version: VERSION,
  isThere: () => findProgram("java") !== undefined && isFile(SERVER_JAR),
  install,
};

async function install(): Promise<void> {
  for (const program of ["java", "mvn"]) {
    if (findProgram(program) !== undefined) continue;
    throw new SetupError(
      `needs ${program}: install a JDK of version 17 and Maven`,
    );
  }
  const folder = await Deno.makeTempDir({ dir: CACHE, prefix: "kafka-" });
  try {
    await Deno.writeTextFile(join(folder, "pom.xml"), POM);
    const jars = join(folder, "jars");
    await run("mvn", [
      "--batch-mode",
      "--quiet",
      "dependency:copy-dependencies",
      `-DoutputDirectory=${jars}`,
    ], { cwd: folder });
    await Deno.remove(KAFKA_JARS, { recursive: true }).catch(() => {});
    await Deno.rename(jars, KAFKA_JARS); // half an installation isn't used
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>dstream</groupId>
  <artifactId>kafka-for-tests</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    ${dependency("org.apache.kafka", "kafka_2.13", VERSION)}
    ${dependency("org.apache.kafka", "kafka-tools", VERSION)}
  </dependencies>
</project>
`;

function dependency(group: string, artifact: string, version: string): string {
  return `<dependency><groupId>${group}</groupId>` +
    `<artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
}
