/**
 * Microsoft's client of SQL Server for Java, one jar.
 *
 * @module
 */

import { join } from "node:path";
import { CACHE } from "./folders.ts";
import type { Group } from "./group.ts";
import { copyJars } from "./maven.ts";
import { findProgram, isFile } from "./programs.ts";

const VERSION = "13.6.2.jre11";
const FOLDER = join(CACHE, "jdbc");

/** The jar, for the class path. */
export const JDBC_JAR = join(FOLDER, `mssql-jdbc-${VERSION}.jar`);

/** The client; needs Java 17 and Maven. */
export const jdbc: Group = {
  name: "jdbc",
  by: "maven",
  brings: "mssql-jdbc, the client of SQL Server for Java, with Java and Maven",
  version: VERSION,
  isThere: () => findProgram("java") !== undefined && isFile(JDBC_JAR),
  install: () =>
    copyJars([["com.microsoft.sqlserver", "mssql-jdbc", VERSION]], FOLDER),
};
