/**
 * P2, P9: whatever is killed, no process, no socket and no folder is left.
 *
 * `deno task test:plugin` does it a hundred times; here there are fewer.
 *
 * @module
 */

import { startDstream } from "../e2e/support/program.ts";
import { assert } from "../support/assert.ts";
import { randomFrom } from "../support/random.ts";
import {
  inFolder,
  isAlive,
  type Plugin,
  plugin,
  writeTask,
} from "./support.ts";

const RUNS = Number(Deno.env.get("DSTREAM_PLUGIN_RUNS") ?? 7);
const SEED = Number(
  Deno.env.get("DSTREAM_SEED") ?? Math.floor(Math.random() * 1e6),
);

/** What is done to a run; `end` leaves it alone. */
const DEEDS = [
  "end",
  "SIGKILL to dstream",
  "SIGKILL to the host",
  "SIGKILL to the plugin",
  "SIGTERM to the plugin",
  "SIGINT to dstream",
  "SIGTERM to dstream",
] as const;
type Deed = typeof DEEDS[number];

plugin(
  `P2, P9 nothing is left behind by ${RUNS} runs with kills`,
  async () => {
    const random = randomFrom(SEED);
    const done: Record<string, number> = {};
    for (let n = 0; n < RUNS; n++) {
      // Each of them, then by chance.
      const deed = DEEDS[
        n < DEEDS.length ? n : Math.floor(random() * DEEDS.length)
      ];
      const mode = random() < 0.5 ? "" : "dotnet";
      const wait = n < DEEDS.length ? Infinity : random() * 1500;
      await inFolder((one) => once(one, deed, wait), mode)
        .catch((error) => {
          throw new Error(`seed ${SEED}, run ${n}, ${deed}, "${mode}"`, {
            cause: error,
          });
        });
      done[deed] = (done[deed] ?? 0) + 1;
    }
    if (RUNS > DEEDS.length) {
      console.log(`seed ${SEED}: ${JSON.stringify(done)}`);
    }
  },
  Deno.build.os === "linux",
);

/** @param waitMs Infinity: until the plugin runs; else it may be anywhere. */
async function once(
  { folder, mode: MODE }: Plugin,
  deed: Deed,
  waitMs: number,
): Promise<void> {
  const mode = deed === "end" ? "" : 'mode = "forever"';
  await writeTask(folder, `config {\n ${mode}\n }`);
  const temp = folder.join("tmp");
  await Deno.mkdir(temp);
  await using running = startDstream(["run", "old"], {
    cwd: folder.path,
    env: { MODE, TMPDIR: temp },
  });
  if (waitMs === Infinity) {
    const runs = running.waitFor(/pid=\d+/, "stderr");
    await Promise.race([runs, running.finished]);
  } else await new Promise((resolve) => setTimeout(resolve, waitMs));
  const [host] = await childrenOf(running.pid);
  const [its] = host === undefined ? [] : await childrenOf(host);
  const [signal, whose = ""] = deed.split(/ to (?:the )?/);
  const pid = { dstream: running.pid, host, plugin: its }[whose];
  if (pid !== undefined && isAlive(pid)) Deno.kill(pid, signal as Deno.Signal);
  // Whoever wasn't there yet to be killed can't end a run that lasts for ever.
  else if (deed !== "end") running.kill("SIGKILL");
  await running.finished;
  await gone(temp);
}

/** Hangs, and so fails, when something stays. */
async function gone(temp: string): Promise<void> {
  const limitMs = performance.now() + 180_000;
  for (;;) {
    const alive = await usersOf(temp);
    const left = [...Deno.readDirSync(temp)].map(({ name }) => name)
      // An executable keeps compiled code there.
      .filter((name) => !name.startsWith("deno-compile"));
    if (alive.length + left.length === 0) return;
    const isLate = performance.now() > limitMs;
    assert(!isLate, `left: processes ${alive}, files ${left}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Processes that were started with this folder in their environment. */
async function usersOf(temp: string): Promise<number[]> {
  const found: number[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const environment = await Deno.readTextFile(`/proc/${name}/environ`)
      .catch(() => "");
    if (environment.includes(`TMPDIR=${temp}\0`)) found.push(Number(name));
  }
  return found;
}

async function childrenOf(pid: number): Promise<number[]> {
  const { stdout } = await new Deno.Command("ps", {
    args: ["-o", "pid=", "--ppid", String(pid)],
  }).output();
  return new TextDecoder().decode(stdout).split("\n").map(Number)
    .filter((one) => one > 0);
}
