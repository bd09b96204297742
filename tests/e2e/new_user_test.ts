/**
 * What somebody meets who tries the program for the first time, and does it wrong.
 *
 * @module
 */

import { assert, assertEquals } from "../support/assert.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { dstream } from "./support/program.ts";

const isWindows = Deno.build.os === "windows";

function fromScript(name: string): string {
  return `task "${name}" {
  input {
    provider_path = "./${name}.sh"
  }
  output {
    provider = "file"
    config {
      path = "out.jsonl"
    }
  }
}
`;
}

const COPY = `task "copy" {
  input {
    provider = "file"
    config {
      path = "in.txt"
    }
  }
  output "one" {
    provider = "file"
    config {
      path = "one.jsonl"
    }
  }
  output "two" {
    provider = "file"
    config {
      path = "two.jsonl"
    }
  }
}
`;

Deno.test({
  name: "who is to blame for a script that isn't what it should be",
  ignore: isWindows,
  fn: async (t) => {
    const cases: [string, string, RegExp][] = [
      [
        "line ends of Windows",
        "#!/bin/sh\r\necho 1\r\n",
        /line ends of this script are those of Windows.*"\/bin\/sh\\r"/,
      ],
      [
        "line ends of Windows behind env",
        "#!/usr/bin/env python3\r\nprint(1)\r\n",
        /hint: the line ends of the script are those of Windows/,
      ],
      [
        "a missing interpreter",
        "#!/no/such/sh\n",
        /its interpreter "\/no\/such\/sh" is missing/,
      ],
      [
        "a broken line is the input's mistake",
        "#!/bin/sh\necho '{broken'\n",
        /input provider "a" wrote a line that is no envelope: it is not JSON; output/,
      ],
      [
        "a line of other bytes is the input's mistake",
        "#!/bin/sh\nprintf '{\\377\\376}\\n'\n",
        /input provider "a" wrote a line that is no envelope: it is not UTF-8; output/,
      ],
    ];
    for (const [name, script, expected] of cases) {
      await t.step(name, async () => {
        await using folder = await TempFolder.make({
          "dstream.hcl": fromScript("a"),
        });
        await folder.writeExecutable("a.sh", script);
        const { code, stderr } = await dstream(["run", "a"], {
          cwd: folder.path,
        });
        assertEquals(code, 1, stderr);
        assert.match(stderr, expected);
      });
    }
  },
});

Deno.test({
  name: "bytes that are no text are told once, and not logged by the kilobyte",
  ignore: isWindows,
  fn: async () => {
    await using folder = await TempFolder.make({
      "dstream.hcl": fromScript("a"),
    });
    await folder.writeExecutable("a.sh", "#!/bin/sh\nexec cat garbage\n");
    const garbage = new Uint8Array(300_000).map((_, i) =>
      i % 200 === 199 ? 0x0a : 0x80 + i % 64
    );
    await Deno.writeFile(`${folder.path}/garbage`, garbage);
    const { code, stderr } = await dstream(["run", "a"], { cwd: folder.path });
    assertEquals(code, 0, stderr);
    assert.match(stderr, /"a" writes bytes to stdout that are no text/);
    assert(stderr.length < 1_000, stderr.slice(0, 2_000));
  },
});

Deno.test("lines that are no envelopes are told with what one is", {
  ignore: isWindows,
}, async () => {
  await using folder = await TempFolder.make({
    "dstream.hcl": fromScript("a"),
  });
  await folder.writeExecutable("a.sh", "#!/bin/sh\necho hello\n");
  const { stderr } = await dstream(["run", "a"], { cwd: folder.path });
  assert.match(stderr, /hint: an envelope is one line that begins with \{/);
});

Deno.test("another language in the place of HCL is named in one sentence", async (t) => {
  const cases: [string, string, string][] = [
    ["YAML", "tasks:\n  - name: copy\n    input: file\n", "YAML"],
    ["YAML behind a comment", "# mine\n---\na: 1\n", "YAML"],
    ["JSON", '{"task": {"copy": {}}}', "JSON"],
  ];
  for (const [name, text, language] of cases) {
    await t.step(name, async () => {
      await using folder = await TempFolder.make({ "dstream.hcl": text });
      const { code, stderr } = await dstream(["validate"], {
        cwd: folder.path,
      });
      assertEquals(code, 2);
      assert.match(
        stderr,
        new RegExp(
          `^error\\[config.not_hcl\\]: "dstream.hcl" is ${language}, not HCL\n.*hint: .*\n$`,
        ),
      );
    });
  }
  await t.step("HCL with a mistake is HCL", async () => {
    await using folder = await TempFolder.make({
      "dstream.hcl": 'task "a" {\n  input: file\n}\n',
    });
    const { stderr } = await dstream(["validate"], { cwd: folder.path });
    assert.match(stderr, /config\.syntax_item/);
  });
});

Deno.test("- stands for stdin and stdout", async (t) => {
  await using folder = await TempFolder.make({ "in.txt": "1\n2\n" });
  const cwd = folder.path;
  await t.step("-c - reads the configuration from stdin", async () => {
    const args = ["run", "copy", "-c", "-"];
    const { code, stderr } = await dstream(args, { cwd, stdin: COPY });
    assertEquals(code, 0, stderr);
    assertEquals((await folder.read("one.jsonl")).split("\n").length, 3);
  });
  await t.step("its mistakes have their place", async () => {
    const { stderr } = await dstream(["validate", "-c", "-"], {
      cwd,
      stdin: COPY.replace("in.txt", "${nope}"),
    });
    assert.match(stderr, /<stdin>:5:/);
  });
  await t.step("--report - prints the report and makes no file", async () => {
    const args = ["run", "copy", "-c", "-", "--report", "-"];
    const { stdout } = await dstream(args, { cwd, stdin: COPY });
    assertEquals(JSON.parse(stdout).exit_code, 0);
    assert(![...Deno.readDirSync(cwd)].some(({ name }) => name === "-"));
  });
});

Deno.test("a duration without its unit is refused, with the units", async () => {
  for (const [text, hint] of [["5", '"5s"'], ["1.5", '"1.5s"']]) {
    const { code, stderr } = await dstream(["run", "a", "--timeout", text]);
    assertEquals(code, 2);
    assert(stderr.includes(`--timeout needs a unit, got "${text}"`), stderr);
    assert(stderr.includes(`${hint}, or ms, m, h`), stderr);
  }
});

Deno.test("help for a command that isn't there says so", async () => {
  const { code, stderr } = await dstream(["help", "rnu"]);
  assertEquals(code, 2);
  assert.match(stderr, /there is no command "rnu"\n.*did you mean "run"/);
  assertEquals((await dstream(["help", "run"])).code, 0);
});

Deno.test("with --json stdout is one document", async (t) => {
  await using folder = await TempFolder.make({
    "dstream.hcl": COPY,
    "in.txt": "1\n",
  });
  const cwd = folder.path;
  for (const command of ["plan", "status", "init"]) {
    await t.step(`${command}, of two outputs`, async () => {
      const { stdout } = await dstream([command, "copy", "--json"], { cwd });
      const { task, providers } = JSON.parse(stdout);
      assertEquals(task, "copy");
      assertEquals(
        providers.map(({ label }: { label: string }) => label),
        ["one", "two"],
      );
    });
  }
  await t.step("state view, with and without a state", async () => {
    const view = () => dstream(["state", "view", "copy", "--json"], { cwd });
    assertEquals((await view()).stdout, "{}\n");
    await dstream(["run", "copy"], { cwd });
    const states = JSON.parse((await view()).stdout);
    assertEquals(Object.keys(states), ["input"]);
  });
});

Deno.test("destroy says whether there was something", async () => {
  await using folder = await TempFolder.make({
    "dstream.hcl": COPY,
    "in.txt": "1\n",
  });
  const { code, stdout, stderr } = await dstream(["destroy", "copy", "--yes"], {
    cwd: folder.path,
  });
  assertEquals(code, 0);
  assert.match(stdout, /nothing to do/);
  assertEquals(stderr, '✅ There was nothing to destroy for task "copy"\n');
});

Deno.test("preview after a finished run is no riddle", async () => {
  await using folder = await TempFolder.make({
    "dstream.hcl": COPY,
    "in.txt": "hello\n",
  });
  const cwd = folder.path;
  await dstream(["run", "copy"], { cwd });
  const { stderr } = await dstream(["preview", "copy"], { cwd });
  assert.match(stderr, /no envelope that was not read before\n.*--from-start/);
  const again = await dstream(["preview", "copy", "--from-start"], { cwd });
  assert.match(again.stdout, /"line": "hello"/);
});

Deno.test("every line of a JSON log has its time", async () => {
  await using folder = await TempFolder.make({
    "dstream.hcl": COPY,
    "in.txt": "hello\n",
  });
  const args = ["run", "copy", "-f", "json", "-l", "debug"];
  const { stderr } = await dstream(args, { cwd: folder.path });
  const wrong = await dstream(["run", "nope", "-f", "json"], {
    cwd: folder.path,
  });
  const lines = (stderr + wrong.stderr).trim().split("\n");
  assert(lines.length > 3);
  for (const line of lines) {
    assert(!Number.isNaN(Date.parse(JSON.parse(line).time)), line);
  }
});

Deno.test("completion offers the tasks of the file that -c names", async () => {
  await using folder = await TempFolder.make({ "other.hcl": COPY });
  for (const words of [["-c", "other.hcl"], ["--config=other.hcl"]]) {
    const { stdout } = await dstream(
      ["complete", "--", ...words, "run", ""],
      { cwd: folder.path },
    );
    assert.match(stdout, /^copy/m);
  }
});
