import { join } from "node:path";
import { runSample, taskSample } from "../../tests/observe/samples.ts";
import { assert, assertEquals } from "../../tests/support/assert.ts";
import { TempFolder } from "../../tests/support/temp_folder.ts";
import {
  openRunFolder,
  runFolders,
  type UserEnvironment,
} from "./run_folder.ts";
import { toRunStatus } from "./run_status.ts";
import { isProcessAlive, readRunStatuses, StatusFile } from "./status_file.ts";

const isWindows = Deno.build.os === "windows";

/** A user whose files lie in this folder. */
function userOf({ path }: TempFolder): UserEnvironment {
  const os = Deno.build.os;
  return { os, env: { HOME: path, LOCALAPPDATA: path }, uid: Deno.uid() };
}

const run = runSample(taskSample());
const nowMs = run.nowMs;

Deno.test({
  name: "each system has its place for what runs",
  ignore: isWindows, // its paths are written otherwise
  fn: async (t) => {
    const cases: [string, UserEnvironment, string[]][] = [
      ["a session", {
        os: "linux",
        env: { XDG_RUNTIME_DIR: "/run/user/7", HOME: "/home/a" },
        uid: 7,
      }, ["/run/user/7/dstream", "/home/a/.local/state/dstream/run"]],
      ["a service without the variable", {
        os: "linux",
        env: { HOME: "/home/a", XDG_STATE_HOME: "/state" },
        uid: 7,
      }, ["/run/user/7/dstream", "/state/dstream/run"]],
      ["nobody's", { os: "linux", env: {}, uid: 7 }, []],
      ["macOS", { os: "darwin", env: { HOME: "/Users/a" }, uid: 7 }, [
        "/Users/a/Library/Application Support/dstream/run",
      ]],
      ["Windows", {
        os: "windows",
        env: { LOCALAPPDATA: "/local" },
        uid: null,
      }, ["/local/dstream/run"]],
    ];
    for (const [name, user, paths] of cases) {
      await t.step(name, () => {
        assertEquals(runFolders(user).map(({ path }) => path), paths);
      });
    }
  },
});

Deno.test({
  name: "nobody else can open the folder, nor the file",
  ignore: isWindows,
  fn: async () => {
    await using home = await TempFolder.make();
    const user = userOf(home);
    const { path } = runFolders(user).at(-1)!;
    await Deno.mkdir(path, { recursive: true });
    await Deno.chmod(path, 0o755);
    await using file = await StatusFile.open(user, Deno.pid);
    await file?.write(toRunStatus(run));
    const folderMode = (await Deno.stat(path)).mode! & 0o777;
    const fileMode = (await Deno.stat(join(path, `${Deno.pid}.json`))).mode!;
    assertEquals([folderMode, fileMode & 0o777], [0o700, 0o600]);
  },
});

Deno.test({
  name: "a folder that leads elsewhere is not used",
  ignore: isWindows,
  fn: async () => {
    await using home = await TempFolder.make({ "elsewhere/x": "" });
    const user = userOf(home);
    const { path, parent } = runFolders(user).at(-1)!;
    await Deno.mkdir(join(parent, "dstream"), { recursive: true });
    await Deno.symlink(home.join("elsewhere"), path);
    assertEquals(await openRunFolder(user), undefined);
  },
});

Deno.test("a status is there while its run is, and gone with it", async () => {
  await using home = await TempFolder.make();
  const user = userOf(home);
  const mine = { ...run, pid: Deno.pid };
  {
    await using file = await StatusFile.open(user, Deno.pid);
    assertEquals(await readRunStatuses({ user, nowMs }), []);
    await file?.write(toRunStatus(mine));
    const later = { ...mine, nowMs: nowMs + 1000 };
    await file?.write(toRunStatus(later));
    const [status] = await readRunStatuses({ user, nowMs });
    assertEquals(status, JSON.parse(JSON.stringify(toRunStatus(later))));
  }
  assertEquals(await readRunStatuses({ user, nowMs }), []);
});

Deno.test("whoever reads sweeps what the dead have left", async () => {
  await using home = await TempFolder.make();
  const user = userOf(home);
  const folder = await openRunFolder(user);
  const text = (pid: number) =>
    JSON.stringify(toRunStatus({ ...run, pid, startedAtMs: nowMs - pid }));
  const files: Record<string, string> = {
    "1.json": text(1),
    "2.json": text(2), // dead
    "3.json.tmp": "{", // dead while it wrote
    "4.json.tmp": "{", // writes at this moment
    "5.json": "not JSON",
    "6.json": text(7), // a copy of another's
    "8.json": text(8),
    "notes.txt": "not ours",
  };
  for (const [name, content] of Object.entries(files)) {
    await Deno.writeTextFile(join(folder!, name), content);
  }
  const isAlive = (pid: number) => pid !== 2 && pid !== 3;
  const found = await readRunStatuses({ user, nowMs, isAlive });
  assertEquals(found.map(({ pid }) => pid), [8, 1], "oldest first");
  const names = [...Deno.readDirSync(folder!)].map(({ name }) => name).sort();
  assertEquals(names, [
    "1.json",
    "4.json.tmp",
    "5.json",
    "6.json",
    "8.json",
    "notes.txt",
  ]);
  const nextDayMs = nowMs + 24 * 3_600_000;
  assertEquals(await readRunStatuses({ user, nowMs: nextDayMs, isAlive }), []);
});

Deno.test("a process lives until it has ended", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["--version"],
    stdout: "null",
  }).spawn();
  assert(isProcessAlive(Deno.pid));
  await child.status;
  assert(!isProcessAlive(child.pid));
});
