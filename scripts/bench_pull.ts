/**
 * `deno task bench:pull [--runs N] [--size MB]`: how fast a provider is pulled,
 * beside `curl` and `sha256sum` on the same blob from the same registry, by turns.
 *
 * Needs Debian's docker-registry, curl and a C compiler. `DSTREAM_EXE` names an
 * executable to measure instead of the source.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { RealRegistry } from "../tests/support/registry/real_registry.ts";
import { TempFolder } from "../tests/support/temp_folder.ts";
import { dstream, programArgv } from "../tests/e2e/support/program.ts";
import { buildPrograms } from "./bench/programs.ts";
import { renderTable } from "./bench/table.ts";

interface Run {
  readonly ms: number;
  readonly peakMb: number;
}

interface Contestant {
  readonly name: string;
  argv(folder: string): readonly string[];
  /** Whether its memory says something: a shell's is not its children's. */
  readonly hasMemory: boolean;
}

const HERE = "linux/amd64";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: "string", default: "9" },
      size: { type: "string", default: "100" },
    },
  });
  const sizeBytes = Number(values.size) * 1e6;
  const { measure } = await buildPrograms();
  await using registry = await RealRegistry.start();
  await using folder = await TempFolder.make();
  const layers = await publish(registry, folder, sizeBytes);
  const contestants = Object.entries(layers).flatMap(([kind, digest]) => [
    curl(`curl + sha256sum, ${kind}`, registry, digest, kind),
    pull(`dstream provider pull, ${kind}`, registry, kind),
  ]);
  const results = new Map<string, Run[]>(
    contestants.map(({ name }) => [name, []]),
  );
  for (let run = 0; run < Number(values.runs); run++) {
    for (const contestant of contestants) {
      results.get(contestant.name)!.push(await runOnce(contestant, measure));
    }
  }
  print(contestants, results, sizeBytes);
}

/** A provider of random bytes and text, so that it compresses like an executable. */
async function publish(
  registry: RealRegistry,
  folder: TempFolder,
  sizeBytes: number,
): Promise<Record<string, string>> {
  const bytes = new Uint8Array(sizeBytes);
  for (let at = 0; at < sizeBytes; at += 65_536) {
    const block = bytes.subarray(at, at + 65_536);
    // A third is noise, as in machine code.
    crypto.getRandomValues(block.subarray(0, block.length / 3));
  }
  const file = await folder.write("provider", bytes);
  const layers: Record<string, string> = {};
  for (const kind of ["none", "zstd"]) {
    const reference = `${registry.host}/bench/${kind}:1`;
    await succeed([
      "provider",
      "push",
      reference,
      "--platform",
      `${HERE}=${file}`,
      "--compression",
      kind,
    ]);
    const { stdout } = await succeed([
      "provider",
      "inspect",
      reference,
      "--json",
    ]);
    layers[kind] = JSON.parse(stdout).platforms[0].layer;
  }
  return layers;
}

async function succeed(args: readonly string[]) {
  await using cache = await TempFolder.make();
  const finished = await dstream(args, {
    env: { DSTREAM_CACHE_DIR: cache.path },
    timeoutMs: 120_000,
  });
  if (finished.code !== 0) throw new Error(finished.stderr);
  return finished;
}

function curl(
  name: string,
  registry: RealRegistry,
  digest: string,
  kind: string,
): Contestant {
  const url = `http://${registry.host}/v2/bench/${kind}/blobs/${digest}`;
  return {
    name,
    hasMemory: false,
    argv: (folder) => [
      "sh",
      "-c",
      `curl -sf -o "${folder}/blob" "${url}" && sha256sum "${folder}/blob"`,
    ],
  };
}

function pull(
  name: string,
  registry: RealRegistry,
  kind: string,
): Contestant {
  const reference = `${registry.host}/bench/${kind}:1`;
  return {
    name,
    hasMemory: true,
    argv: (folder) => [
      "env",
      `DSTREAM_CACHE_DIR=${folder}`,
      ...programArgv(["provider", "pull", reference]),
    ],
  };
}

async function runOnce(contestant: Contestant, measure: string): Promise<Run> {
  await using folder = await TempFolder.make();
  const report = folder.join("report.json");
  const { success, stderr } = await new Deno.Command(measure, {
    args: [report, ...contestant.argv(folder.path)],
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const { startNs, endNs, peakKb } = JSON.parse(
    await folder.read("report.json"),
  );
  return { ms: (endNs - startNs) / 1e6, peakMb: peakKb / 1e3 };
}

function print(
  contestants: readonly Contestant[],
  results: ReadonlyMap<string, readonly Run[]>,
  sizeBytes: number,
): void {
  const rows = contestants.map((contestant, i) => {
    const runs = results.get(contestant.name)!;
    const rival = results.get(contestants[i - (i % 2)].name)!;
    return {
      name: contestant.name,
      ms: median(runs.map(({ ms }) => ms)),
      // Of neighbouring runs: the machine was as busy for both.
      ratio: median(runs.map(({ ms }, n) => rival[n].ms / ms)),
      peakMb: contestant.hasMemory
        ? median(runs.map(({ peakMb }) => peakMb))
        : undefined,
    };
  });
  console.log(`A provider of ${sizeBytes / 1e6} MB, middle of the runs\n`);
  console.log(renderTable([
    { heading: "", cell: ({ name }) => name },
    { heading: "ms", cell: ({ ms }) => ms.toFixed(0) },
    { heading: "× curl + sha256sum", cell: ({ ratio }) => ratio.toFixed(2) },
    { heading: "peak MB", cell: ({ peakMb }) => peakMb?.toFixed(0) ?? "–" },
  ], rows));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

if (import.meta.main) await main();
