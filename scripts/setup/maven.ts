/**
 * Jars from Maven's repository.
 *
 * @module
 */

import { join } from "node:path";
import { CACHE } from "./folders.ts";
import { SetupError } from "./group.ts";
import { findProgram, run } from "./programs.ts";

/** One artifact. */
export interface Artifact {
  readonly group: string;
  readonly name: string;
  readonly version: string;
}

/**
 * Fetches artifacts with all they need, and puts a folder in its place at once: half
 * an installation isn't used.
 *
 * @param goal What Maven does with them: `copy-dependencies` keeps the jars,
 * `unpack-dependencies` takes them apart.
 * @param finish What is done in the new folder before it takes its place.
 */
export async function fetchArtifacts(
  target: string,
  goal: "copy-dependencies" | "unpack-dependencies",
  artifacts: readonly Artifact[],
  finish: (folder: string) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  for (const program of ["java", "mvn"]) {
    if (findProgram(program) !== undefined) continue;
    throw new SetupError(
      `needs ${program}: install a JDK of version 17 and Maven`,
    );
  }
  const folder = await Deno.makeTempDir({ dir: CACHE, prefix: "maven-" });
  try {
    await Deno.writeTextFile(join(folder, "pom.xml"), pomOf(artifacts));
    const fetched = join(folder, "fetched");
    await run("mvn", [
      "--batch-mode",
      "--quiet",
      `dependency:${goal}`,
      `-DoutputDirectory=${fetched}`,
    ], { cwd: folder });
    await finish(fetched);
    await Deno.remove(target, { recursive: true }).catch(() => {});
    await Deno.rename(fetched, target);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function pomOf(artifacts: readonly Artifact[]): string {
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>dstream</groupId>
  <artifactId>for-tests</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    ${artifacts.map(dependency).join("\n    ")}
  </dependencies>
</project>
`;
}

function dependency({ group, name, version }: Artifact): string {
  return `<dependency><groupId>${group}</groupId>` +
    `<artifactId>${name}</artifactId><version>${version}</version></dependency>`;
}
