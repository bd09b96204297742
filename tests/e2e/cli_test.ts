/**
 * What a user does at the command line, with real processes and signals.
 *
 * @module
 */

import { assert, assertEquals } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { dstream, programArgv, startDstream } from "./support/program.ts";

const isWindows = Deno.build.os === "windows";

const PIPELINES = `
task "five" {
  input {
    provider = "counter"
    config {
      interval  = 0
      max_count = 5
    }
  }
  output {
    provider = "console"
  }
}

task "endless" {
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

task "needs-env" {
  input {
    provider = "counter"
    config {
      interval = env("NEEDED_HERE")
    }
  }
  output {
    provider = "console"
  }
}

task "wrong-config" {
  input {
    provider = "counter"
    config {
      interval  = -5
      max_cuont = 3
    }
  }
  output {
    provider = "console"
  }
}

task "broken" {
  input {
    provider_path = "./broken.sh"
  }
  output {
    provider = "console"
  }
}
`;

const BROKEN = `#!/bin/sh
echo "cannot reach the source" >&2
exit 3
`;

async function workshop(): Promise<TempFolder> {
  const folder = await TempFolder.make({ "dstream.hcl": PIPELINES });
  await folder.writeExecutable("broken.sh", BROKEN);
  return folder;
}

Deno.test("run: the data on stdout, the rest on stderr", async () => {
  await using folder = await workshop();
  const { code, stdout, stderr } = await dstream(["run", "five"], {
    cwd: folder.path,
  });
  assertEquals(code, 0, stderr);
  assertEquals(
    stdout.replaceAll(/"timestamp":"[^"]*"/g, '"timestamp":"T"'),
    [1, 2, 3, 4, 5].map((n) =>
      `Message #${n}: {"value":${n},"timestamp":"T"}\n`
    ).join(""),
  );
  assert.match(
    stderr,
    /^✅ Task "five" executed successfully \(5 envelopes, .* s\)$/m,
  );
});

Deno.test("run: Ctrl+C delivers what was read, and says so", async () => {
  await using folder = await workshop();
  await using run = startDstream(["run", "endless"], { cwd: folder.path });
  await run.waitFor(/Message #3/);
  run.kill("SIGINT");
  const { code, stderr } = await run.finished;
  assertEquals(code, isWindows ? 1 : 130, stderr);
  if (isWindows) return;
  assert.match(
    stderr,
    /Task "endless" stopped by Ctrl\+C: everything that was read is settled/,
  );
});

Deno.test({
  name: "run: SIGTERM and SIGHUP end with their own statuses",
  ignore: isWindows,
  fn: async () => {
    await using folder = await workshop();
    for (const [signal, expected] of [["SIGTERM", 143], ["SIGHUP", 129]]) {
      await using run = startDstream(["run", "endless"], { cwd: folder.path });
      await run.waitFor(/Message #1/);
      run.kill(signal as Deno.Signal);
      assertEquals((await run.finished).code, expected);
    }
  },
});

Deno.test({
  name:
    "run: SIGHUP that was ignored at the start stays ignored, in providers too",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using folder = await workshop();
    const words = programArgv(["run", "endless"]).map((word) => `'${word}'`);
    const script = `trap '' HUP; exec ${words.join(" ")}`;
    await using run = new Deno.Command("sh", {
      args: ["-c", script],
      cwd: folder.path,
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const reader = run.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    const until = async (pattern: RegExp) => {
      while (!pattern.test(text)) {
        const { done, value } = await reader.read();
        assert(!done, `ended before ${pattern}`);
        text += value;
      }
    };
    await until(/Message #1\b/);
    const providers = `/proc/${run.pid}/task/${run.pid}/children`;
    const pids = (await Deno.readTextFile(providers)).trim().split(" ");
    assertEquals(pids.length, 2);
    for (const pid of [run.pid, ...pids.map(Number)]) Deno.kill(pid, "SIGHUP");
    const seen = text.length;
    await until(/Message #1\b[^]*Message #/);
    assert(text.length >= seen);
    const [, last] = /Message #(\d+)[^#]*$/.exec(text)!;
    await until(new RegExp(`Message #${Number(last) + 20}\\b`));
    run.kill("SIGTERM");
    await reader.cancel();
    assertEquals((await run.status).code, 143);
  },
});

Deno.test({
  name: "run: a reader that goes away stops the run quietly",
  ignore: isWindows,
  fn: async () => {
    await using folder = await workshop();
    const words = programArgv(["run", "endless", "-l", "warn"])
      .map((word) => `'${word}'`).join(" ");
    const { stdout, stderr } = await new Deno.Command("sh", {
      args: ["-c", `{ ${words}; echo "status $?" >&2; } | head -n 2`],
      cwd: folder.path,
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    assertEquals(text(stdout).split("\n").length, 3);
    assertEquals(text(stderr), "status 141\n");
  },
});

Deno.test("run: --max and --timeout bound a run that has no end", async () => {
  await using folder = await workshop();
  const max = await dstream(["run", "endless", "--max", "4"], {
    cwd: folder.path,
  });
  assertEquals(max.code, 0, max.stderr);
  assertEquals(max.stdout.split("\n").length, 5, max.stdout);
  const timeout = await dstream(["run", "endless", "--timeout", "400ms"], {
    cwd: folder.path,
  });
  assertEquals(timeout.code, 0, timeout.stderr);
  assert.match(timeout.stderr, /stopped after its --timeout/);
});

Deno.test({
  name: "run: several at once; the failure of one is told, the others go on",
  ignore: isWindows,
  fn: async () => {
    await using folder = await workshop();
    const { code, stdout, stderr } = await dstream(
      ["run", "broken", "five"],
      { cwd: folder.path },
    );
    assertEquals(code, 1, stderr);
    assertEquals(stdout.split("\n").length, 6, stdout);
    assert.match(stderr, /❌ Task "broken" failed: .*exit/);
    assert.match(stderr, /cannot reach the source/);
    assert.match(stderr, /✅ Task "five" executed successfully/);
  },
});

Deno.test("run: another task's unset variable is no obstacle, one's own is", async () => {
  await using folder = await workshop();
  const { code, stderr } = await dstream(["run", "needs-env"], {
    cwd: folder.path,
  });
  assertEquals(code, 2);
  assert.match(stderr, /NEEDED_HERE/);
  assert.match(stderr, /dstream\.hcl:\d+:\d+/);
});

Deno.test("run: --env-file brings the variable", async () => {
  await using folder = await workshop();
  await folder.write("dev.env", "NEEDED_HERE=1 # ms\n");
  const { code, stderr } = await dstream(
    ["run", "needs-env", "--env-file", "dev.env", "--max", "1"],
    { cwd: folder.path },
  );
  assertEquals(code, 0, stderr);
});

Deno.test("run: every mistake in a built-in's config, each at its place", async () => {
  await using folder = await workshop();
  const { code, stdout, stderr } = await dstream(["run", "wrong-config"], {
    cwd: folder.path,
  });
  assertEquals({ code, stdout }, { code: 2, stdout: "" });
  assert.match(stderr, /interval .*-5/);
  assert.match(
    stderr,
    /max_cuont = 3\n\s+│\s+\^{9}\n.*did you mean "max_count"/,
  );
  assert.match(stderr, /2 errors/);
});

Deno.test("validate: finds what all tasks together have", async () => {
  await using folder = await workshop();
  const { code, stderr } = await dstream(["validate"], {
    cwd: folder.path,
    env: { NEEDED_HERE: "10" },
  });
  assertEquals(code, 2);
  assert.match(stderr, /2 errors/);
});

Deno.test("list and show look at a file without its environment", async () => {
  await using folder = await workshop();
  const list = await dstream(["list"], { cwd: folder.path });
  assertEquals(list.code, 0, list.stderr);
  assert.match(list.stdout, /^needs-env\s+counter\s+console$/m);
  const show = await dstream(["show", "needs-env"], {
    cwd: folder.path,
    env: { NEEDED_HERE: "hunter2-secret" },
  });
  assertEquals(show.code, 0, show.stderr);
  assert.match(show.stdout, /interval = "\(sensitive\)"/);
});

Deno.test({
  name: "completion: bash offers this folder's tasks",
  ignore: isWindows || !needs("bash"),
  fn: async () => {
    await using folder = await workshop();
    const words = programArgv([]).map((word) => `'${word}'`).join(" ");
    const script = `
dstream() { ${words} "$@"; }
source <(dstream completions bash)
COMP_WORDS=(dstream run fi five) COMP_CWORD=2
_dstream_complete
printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = await new Deno.Command("bash", {
      args: ["-c", script],
      cwd: folder.path,
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    assertEquals(text(stdout).trim(), "five", text(stderr));
  },
});

Deno.test({
  name: "on a terminal: colours, and a status line that is gone at the end",
  ignore: Deno.build.os !== "linux" || !needs("script"),
  fn: async () => {
    await using folder = await workshop();
    const words = programArgv(["run", "endless", "--max", "20"])
      .map((word) => `'${word}'`).join(" ");
    const { stdout } = await new Deno.Command("script", {
      args: ["-qec", words, "/dev/null"],
      cwd: folder.path,
      env: { TERM: "xterm", NO_COLOR: "" },
      stdin: "null",
    }).output();
    const screen = new TextDecoder().decode(stdout);
    assert.match(screen, /\r.\[Kendless · \d+ envelopes · \d+\/s · /);
    assert.match(screen, /\[36m\[input counter\].\[0m/);
    assert.match(draw(screen).at(-1) ?? "", /^✅ Task "endless" executed/);
    assert.ok(!draw(screen).some((line) => line.includes("in flight")), screen);
  },
});

/** The lines a terminal shows in the end: erased ones are gone. */
function draw(screen: string): string[] {
  return screen.trimEnd().split("\n")
    .map((line) => line.replace(/\r$/, "").split("\r\x1b[K").at(-1) ?? "");
}
