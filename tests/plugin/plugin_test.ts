/**
 * Tasks of `type = "plugin"` with a plugin on HashiCorp's own go-plugin, and with
 * one that behaves as those of the .NET SDK; requirements by their numbers.
 *
 * @module
 */

import {
  dstream,
  programArgv,
  RunningProgram,
  startDstream,
} from "../e2e/support/program.ts";
import { assert, assertEquals } from "../support/assert.ts";
import {
  goModuleBinaryOrNothing,
  inFolder,
  isAlive,
  plugin,
  writeTask,
} from "./support.ts";
import type { TempFolder } from "../support/temp_folder.ts";
import { until } from "../support/until.ts";

/** `deno task test:plugin` wants all of them. */
const LINES = Deno.env.has("DSTREAM_PLUGIN_RUNS") ? 200_000 : 25_000;

for (const mode of ["", "dotnet"]) {
  const kind = mode === "" ? "Go" : ".NET";

  plugin(
    `P1 a plugin as ${kind}'s runs to its end, and shows what it prints`,
    () =>
      inFolder(async ({ run }) => {
        const { code, stdout, stderr } = await run("config {\n count = 3\n }");
        assertEquals(code, 0, stderr);
        assertEquals(stdout, '{"value":1}\n{"value":2}\n{"value":3}\n');
        assert.match(stderr, /✅ Task "old" executed successfully/);
      }, mode),
  );

  plugin(
    `P7 a plugin as ${kind}'s gets its config as it is written`,
    () =>
      inFolder(async ({ run }) => {
        const { stdout, stderr } = await run(`
        input {
          provider = "sqlserver"
          config {
            none = null
            list = [1, 2.5, true, "x"]
          }
        }
        config {
          mode = "echo"
          table {
            name = "a"
          }
          table {
            name = "b"
          }
        }`);
        assertEquals(JSON.parse(stdout || stderr), {
          Input: {
            Provider: "sqlserver",
            Config: { none: null, list: [1, 2.5, true, "x"] },
          },
          Output: null,
          Config: { mode: "echo", table: [{ name: "a" }, { name: "b" }] },
        });
      }, mode),
  );

  plugin(
    `P11 a stop ends a plugin as ${kind}'s, and nothing is left`,
    () =>
      inFolder(async ({ folder }) => {
        await writeTask(folder, 'config {\n mode = "forever"\n }');
        const temp = folder.join("tmp");
        await Deno.mkdir(temp);
        await using running = startDstream(["run", "old"], {
          cwd: folder.path,
          env: { MODE: mode, TMPDIR: temp },
        });
        await running.waitFor(/running/);
        const pid = Number(
          /pid=(\d+)/.exec(
            (await running.waitFor(/pid=\d+/, "stderr"))[0],
          )![1],
        );
        running.kill("SIGINT");
        const { code, stderr } = await running.finished;
        assertEquals(code, 130, stderr);
        assert.match(stderr, /⏹ Task "old" stopped by Ctrl\+C/);
        assertEquals(isAlive(pid), false);
        const left = [...Deno.readDirSync(temp)].map(({ name }) => name);
        // An executable keeps compiled code there.
        assertEquals(
          left.filter((name) => !name.startsWith("deno-compile")),
          [],
        );
      }, mode),
  );
}

plugin(
  "the task of the original's README runs word for word, a Go plugin in its plugin's place",
  () =>
    inFolder(async ({ folder }) => {
      const there = "dstream-dotnet-sdk/samples/dstream-dotnet-test/out";
      await Deno.mkdir(folder.join(there), { recursive: true });
      await Deno.symlink(
        goModuleBinaryOrNothing(),
        folder.join(`${there}/dstream-dotnet-test`),
      );
      await folder.write(
        "dstream/dstream.hcl",
        await Deno.readTextFile("tests/config/good/seed_readme_plugin.hcl"),
      );
      const args = ["run", "dotnet-counter-plugin"];
      const cwd = folder.join("dstream");
      for (const more of [[], ["--log-level", "debug"]]) {
        const { code, stdout, stderr } = await dstream([...args, ...more], {
          cwd,
        });
        assertEquals(code, 0, stderr);
        assertEquals(stdout, '{"value":1}\n{"value":2}\n{"value":3}\n');
        assert.match(
          stderr,
          /✅ Task "dotnet-counter-plugin" executed successfully/,
        );
      }
    }),
  Deno.build.os !== "windows",
);

plugin(
  "P2 when dstream is killed, nothing of a plugin is left",
  () =>
    inFolder(async ({ folder }) => {
      await writeTask(folder, 'config {\n mode = "forever"\n }');
      await using running = startDstream(["run", "old"], { cwd: folder.path });
      const [, pid] = await running.waitFor(/pid=(\d+)/, "stderr");
      running.kill("SIGKILL");
      await running.finished;
      await until(() => !isAlive(Number(pid)), () => "the plugin lives on");
    }),
);

/** Tells what it was started with. */
const TELLS = `#!/bin/sh
{
  env
  echo "mode=$(stat -c %a "$PLUGIN_UNIX_SOCKET_DIR")"
  echo "arguments=$#"
  echo "stdin=$(cat | wc -c)"
  echo "cwd=$(pwd)"
} > seen
`;

plugin(
  "P3 a plugin gets go-plugin's environment, and a folder of its own for its socket",
  () =>
    inFolder(async ({ folder }) => {
      await folder.writeExecutable("bin/plugin.sh", TELLS);
      await writeTask(folder, "config {}", 'plugin_path = "bin/plugin.sh"');
      await dstream(["run", "old"], {
        cwd: folder.path,
        env: { MINE: "kept" },
      });
      const seen = new Map(
        (await folder.read("seen")).split("\n").map((line) => {
          const [, name = "", value = ""] = /^(\w+)=(.*)$/.exec(line) ?? [];
          return [name, value];
        }),
      );
      const expected = {
        MINE: "kept",
        DSTREAM_PLUGIN: "dstream",
        PLUGIN_MIN_PORT: "10000",
        PLUGIN_MAX_PORT: "25000",
        PLUGIN_PROTOCOL_VERSIONS: "1",
        DSTREAM_LOG_LEVEL: "info",
        DSTREAM_LOG_JSON: "true",
        mode: "700",
        arguments: "0",
        stdin: "0",
        cwd: await Deno.realPath(folder.path),
      };
      for (const [name, value] of Object.entries(expected)) {
        assertEquals(seen.get(name)?.trim(), value, name);
      }
      const sockets = seen.get("PLUGIN_UNIX_SOCKET_DIR")!;
      assert(sockets.length <= 80, sockets);
      await assert.rejects(Deno.stat(sockets), Deno.errors.NotFound);
    }),
  Deno.build.os === "linux",
);

plugin("P4, P5, P15 a program that is no plugin is told as that", async (t) => {
  const cases: [string, string, RegExp, string?][] = [
    [
      "another program",
      "exec true",
      /it ended before its handshake \(exit status 0\)/,
    ],
    [
      "words",
      "echo hello; sleep 600",
      /its first line is no handshake of a plugin: "hello"/,
    ],
    ["TLS", "echo '1|1|unix|/x|grpc|Y2VydA'; sleep 600", /asks for TLS/],
    [
      "a cleared environment",
      `exec env -i ${goModuleBinaryOrNothing()}`,
      /took dstream for a person/,
    ],
    ["silence", "sleep 600", /it said nothing for 0\.5 s/, "500ms"],
  ];
  for (const [name, script, expected, patience = "2m"] of cases) {
    await t.step(name, () =>
      inFolder(async ({ folder }) => {
        await folder.writeExecutable("plugin.sh", `#!/bin/sh\n${script}\n`);
        await folder.write(
          "dstream.hcl",
          'task "old" {\n  plugin_path = "./plugin.sh"\n' +
            `  ready_timeout = "${patience}"\n  config {}\n}\n`,
        );
        const { code, stderr } = await dstream(["run", "old"], {
          cwd: folder.path,
        });
        assertEquals(code, 1, stderr);
        assert.match(stderr, expected);
        assert.match(stderr, /dstream\.hcl:2:17/);
      }));
  }
});

plugin(
  "P6 keys that the plugin doesn't have are errors with their place",
  () =>
    inFolder(async ({ run }) => {
      const schema = JSON.stringify({
        fields: [{ name: "count", type: "int", required: true }],
      });
      const { code, stderr } = await run("config {\n  coumt = 3\n}", {
        PLUGIN_SCHEMA: schema,
      });
      assertEquals(code, 2);
      assert.match(
        stderr,
        /the plugin has no key "coumt"[^]*dstream\.hcl:5:[^]*did you mean "count"/,
      );
      assert.match(stderr, /the plugin needs "count"/);
      assertEquals(
        (await run("config {}", { PLUGIN_SCHEMA: "error" })).code,
        0,
      );
    }),
);

plugin(
  "P7 a number that a double can't hold is refused with its line",
  () =>
    inFolder(async ({ run }) => {
      const { code, stderr } = await run("config {\n  n = 9007199254740993\n}");
      assertEquals(code, 2);
      assert.match(stderr, /numbers as doubles[^]*dstream\.hcl:5:7/);
    }),
);

plugin("P8 all that a plugin logs arrives, at its level", async (t) => {
  await t.step("levels", () =>
    inFolder(async ({ folder }) => {
      await writeTask(folder, 'config {\n mode = "levels"\n }');
      const { stderr } = await dstream(
        ["run", "old", "--log-level", "debug", "--log-format", "json"],
        { cwd: folder.path },
      );
      const logs = stderr.split("\n").filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line));
      const level = (text: string) =>
        logs.find((log) => JSON.stringify(log).includes(text))?.level;
      assertEquals(
        [
          "said at debug",
          "said at info",
          "said at warn",
          "said at error",
          "plain words",
        ]
          .map(level),
        ["debug", "info", "warn", "error", "info"],
      );
    }));
  await t.step(`${LINES} lines`, () =>
    inFolder(async ({ folder }) => {
      const counts = `logs = ${LINES}\n count = 1000`;
      await writeTask(folder, `config {\n ${counts}\n }`);
      // Into a file: a log that the test itself reads slowly may be cut.
      const { stdout } = await dstreamLogging(folder, "log.txt");
      const stderr = await folder.read("log.txt");
      assertEquals(stderr.match(/ line n=/g)?.length, LINES);
      assertEquals(stdout.trim().split("\n").length, 1000);
    }));
});

plugin("P10 what a plugin fails of is said", async (t) => {
  const cases: [string, RegExp][] = [
    ["fail", /plugin ".*": the source is gone/],
    ["panic", /it ended \(exit status 2\): panic: a bug of the plugin/],
    ["exit", /it ended \(exit status 7\)/],
  ];
  for (const [mode, expected] of cases) {
    await t.step(mode, () =>
      inFolder(async ({ run }) => {
        const { code, stderr } = await run(`config {\n mode = "${mode}"\n }`);
        assertEquals(code, 1);
        assert.match(stderr, expected);
      }));
  }
});

plugin(
  "P12 a plugin is restarted where a restart block says so",
  () =>
    inFolder(async ({ run }) => {
      const { code, stderr } = await run(`
      restart {
        max_restarts  = 2
        initial_delay = "10ms"
      }
      config {
        mode = "exit"
      }`);
      assertEquals(code, 1);
      assertEquals(stderr.match(/pid=/g)?.length, 3);
    }),
);

plugin(
  "P12 blocks for envelopes are errors",
  () =>
    inFolder(async ({ run }) => {
      const { code, stderr } = await run("delivery {}\nconfig {}");
      assertEquals(code, 2);
      assert.match(stderr, /"delivery" does not apply to a plugin/);
    }),
);

plugin("P13 a plugin has no command but run", async (t) => {
  for (const command of ["init", "plan", "status", "destroy"]) {
    await t.step(command, () =>
      inFolder(async ({ folder }) => {
        await writeTask(folder, "config {}");
        const yes = command === "destroy" ? ["--yes"] : [];
        const { code, stderr } = await dstream([command, "old", ...yes], {
          cwd: folder.path,
        });
        assertEquals(code, 2);
        assert.match(
          stderr,
          new RegExp(
            `legacy plugin tasks only support 'run' command, got '${command}'`,
          ),
        );
      }));
  }
});

plugin(
  "a plugin is shown with its config, and a dry run asks it without a start",
  () =>
    inFolder(async ({ folder }) => {
      await writeTask(folder, "config {\n count = 3\n }");
      const shown = await dstream(["show", "old"], { cwd: folder.path });
      assert.match(shown.stdout, /plugin_path[^]*count = 3/);
      const dry = await dstream(["run", "old", "--dry-run"], {
        cwd: folder.path,
      });
      assertEquals([dry.code, dry.stdout], [0, ""], dry.stderr);
      assert.match(dry.stderr, /its plugin answered, and was not started/);
    }),
);

/** A run whose stderr is a file. */
async function dstreamLogging(folder: TempFolder, file: string) {
  const argv = programArgv(["run", "old"]);
  const script = `exec "$@" 2>${file}`;
  await using running = new RunningProgram(
    ["sh", "-c", script, "sh", ...argv],
    {
      cwd: folder.path,
      timeoutMs: 120_000,
    },
  );
  await running.closeStdin();
  return await running.finished;
}
