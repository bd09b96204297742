/**
 * A destination that is away for a while: an output that dies of it again and again
 * is started until it is back, and no envelope is taken for the cause.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "../support/assert.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { dstream } from "./support/program.ts";

const FLAKY = fileURLToPath(
  new URL("./support/flaky_output.ts", import.meta.url),
);
const OUTAGE_MS = 12_000;
const COUNT = 50;

const config = (more: string) => `
task "t" {
  input {
    provider = "counter"
    config {
      interval  = 1
      max_count = ${COUNT}
    }
  }
  ${more}
  output {
    provider_path = ${JSON.stringify(Deno.execPath())}
    args = ${JSON.stringify(["run", "-A", "--no-check", "--quiet", FLAKY])}
    config {
      until = ${Date.now() + OUTAGE_MS}
      path  = "arrived.jsonl"
    }
  }
}
`;

const DEAD_LETTERS = `
  dead_letter {
    provider = "file"
    config {
      path = "dead.jsonl"
    }
  }`;

async function outlasts(more: string): Promise<void> {
  await using folder = await TempFolder.make({ "dstream.hcl": config(more) });
  const { code, stderr } = await dstream(["run", "t"], {
    cwd: folder.path,
    timeoutMs: 120_000,
  });
  assert.equal(code, 0, stderr);
  const arrived = (await folder.read("arrived.jsonl")).trimEnd().split("\n")
    .map((line) => JSON.parse(line).data.value);
  assertEquals(arrived, Array.from({ length: COUNT }, (_, n) => n + 1));
  assert.equal(await folder.read("dead.jsonl").catch(() => ""), "");
}

Deno.test("an outage of 12 s is outlasted, in order and nothing rejected, with and without a place for dead letters", async () => {
  await Promise.all([outlasts(""), outlasts(DEAD_LETTERS)]);
});
