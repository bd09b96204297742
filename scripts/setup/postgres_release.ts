/**
 * A newer PostgreSQL than the system's, beside it: `initdb` and `postgres` as
 * packed for embedding by zonkyio, from Maven's repository. psql is the system's.
 *
 * @module
 */

import { join } from "node:path";
import { postgresFolder } from "./folders.ts";
import { type Group, SetupError } from "./group.ts";
import { unpackJars } from "./maven.ts";
import { isFile, run } from "./programs.ts";

/** Names of the artifacts for each system and processor. */
const PLATFORMS: Readonly<Record<string, string>> = {
  "linux-x86_64": "linux-amd64",
  "linux-aarch64": "linux-arm64v8",
  "darwin-x86_64": "darwin-amd64",
  "darwin-aarch64": "darwin-arm64v8",
};

/** @param version Of the artifact: "17.6.0". */
export function postgresRelease(version: string): Group {
  const [major] = version.split(".");
  const folder = postgresFolder(major);
  return {
    name: `postgres-${major}`,
    by: "maven",
    brings: `PostgreSQL ${version} in .cache, with Java and Maven`,
    version,
    isThere: () => isFile(join(folder, "bin", "initdb")),
    install: () => install(folder, version),
  };
}

async function install(folder: string, version: string): Promise<void> {
  const { os, arch } = Deno.build;
  const platform = PLATFORMS[`${os}-${arch}`];
  if (platform === undefined) {
    throw new SetupError(`is not packed for ${os} on ${arch}`);
  }
  const name = `embedded-postgres-binaries-${platform}`;
  const jar = ["io.zonky.test.postgres", name, version] as const;
  await unpackJars([jar], folder, unpack);
}

async function unpack(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".txz")) continue;
    await run("tar", ["-xJf", name], { cwd: folder });
    await Deno.remove(join(folder, name));
    return;
  }
  throw new SetupError("the artifact has no programs in it");
}
