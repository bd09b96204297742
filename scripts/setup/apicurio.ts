/**
 * Apicurio Registry, which speaks the API of Confluent's schema registry.
 *
 * Confluent's own is not in Maven's repository. Of Apicurio's versions there, this
 * is the last one that runs on Java 17.
 *
 * @module
 */

import { join } from "node:path";
import { CACHE } from "./folders.ts";
import type { Group } from "./group.ts";
import { unpackArchive } from "./maven.ts";
import { findProgram, isFile } from "./programs.ts";

const VERSION = "2.6.13.Final";
const FOLDER = join(CACHE, "apicurio");

/** What Java runs. */
export const APICURIO_JAR = join(
  FOLDER,
  `apicurio-registry-app-${VERSION}-runner.jar`,
);

/** The registry; needs Java 17 and Maven. */
export const apicurio: Group = {
  name: "apicurio",
  by: "maven",
  brings:
    `Apicurio Registry ${VERSION}, a schema registry, with Java and Maven`,
  version: VERSION,
  isThere: () => findProgram("java") !== undefined && isFile(APICURIO_JAR),
  install: () =>
    unpackArchive({
      group: "io.apicurio",
      name: "apicurio-registry-app",
      version: VERSION,
      classifier: "all",
      type: "tar.gz",
    }, FOLDER),
};
