import { gunzipSync } from "node:zlib";
import type { Json } from "@dstream/sdk";
import {
  fromSource,
  type OutputFixture,
  testOutput,
} from "@dstream/sdk/testing";
import { inFolder } from "../../../tests/support/file_output.ts";
import { makeFreezingDisk } from "../../../tests/support/freezing_disk.ts";

const subject = fromSource(new URL("./main.ts", import.meta.url));

/** What `arrived` says for the files of a folder, in the order of their names. */
async function payloads(
  folder: string,
  read: (line: string) => Json,
): Promise<Json[]> {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => !name.endsWith(".lock")).sort();
  const texts = await Promise.all(names.map(async (name) => {
    const bytes = await Deno.readFile(`${folder}/${name}`);
    return new TextDecoder().decode(
      name.includes(".gz") && bytes.length > 0 ? gunzipSync(bytes) : bytes,
    );
  }));
  return texts.join("").split("\n").filter(Boolean).map(read);
}

/** Where a disk can be made to stand still, files are written to such a one. */
const disk = makeFreezingDisk();
const stall = disk && (() => Promise.resolve(disk.freeze()));

const variants: [string, Record<string, Json>, (line: string) => Json][] = [
  ["file output", { path: "out.jsonl" }, JSON.parse],
  [
    "file output of envelopes in parts",
    { path: "{date}/out-{seq}.jsonl", format: "envelopes", max_bytes: 4096 },
    (line) => JSON.parse(line).data,
  ],
];

for (const [name, config, read] of variants) {
  testOutput({
    name,
    subject,
    destination: (test) =>
      inFolder(async (cwd) => {
        const arrived = async () => {
          const [folder] = [...Deno.readDirSync(cwd)]
            .filter(({ isDirectory }) => isDirectory);
          return await payloads(folder ? `${cwd}/${folder.name}` : cwd, read);
        };
        const fixture: OutputFixture = { config, cwd, arrived, stall };
        await test(fixture);
      }, disk?.folder),
  });
}
