/**
 * P14, P16: a plugin that is pulled, and what is seen of one from outside.
 *
 * @module
 */

import { goModuleBinary } from "../../scripts/setup/go.ts";
import { goPlugin } from "../../scripts/setup/groups.ts";
import { HERE } from "../e2e/support/packaged.ts";
import { dstream, startDstream } from "../e2e/support/program.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import {
  canRunRegistry,
  RealRegistry,
} from "../support/registry/real_registry.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { runTool, toolPath } from "../support/tools.ts";
import { until } from "../support/until.ts";
import { inFolder, plugin, writeTask } from "./support.ts";

const COUNTS = "config {\n count = 2\n }";
const LASTS = 'config {\n mode = "forever"\n }';

plugin(
  "P14 plugin_ref pulls, locks and runs, in upstream's own artifact type too",
  async (t) => {
    await using registry = await RealRegistry.start();
    await using folder = await TempFolder.make();
    const options = {
      cwd: folder.path,
      env: { DSTREAM_CACHE_DIR: folder.join("cache") },
      timeoutMs: 120_000,
    };
    const title = `plugin.${HERE.replace("/", "_")}`;
    await Deno.copyFile(goModuleBinary(goPlugin), folder.join(title));
    for (
      const type of ["vnd.dstream.plugin", "vnd.dstream.provider"] as const
    ) {
      await t.step(type, async () => {
        const reference = `${registry.host}/acme/${type}:v1.0.0`;
        await runTool(toolPath("oras"), [
          "push",
          "--plain-http",
          "--artifact-type",
          `application/${type}`,
          reference,
          `${title}:application/octet-stream`,
        ], { cwd: folder.path });
        await writeTask(folder, COUNTS, `plugin_ref = "${reference}"`);
        const locked = await dstream(["init"], options);
        assertEquals(locked.code, 0, locked.stderr);
        const first = await dstream(["run", "old"], options);
        assertEquals(
          [first.code, first.stdout],
          [0, '{"value":1}\n{"value":2}\n'],
          first.stderr,
        );
        const lock = await folder.read(".dstream.lock.hcl");
        assert.match(lock, new RegExp(`${type}[^]*sha256:[0-9a-f]{64}`));
        const before = (await registry.requests()).length;
        const again = await dstream(["run", "old"], options);
        assertEquals(again.code, 0, again.stderr);
        const asked = (await registry.requests()).slice(before);
        assertEquals(asked, [], "what is locked and cached needs no request");
      });
    }
  },
  canRunRegistry && needs("oras"),
);

plugin(
  "P16 ps, health and metrics show a plugin without counts, beside another task",
  () =>
    inFolder(async ({ folder }) => {
      await writeTask(folder, LASTS);
      await folder.write(
        "other.hcl",
        `task "new" {
  input {
    provider = "counter"
    config {
      interval = 20
    }
  }
  output {
    provider = "console"
  }
}
`,
      );
      const env = {
        HOME: folder.path,
        LOCALAPPDATA: folder.path,
        XDG_RUNTIME_DIR: folder.path,
      };
      await using running = startDstream(
        ["run", "old", "new", "-c", ".", "--metrics-listen", "127.0.0.1:0"],
        { cwd: folder.path, env, timeoutMs: 120_000 },
      );
      const [, url] = await running.waitFor(
        /metrics at (http:\/\/127\.0\.0\.1:\d+)\/metrics/,
        "stderr",
      );
      await running.waitFor(/running/);
      await running.waitFor(/Message #3/);
      // What a plugin prints may be here before what its host says of it.
      let ready = "";
      await until(async () => {
        const answer = await fetch(`${url}/readyz`);
        ready = `${answer.status} ${await answer.text()}`;
        return ready === "200 ready\n";
      }, () => ready);
      const metrics = await (await fetch(`${url}/metrics`)).text();
      assert.match(metrics, /^dstream_task_ready\{task="old"\} 1$/m);
      assert(!/^dstream_envelopes_total\{task="old"/m.test(metrics), metrics);
      assert.match(metrics, /^dstream_envelopes_total\{task="new"/m);
      // It tells what was written down last, every now and then.
      let shown = "";
      await until(async () => {
        shown = (await dstream(["ps"], { cwd: folder.path, env })).stdout;
        return / running .*\bold\b|\bold\b.* running /.test(shown);
      }, () => shown);
      const rows = shown.split("\n");
      const old = rows.find((row) => /\bold\b/.test(row)) ?? "";
      assert.match(old, / running +- +- +- +\d.*s /, shown);
      running.kill("SIGINT");
      const { code, stdout } = await running.finished;
      assertEquals(code, 130);
      assert.match(stdout, /running/);
    }),
);
