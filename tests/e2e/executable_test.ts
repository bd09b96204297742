/**
 * What only an executable promises; runs with DSTREAM_EXE=path.
 *
 * @module
 */

import { homedir } from "node:os";
import { fileURLToPath } from "node:url";
import { assert } from "../support/assert.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { dstream, isCompiled, startDstream } from "./support/program.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const MAX_SIZE_MB = 110;
const MAX_VERSION_MS = 60;
/** Three processes start for it, two of them at once. */
const MAX_FIRST_ENVELOPE_MS = 250;
/** What the limits are for: a machine on which the bare runtime starts so fast. */
const BARE_START_MS = 20;

function executable(): string {
  return Deno.env.get("DSTREAM_EXE") ?? "";
}

/**
 * Runs until one is fast enough: what others do on the machine only adds. On a
 * slower machine the limit is as much higher as the bare runtime is slower to start.
 * @throws {AssertionError} When none of many is.
 */
async function assertWithin(
  limitMs: number,
  measure: () => Promise<number>,
): Promise<void> {
  let shortestMs = Infinity;
  let bareMs = Infinity;
  const allowedMs = () => limitMs * Math.max(1, bareMs / BARE_START_MS);
  for (let run = 0; run < 25; run++) {
    bareMs = Math.min(bareMs, await bareStartMs());
    shortestMs = Math.min(shortestMs, await measure());
    if (shortestMs <= allowedMs()) return;
  }
  assert.fail(`${shortestMs} ms, and the bare runtime starts in ${bareMs} ms`);
}

async function bareStartMs(): Promise<number> {
  const startedMs = performance.now();
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "0"],
  }).output();
  assert.ok(success);
  return performance.now() - startedMs;
}

Deno.test({
  name: "the executable is small enough to hand around",
  ignore: !isCompiled,
  fn: async () => {
    const sizeMb = (await Deno.stat(executable())).size / 1e6;
    assert.ok(sizeMb < MAX_SIZE_MB, `${sizeMb} MB`);
  },
});

Deno.test({
  name: "the executable holds no path of the machine that built it",
  ignore: !isCompiled,
  fn: async () => {
    const bytes = await Deno.readFile(executable());
    const text = new TextDecoder("latin1").decode(bytes);
    for (const path of [ROOT, homedir() + "/", ".cache/deno"]) {
      const at = text.indexOf(path);
      assert.equal(at, -1, text.slice(Math.max(0, at - 40), at + 80));
    }
  },
});

Deno.test({
  name: "--version answers at once",
  ignore: !isCompiled,
  fn: async () => {
    await assertWithin(MAX_VERSION_MS, async () => {
      const { code, durationMs } = await dstream(["--version"]);
      assert.equal(code, 0);
      return durationMs;
    });
  },
});

Deno.test({
  name: "the first message of a counter is there before one looks up",
  ignore: !isCompiled,
  fn: async () => {
    await using folder = await TempFolder.make({
      "dstream.hcl": `task "first" {
  input {
    provider = "counter"
    config {
      interval  = 1
      max_count = 1
    }
  }
  output {
    provider = "console"
  }
}
`,
    });
    await assertWithin(MAX_FIRST_ENVELOPE_MS, async () => {
      const startedMs = performance.now();
      await using run = startDstream(["run", "first"], { cwd: folder.path });
      await run.waitFor(/Message #1/);
      return performance.now() - startedMs;
    });
  },
});

/** How the executable can come to be called `dstreams`. */
const AS_DSTREAMS: Readonly<Record<string, string>> = {
  "a link": 'ln -s "$EXE" dstreams; ./dstreams --help',
  "a copy": 'cp "$EXE" dstreams; ./dstreams --help',
  "on PATH": 'ln -s "$EXE" dstreams; PATH="$PWD:$PATH" dstreams --help',
  "exec -a": '(exec -a dstreams "$EXE" --help)',
  "as it is published": 'ln "${EXE/dstream-/dstreams-}" . 2>/dev/null || ' +
    'cp "${EXE/dstream-/dstreams-}" .; ./dstreams-* --help',
};

for (const [how, script] of Object.entries(AS_DSTREAMS)) {
  Deno.test({
    name: `D1: the executable is dstreams by its name: ${how}`,
    ignore: !isCompiled || Deno.build.os === "windows",
    fn: async () => {
      await using folder = await TempFolder.make();
      const { code, stdout, stderr } = await new Deno.Command("bash", {
        args: ["-c", script],
        cwd: folder.path,
        env: { EXE: executable() },
      }).output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      assert.equal(code, 0, text(stderr));
      assert.match(text(stdout), /Usage: dstreams [^]*\bdiscover\b/);
    },
  });
}
