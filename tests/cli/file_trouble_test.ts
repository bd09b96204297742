import { join } from "node:path";
import type { Context } from "../../cli/context.ts";
import { writeJunitFile } from "../../cli/junit_file.ts";
import { writeJsonFile } from "../../cli/singer/json_file.ts";
import { StateFile } from "../../cli/singer/state_file.ts";
import { openSink } from "../../cli/singer/sink.ts";
import { LetterFile } from "../../core/dead_letter/letter_file.ts";
import { writeLockFile } from "../../core/install/lock_file.ts";
import { writeReport } from "../../core/observe/run_report.ts";
import { systemClock, systemSpawner } from "../../core/ports/deno.ts";
import { openCredentialStore } from "../../core/registry/credential_store.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";

/** Something of ours that writes a file; how its error begins to advise. */
interface Writer {
  readonly name: string;
  readonly code: string;
  readonly place: string;
  readonly write: (path: string) => Promise<unknown>;
}

const WRITERS: readonly Writer[] = [
  {
    name: "a report",
    code: "observe.report_unwritable",
    place: "another after --report",
    write: (path) => writeReport(path, { text: "x".repeat(100_000) }),
  },
  {
    name: "dead letters",
    code: "dead_letter.file_failed",
    place: "another `path` in the `dead_letter` block",
    write: (path) => new LetterFile(path, 1_000).lockReplay(),
  },
  {
    name: "the lock file",
    code: "lock.not_written",
    place: "a configuration in another folder with -c",
    write: (path) => writeLockFile(path, []),
  },
  {
    name: "dstreams' state and catalog",
    code: "singer.file_unwritable",
    place: "another file",
    write: (path) => writeJsonFile(path, { text: "x".repeat(100_000) }, "/"),
  },
  {
    name: "dstreams' messages",
    code: "singer.file_unwritable",
    place: "another file",
    write: writeMessages,
  },
  {
    name: "JUnit's results",
    code: "usage.junit",
    place: "another file after --junit",
    write: (path) =>
      writeJunitFile(path, "x".repeat(100_000), inRoot as Context),
  },
  {
    name: "credentials",
    code: "registry.credentials_not_written",
    place: "one in REGISTRY_AUTH_FILE",
    write: storeLogin,
  },
  {
    name: "the lock of dstreams' state",
    code: "singer.file_unwritable",
    place: "another file",
    write: async (path) => (await StateFile.open(path, "/")).lock(),
  },
];

const inRoot = { deps: { cwd: "/" } } as unknown;

/** The run takes a failed write for a reader that is gone: the end says why. */
async function writeMessages(path: string): Promise<void> {
  const flags = { output: path, format: "jsonl" } as const;
  await using sink = await openSink(flags, inRoot as Context);
  await sink.write(new Uint8Array(100_000)).catch(() => {});
  await sink.finish();
}

function storeLogin(path: string): Promise<unknown> {
  return openCredentialStore({
    env: { REGISTRY_AUTH_FILE: path },
    homeFolder: undefined,
    spawner: systemSpawner,
    clock: systemClock,
  }).store("registry.example.com", { user: "ada", secret: "pw" });
}

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "dstream-trouble-" });
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("what a file system refuses names the path and what to do", async (t) => {
  for (const { name, code, place, write } of WRITERS.slice(0, -2)) {
    await t.step(name, () =>
      inFolder(async (folder) => {
        const long = join(folder, "x".repeat(300));
        const { message, hint } = await assertRejects(() => write(long), code);
        assert(message.includes(`"${long}": the name is too long`), message);
        assert(hint?.endsWith(`name ${place}`), hint);
      }));
  }
});

/** A file system of our own, where this user may make one. */
function mount(folder: string, options: string): boolean {
  if (Deno.build.os !== "linux") return false;
  try {
    const args = ["-t", "tmpfs", "-o", options, "tmpfs", folder];
    return new Deno.Command("mount", { args, stderr: "null" }).outputSync()
      .success;
  } catch {
    return false;
  }
}

const canMount = await (async () => {
  let can = false;
  await inFolder((folder) => {
    can = mount(folder, "size=4k");
    if (can) new Deno.Command("umount", { args: [folder] }).outputSync();
    return Promise.resolve();
  });
  return can;
})();

Deno.test({
  name: "a read-only folder and a full disk are told as that, with the path",
  ignore: !canMount, // only root makes file systems
  fn: async (t) => {
    const kinds = [
      ["a read-only folder", "ro", "the file system is read-only"],
      ["a full disk", "size=4k", "the disk is full"],
    ] as const;
    for (const [kind, options, reason] of kinds) {
      for (const { name, code, place, write } of WRITERS) {
        // A lock is an empty file, for which a full disk has room.
        const isLock = /lock of|dead letters/.test(name);
        if (options !== "ro" && isLock) continue;
        await t.step(`${kind}: ${name}`, () =>
          inFolder(async (folder) => {
            assert(mount(folder, options));
            try {
              if (options !== "ro") fill(folder);
              const path = join(folder, "file.json");
              const said = await assertRejects(() => write(path), code);
              assert(
                said.message.includes(`"${path}": ${reason}`),
                said.message,
              );
              assert(said.hint?.endsWith(`name ${place}`), said.hint);
            } finally {
              new Deno.Command("umount", { args: [folder] }).outputSync();
            }
          }));
      }
    }
  },
});

function fill(folder: string): void {
  try {
    Deno.writeFileSync(join(folder, "filler"), new Uint8Array(100_000));
  } catch {
    // It is full.
  }
}

Deno.test({
  name: "the folder that a login makes is the user's own, whatever the umask",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (home) => {
      const before = Deno.umask(0);
      try {
        await openCredentialStore({
          env: {},
          homeFolder: home,
          spawner: systemSpawner,
          clock: systemClock,
        }).store("registry.example.com", { user: "ada", secret: "pw" });
      } finally {
        Deno.umask(before);
      }
      const bits = (path: string) => Deno.statSync(path).mode! & 0o777;
      assertEquals(bits(join(home, ".docker")), 0o700);
      assertEquals(bits(join(home, ".docker", "config.json")), 0o600);
    }),
});
