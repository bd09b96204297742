/**
 * Small inputs on which the program was once wrong, each in a folder under `cases/`
 * with a README that says how to run it and what is right. Those of Azure's clients
 * for other languages are tests/servicebus/foreign_clients_test.ts.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "../support/assert.ts";
import { freePort } from "../support/free_port.ts";
import { needs } from "../support/needs.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { dstream, programArgv, startDstream } from "./support/program.ts";

const CASES = fileURLToPath(new URL("cases/", import.meta.url));

/** A copy of the case's files. */
async function folderOf(name: string): Promise<TempFolder> {
  const folder = await TempFolder.make();
  for (const { name: file } of Deno.readDirSync(`${CASES}${name}`)) {
    await Deno.copyFile(`${CASES}${name}/${file}`, folder.join(file));
    if (file.endsWith(".py")) await Deno.chmod(folder.join(file), 0o755);
  }
  return folder;
}

/** A test by the name of its kind. */
function kind(
  name: string,
  of: string,
  check: (folder: TempFolder, t: Deno.TestContext) => Promise<void>,
  tool?: string,
): void {
  Deno.test({
    name: `${of}: ${name}`,
    ignore: Deno.build.os === "windows" || (tool !== undefined && !needs(tool)),
    fn: async (t) => {
      await using folder = await folderOf(of);
      await check(folder, t);
    },
  });
}

/** The lines a run of the file output wrote. */
async function linesIn(folder: TempFolder, path: string): Promise<string[]> {
  const text = await folder.read(path).catch(() => "");
  return text.split("\n").filter((line) => line !== "");
}

async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
): Promise<void> {
  const endMs = performance.now() + 20_000;
  while (!await isSo()) {
    if (performance.now() > endMs) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

kind(
  "a CSV of blank lines is an empty one",
  "csv-blank-lines-only",
  async ({ path: cwd }) => {
    for (const file of ["blank.csv", "bom-blank.csv"]) {
      const args = ["run", "t", "--var", `file=${file}`];
      const { code, stderr } = await dstream(args, { cwd });
      assertEquals(code, 0, stderr);
      assert.match(stderr, /\(0 envelopes/);
    }
  },
);

kind(
  "a header that is no UTF-8 is refused with file and line",
  "csv-header-encoding",
  async ({ path: cwd }) => {
    const cases = [
      ["latin1_header.csv", /latin1_header\.csv.*line 1.*is not UTF-8/],
      ["utf16_ascii.csv", /utf16_ascii\.csv.*UTF-16/],
    ] as const;
    for (const [file, expected] of cases) {
      const args = ["run", "t", "--var", `file=${file}`];
      const { code, stdout, stderr } = await dstream(args, { cwd });
      assertEquals(code, 1, stderr);
      assertEquals(stdout, "");
      assert.match(stderr, expected);
    }
  },
);

kind(
  "what a followed file holds when it is written anew is all read",
  "follow-rewritten-same-tail",
  async (folder) => {
    const beat = "heartbeat ok: all 17 checks passed, nothing to report, " +
      "next look in 60 seconds\n";
    await folder.write("app.log", `run 1 started\n${beat.repeat(10)}`);
    await using run = startDstream(["run", "t"], { cwd: folder.path });
    const count = async () => (await linesIn(folder, "out.jsonl")).length;
    await until("the first run's lines", async () => await count() === 11);
    // As `cat new > app.log` does: the same file, emptied and filled.
    await folder.write("app.log", `run 2 started\n${beat.repeat(20)}`);
    await until("the second run's lines", async () => await count() === 32);
    run.kill("SIGINT");
    assertEquals((await run.finished).code, 130);
    assert((await folder.read("out.jsonl")).includes("run 2 started"));
  },
);

kind(
  "decimals are decided as decimals",
  "multiple-of",
  async (folder) => {
    const { code, stdout } = await dstream(["run", "t"], { cwd: folder.path });
    assertEquals(code, 0);
    assertEquals(stdout.match(/"?price"?/g)?.length, 6, stdout);
    const letters = await linesIn(folder, "dead.jsonl");
    assertEquals(letters.length, 1);
    assert(letters[0].includes("9007199254740993"));
  },
);

kind(
  "a folder whose name is no UTF-8 is named",
  "name-not-utf8",
  async (folder) => {
    const make = `mkdir -p "in/$(printf 'd\\351')"; echo b > in/b.log; ` +
      `echo a > "in/$(printf 'd\\351')/a.log"`;
    await new Deno.Command("sh", { args: ["-c", make], cwd: folder.path })
      .output();
    const { code, stderr } = await dstream(["run", "t"], { cwd: folder.path });
    assertEquals(code, 1, stderr);
    assert.match(stderr, /its name is not UTF-8/);
  },
);

kind(
  "SIGHUP that was ignored at the start stays ignored",
  "nohup",
  async ({ path: cwd }) => {
    const [program, ...args] = programArgv(["run", "t", "-f", "json"]);
    const script = 'trap "" HUP; exec "$0" "$@"';
    const child = new Deno.Command("sh", {
      args: ["-c", script, program, ...args],
      cwd,
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const reader = child.stderr.getReader();
    await reader.read(); // it has begun
    child.kill("SIGHUP");
    child.kill("SIGTERM");
    for (; !(await reader.read()).done;);
    assertEquals((await child.status).code, 143);
  },
);

kind(
  "an outage is outlasted, and nothing is taken for poison",
  "outage-taken-for-poison",
  async (folder, t) => {
    for (const config of ["dstream.hcl", "dl.hcl"]) {
      await t.step(config, async () => {
        await folder.write("began", "");
        await Deno.remove(folder.join("arrived.jsonl")).catch(() => {});
        const text = await folder.read(config);
        await folder.write(config, text.replace("= 12\n", "= 4\n"));
        const args = ["run", "t", "-c", config];
        const { code, stderr } = await dstream(args, {
          cwd: folder.path,
          timeoutMs: 90_000,
        });
        assertEquals(code, 0, stderr);
        const arrived = await linesIn(folder, "arrived.jsonl");
        assertEquals(
          arrived.map((line) => JSON.parse(line).data.value),
          Array.from({ length: 50 }, (_, i) => i + 1),
        );
        assertEquals(await linesIn(folder, "dead.jsonl"), []);
      });
    }
  },
  "python3",
);

kind(
  "a pipe is refused before anything starts",
  "pipe-as-input",
  async (folder) => {
    new Deno.Command("mkfifo", { args: [folder.join("pipe")] }).outputSync();
    const { code, stderr } = await dstream(["run", "t"], { cwd: folder.path });
    assertEquals(code, 1, stderr);
    assert.match(stderr, /"pipe" is a named pipe/);
  },
);

kind(
  "a file is read once, also when it gets a second name and after a restart",
  "same-file-two-names",
  async (folder) => {
    await folder.write("logs/real.log", "one\n");
    const run = async (whileItRuns: () => Promise<void>) => {
      await using program = startDstream(["run", "t", "-l", "debug"], {
        cwd: folder.path,
      });
      await program.waitFor(/input file\] debug: ready/, "stderr");
      await whileItRuns();
      program.kill("SIGINT");
      await program.finished;
    };
    const count = async () => (await linesIn(folder, "out.jsonl")).length;
    await run(async () => {
      await until("the first line", async () => await count() === 1);
      await Deno.symlink("real.log", folder.join("logs/alias.log"));
      await Deno.writeTextFile(folder.join("logs/real.log"), "two\n", {
        append: true,
      });
      await until("the second line", async () => await count() === 2);
    });
    await run(async () => {
      await folder.write("logs/zz.log", "three\n");
      await until("the third line", async () => await count() >= 3);
    });
    const lines = (await linesIn(folder, "out.jsonl"))
      .map((line) => JSON.parse(line).data?.line ?? JSON.parse(line).line);
    assertEquals(lines.sort(), ["one", "three", "two"]);
  },
);

kind(
  "a secret in a refusal is hidden in every place",
  "secret-in-refusal",
  async (folder) => {
    const secrets = [
      "Hunter22secret",
      "pässwort-42",
      "line-one-secret\nline-two-secret",
    ];
    for (const secret of secrets) {
      const args = ["run", "t", "--report", "r.json"];
      const { code, stderr } = await dstream(args, {
        cwd: folder.path,
        env: { PW: secret },
      });
      assertEquals(code, 1, stderr);
      const said = stderr + await folder.read("r.json");
      for (const line of secret.split("\n")) {
        assert(!said.includes(line), said);
        assert(!said.includes(JSON.stringify(line).slice(1, -1)), said);
      }
      assert(said.includes("(sensitive)"), said);
    }
  },
  "python3",
);

kind(
  "a secret is hidden however it is spelled",
  "secrets-in-other-spellings",
  async (folder) => {
    const secret = "pässwort-42/x";
    const runs = [
      ...["log", "refuse", "error", "stray"].map((mode) => [
        "t",
        "--var",
        `mode=${mode}`,
      ]),
      ["t", "-c", "rej.hcl"],
      ["nodl", "-c", "rej.hcl"],
    ];
    for (const words of runs) {
      const args = ["run", ...words, "-f", "json", "--report", "r.json"];
      const { stderr } = await dstream(args, {
        cwd: folder.path,
        env: { SEKRET: secret },
      });
      const said = stderr + await folder.read("r.json") +
        await folder.read("dead.jsonl").catch(() => "");
      const escaped = [...secret].map((c) =>
        `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`
      ).join("");
      const spellings = [
        secret,
        secret.replace("ä", "\\u00e4"),
        secret.replace("/", "\\/"),
        escaped,
        escaped.replaceAll("\\", "\\\\"),
        btoa(String.fromCharCode(...new TextEncoder().encode(secret))),
      ];
      for (const spelling of spellings) {
        assert(!said.includes(spelling), `${words}: ${said}`);
      }
    }
  },
  "python3",
);

kind(
  "a state that is a link is written through",
  "state-behind-symlink",
  async (folder) => {
    await folder.write("vol/none", "");
    await folder.write(".dstream/state/none", "");
    const link = folder.join(".dstream/state/t.json");
    await Deno.symlink("../../vol/t.json", link);
    const { code, stderr } = await dstream(["run", "t", "--max", "5"], {
      cwd: folder.path,
    });
    assertEquals(code, 0, stderr);
    assert(Deno.lstatSync(link).isSymlink);
    assert((await folder.read("vol/t.json")).includes('"state"'));
  },
);

kind(
  "a stderr that nobody reads stops neither the data nor SIGTERM",
  "stderr-nobody-reads",
  async (folder) => {
    const [program, ...args] = programArgv([
      "run",
      "t",
      "--metrics-listen",
      "127.0.0.1:0",
    ]);
    const child = new Deno.Command(program, {
      args,
      cwd: folder.path,
      stdout: "null",
      stderr: "piped", // and never read
    }).spawn();
    // Its start lines fill the pipe at once; then it must still hear a signal.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    child.kill("SIGTERM");
    assertEquals((await child.status).code, 143);
    await child.stderr.cancel();
  },
  "python3",
);

kind(
  "a thousand half-open connections to the metrics end nothing",
  "idle-http-clients",
  async (folder) => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    listener.close();
    const [program, ...words] = programArgv([
      "run",
      "t",
      "-c",
      "c.hcl",
      "--metrics-listen",
      `127.0.0.1:${port}`,
      "--report",
      "rep.json",
    ]);
    const child = new Deno.Command("sh", {
      args: ["-c", 'ulimit -n 1024; exec "$0" "$@"', program, ...words],
      cwd: folder.path,
      stdout: "null",
      stderr: "piped",
    }).spawn();
    await until(
      "the metrics",
      () =>
        fetch(`http://127.0.0.1:${port}/healthz`).then(
          async (answer) => (await answer.body?.cancel(), true),
          () => false,
        ),
    );
    await new Deno.Command("python3", {
      args: ["slow.py", String(port), "1300", "1"],
      cwd: folder.path,
    }).output();
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
    assert((await answer.text()).includes("dstream_"));
    child.kill("SIGTERM");
    const { code, stderr } = await child.output();
    assertEquals(code, 143, new TextDecoder().decode(stderr));
    assertEquals(JSON.parse(await folder.read("rep.json")).exit_code, 143);
  },
  "python3",
);

/** Starts a case's registry; resolves when it answers. */
async function startRegistry(
  folder: TempFolder,
  port: number,
  ...more: string[]
): Promise<Deno.ChildProcess> {
  const child = new Deno.Command("python3", {
    args: ["reg.py", String(port), ...more],
    cwd: folder.path,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await until(
    "the registry",
    () =>
      fetch(`http://127.0.0.1:${port}/v2/`).then(
        async (answer) => (await answer.body?.cancel(), true),
        () => false,
      ),
  );
  return child;
}

/** A task that has its input from a registry, with a home and a cache of its own. */
async function runPulled(folder: TempFolder, reference: string) {
  const home = await TempFolder.make();
  await folder.write(
    "dstream.hcl",
    `task "t" {
  input {
    provider_ref  = "${reference}"
    ready_timeout = "120s"
  }
  output {
    provider = "console"
    config {
      output_format = "json"
    }
  }
}
`,
  );
  const login = await folder.read("login.json").catch(() => "{}");
  await home.write(".docker/config.json", login);
  await Deno.remove(folder.join(".dstream.lock.hcl")).catch(() => {});
  try {
    return await dstream(["run", "t"], {
      cwd: folder.path,
      env: {
        HOME: home.path,
        DOCKER_CONFIG: home.join(".docker"),
        DSTREAM_CACHE_DIR: home.join("cache"),
      },
      timeoutMs: 150_000,
    });
  } finally {
    await home[Symbol.asyncDispose]();
  }
}

/** As Python writes it. */
const RIGHT = /"from": "right"/;

const REGISTRIES: readonly (readonly [string, string, string, RegExp])[] = [
  ["Basic before Bearer, as anybody", "basicfirst", "1.9.0", RIGHT],
  ["variants of one processor", "variant", "1.9.0", RIGHT],
  ['a login file of "auths": null', "token", "1.9.0", RIGHT],
  ["HEAD answered 405", "head405", "1.9.0", RIGHT],
  ["HEAD answered 404", "head404", "1.9.0", RIGHT],
  ["pages under another scheme", "httpslink", "~> 1.0", RIGHT],
  ["a redirect that leads nowhere", "redirfail", "1.9.0", /localhost:5999/],
];

kind(
  "what registries do",
  "registry",
  async (folder, t) => {
    await folder.write("login.json", '{"auths":null}');
    for (const [name, mode, version, expected] of REGISTRIES) {
      await t.step(name, async () => {
        const port = freePort();
        await using registry = await startRegistry(folder, port, mode);
        const reference = `127.0.0.1:${port}/acme/in-a:${version}`;
        const { code, stdout, stderr } = await runPulled(folder, reference);
        registry.kill();
        assertEquals(code, mode === "redirfail" ? 1 : 0, stderr);
        assert.match(stdout + stderr, expected);
        assert(!stderr.includes("SECRETSIG"), stderr);
      });
    }
  },
  "python3",
);

/** What a registry of the case has, and whether it can be run. */
const DIGESTS: readonly (readonly [string, boolean])[] = [
  ["ok", true],
  ["wrongdig", false],
  ["digtrav", false],
  ["exdigzero", false],
  ["exdigfifo", false],
  ["exdigpasswd", false],
  ["exdigjunk", false],
  ["bombsz", false],
  ["deep", false],
  ["self", false],
];

kind(
  "a digest from outside is no path, and nothing hangs",
  "digest-as-path",
  async (folder, t) => {
    const fifo = folder.join("fifo");
    new Deno.Command("mkfifo", { args: [fifo] }).outputSync();
    const [port, other] = [freePort(), freePort()];
    const type = "application/vnd.dstream.provider.executable.v1";
    await using registry = await startRegistry(
      folder,
      port,
      String(other),
      `${type}+gzip`,
      `${type}+zstd`,
      fifo,
    );
    for (const [tag, isGood] of DIGESTS) {
      await t.step(tag, async () => {
        const reference = `127.0.0.1:${port}/acme/x:${tag}`;
        const { code, stderr } = await runPulled(folder, reference);
        assertEquals(code === 0, isGood, stderr);
        assert(!/this is a bug/.test(stderr), stderr);
      });
    }
    await t.step("a refresh token stays where it was given", async () => {
      await folder.write(
        "login.json",
        JSON.stringify({
          auths: { [`127.0.0.1:${port}`]: { identitytoken: "refresh-me-42" } },
        }),
      );
      await runPulled(folder, `127.0.0.1:${port}/auth/x:ok`);
      const seen = (await folder.read("seen.log")).split("\n");
      const told = seen.filter((line) => line.includes("refresh-me-42"));
      assert(told.length > 0, "the token endpoint was never asked");
      for (const line of told) assert(line.startsWith(`${port} `), line);
    });
    registry.kill();
  },
  "python3",
);

const FAKE_TIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

kind(
  "a clock that is set back stops nothing",
  "clock-steps-back",
  async (folder) => {
    await folder.write("ft.rc", "+0");
    await folder.write("logs/a.log", "a1\n");
    await using run = startDstream(["run", "t"], {
      cwd: folder.path,
      timeoutMs: 60_000,
      env: {
        LD_PRELOAD: FAKE_TIME,
        FAKETIME_TIMESTAMP_FILE: folder.join("ft.rc"),
        FAKETIME_NO_CACHE: "1",
        FAKETIME_DONT_FAKE_MONOTONIC: "1",
        DONT_FAKE_MONOTONIC: "1",
      },
    });
    await run.waitFor(/"a1"/, "stdout");
    await folder.write("ft.rc", "-3600");
    await folder.write("logs/b.log", "b1\n");
    await Deno.rename(folder.join("logs/a.log"), folder.join("logs/a.1"));
    await folder.write("logs/a.log", "a3\n");
    await run.waitFor(/"b1"/, "stdout");
    await run.waitFor(/"a3"/, "stdout");
    run.kill("SIGINT");
    await run.finished;
  },
  "faketime",
);
