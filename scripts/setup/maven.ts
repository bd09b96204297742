/**
 * Jars from Maven's repository.
 *
 * @module
 */

import { join } from "node:path";
import { CACHE } from "./folders.ts";
import { SetupError } from "./group.ts";
import { findProgram, run } from "./programs.ts";

/** A jar: its group, its name and its version. */
export type Jar = readonly [group: string, name: string, version: string];

/** An archive, taken alone: what it needs is in it. */
export interface Archive {
  readonly group: string;
  readonly name: string;
  readonly version: string;
  readonly classifier: string;
  /** Such as "tar.gz". */
  readonly type: string;
}

/** Puts jars, and what they need, into a folder of their own. */
export function copyJars(jars: readonly Jar[], target: string): Promise<void> {
  return fetchJars("copy-dependencies", jars, target);
}

/**
 * Puts what is in jars into a folder.
 *
 * @param finish What is done in the new folder before it takes its place.
 */
export function unpackJars(
  jars: readonly Jar[],
  target: string,
  finish: (folder: string) => Promise<void>,
): Promise<void> {
  return fetchJars("unpack-dependencies", jars, target, finish);
}

/** Puts what is in an archive into a folder. */
export function unpackArchive(archive: Archive, target: string): Promise<void> {
  return fetchJars("unpack-dependencies", [archive], target);
}

async function fetchJars(
  goal: string,
  jars: readonly (Jar | Archive)[],
  target: string,
  finish: (folder: string) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  for (const program of ["java", "mvn"]) {
    if (findProgram(program) !== undefined) continue;
    throw new SetupError(
      `needs ${program}: install a JDK of version 17 and Maven`,
    );
  }
  const folder = await Deno.makeTempDir({ dir: CACHE, prefix: "jars-" });
  try {
    await Deno.writeTextFile(join(folder, "pom.xml"), pomOf(jars));
    const copied = join(folder, "jars");
    await run("mvn", [
      "--batch-mode",
      "--quiet",
      `dependency:${goal}`,
      `-DoutputDirectory=${copied}`,
    ], { cwd: folder });
    await finish(copied);
    await Deno.remove(target, { recursive: true }).catch(() => {});
    await Deno.rename(copied, target); // half an installation isn't used
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function pomOf(jars: readonly (Jar | Archive)[]): string {
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>dstream</groupId>
  <artifactId>jars-for-tests</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    ${jars.map(dependency).join("\n    ")}
  </dependencies>
</project>
`;
}

function dependency(jar: Jar | Archive): string {
  return "group" in jar
    ? `<dependency>${coordinates(jar.group, jar.name, jar.version)}` +
      `<classifier>${jar.classifier}</classifier><type>${jar.type}</type>` +
      `<exclusions>${EVERYTHING}</exclusions></dependency>`
    : `<dependency>${coordinates(...jar)}</dependency>`;
}

const EVERYTHING =
  "<exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion>";

function coordinates(group: string, name: string, version: string): string {
  return `<groupId>${group}</groupId><artifactId>${name}</artifactId>` +
    `<version>${version}</version>`;
}
