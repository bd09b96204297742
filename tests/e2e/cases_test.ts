/**
 * Small inputs on which the program was once wrong, each in a folder under `cases/`
 * with a README that says how to run it and what is right.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "../support/assert.ts";
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
