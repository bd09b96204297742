/**
 * `dstream test`, as users run it.
 *
 * @module
 */

import { dstream, startDstream } from "../e2e/support/program.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { assertHides } from "../support/spellings.ts";
import { TempFolder } from "../support/temp_folder.ts";

const CONFIG = `
task "one" {
  input {
    provider = "counter"
  }
  transform {
    filter {
      where = "data.n != 3"
    }
    validate {
      schema     = { properties = { n = { maximum = 8 } } }
      on_invalid = "dead_letter"
    }
    map {
      set = { "data.twice" = "data.n * 2" }
    }
  }
  output {
    provider = "null"
  }
}
`;

function testOf(given: string, expect: string): string {
  return `
test "it" {
  task = "one"
  given {
    ${given}
  }
  expect {
    ${expect}
  }
}
`;
}

interface Case {
  readonly name: string;
  readonly given: string;
  readonly expect: string;
  /** Absent: it passes. */
  readonly fails?: RegExp;
}

const NUMBERS = "records = [{ n = 1 }, { n = 3 }, { n = 8 }]";

const CASES: readonly Case[] = [
  {
    name: "records are compared by their data",
    given: NUMBERS,
    expect: "records = [{ twice = 2, n = 1 }, { n = 8.0, twice = 16 }]",
  },
  {
    name: "JSON Lines from a heredoc",
    given:
      'envelopes = <<-E\n    {"data":{"n":1}}\n\n    {"data":{"n":2}}\n    E',
    expect: "contains = [{ data = { twice = 2 } }, { data = { twice = 4 } }]",
  },
  {
    name: "JSON Lines from a file beside the test",
    given: 'records = file("numbers.jsonl")',
    expect: "count = 2",
  },
  {
    name: "several given blocks follow each other",
    given: "records = [{ n = 1 }]\n  }\n  given {\n    records = [{ n = 2 }]",
    expect: "records = [{ n = 1, twice = 2 }, { n = 2, twice = 4 }]",
  },
  {
    name: "what is filtered is counted",
    given: NUMBERS,
    expect: "filtered = 1",
  },
  {
    name: "an error that is expected",
    given: "records = [{ n = 9 }]",
    expect: 'error = "must be <= 8"',
  },
  {
    name: "a check that is false",
    given: NUMBERS,
    expect: 'check = ["data.n > 0", "data.twice < 10"]',
    fails: /output, envelope 2 the check is false: data.twice < 10/,
  },
  {
    name: "a check that can't be worked out",
    given: NUMBERS,
    expect: "check = \"data.name == 'x'\"",
    fails: /output, envelope 1 the check fails: [^]*name/,
  },
  {
    name: "a record too many",
    given: NUMBERS,
    expect: "records = [{ n = 1, twice = 2 }]",
    fails: /output, envelope 2 is not expected\n +\+ \{/,
  },
  {
    name: "a record that is missing",
    given: "records = []",
    expect: "records = [{ n = 1 }]",
    fails: /output, envelope 1 is missing\n +- \{/,
  },
  {
    name: "a digit that differs",
    given: "records = [{ n = 1, big = 12345678901234567890 }]",
    expect: "contains = [{ data = { big = 12345678901234567891 } }]",
    fails: /- +"big": 12345678901234567891[^]*\+ +"big": 12345678901234567890/,
  },
  {
    name: "a count that differs",
    given: NUMBERS,
    expect: "count = 0",
    fails: /output 2, and 0 expected/,
  },
  {
    name: "an error that nobody expects",
    given: "records = [{ n = 9 }]",
    expect: "count = 0",
    fails: /task it fails: [^]*must be <= 8/,
  },
  {
    name: "an error that does not come",
    given: NUMBERS,
    expect: 'error = "no"',
    fails: /task it does not fail with: no/,
  },
];

Deno.test("a test passes when what came is what it expects", async (t) => {
  await using folder = await TempFolder.make({
    "dstream.hcl": CONFIG,
    "numbers.jsonl": '{"n":1}\n{"n":2}\n',
    // All in one run: a program's start is what costs here.
    "all.dstream-test.hcl": CASES.map(({ name, given, expect }) =>
      testOf(given, expect).replace('"it"', JSON.stringify(name))
    ).join(""),
  });
  const run = await dstream(["test"], { cwd: folder.path });
  assert.equal(run.code, 1, run.stderr);
  const parts = run.stdout.split(/^(?=ok|FAILED)/m);
  for (const [i, { name, fails }] of CASES.entries()) {
    await t.step(name, () => {
      assert.match(parts[i], fails === undefined ? /^ok/ : fails);
      assert.ok(parts[i].includes(name), parts[i]);
    });
  }
  const failed = CASES.filter(({ fails }) => fails !== undefined).length;
  assert.ok(run.stdout.includes(`passed, ${failed} failed`), run.stdout);
});

Deno.test("mistakes in a test are told with their place, and nothing is run", async (t) => {
  const mistakes: readonly [string, string, RegExp][] = [
    [
      "an unknown task",
      testOf(NUMBERS, "count = 1").replace('"one"', '"ones"'),
      /there is no task "ones"[^]*it.dstream-test.hcl:3:10[^]*did you mean "one"/,
    ],
    [
      "an unknown output",
      testOf(NUMBERS, 'output "nul" {\n count = 1\n }'),
      /task "one" has no output "nul"[^]*:8:12[^]*did you mean "null"/,
    ],
    [
      "an unknown key",
      testOf(NUMBERS, "counts = 1"),
      /no attribute "counts"[^]*:8:5[^]*did you mean "count"/,
    ],
    [
      "nothing given",
      testOf("", "count = 1"),
      /the given block has no envelopes/,
    ],
    [
      "something that is no envelope",
      testOf("envelopes = [1]", "count = 1"),
      /"envelopes" holds no JSON object as number 1/,
    ],
    [
      "two ways to compare",
      testOf(NUMBERS, "records = []\n contains = []"),
      /"contains" and "records" exclude each other/,
    ],
    [
      "a wrong expression",
      testOf(NUMBERS, 'check = "data.n.large()"'),
      /there is no function[^]*it.dstream-test.hcl:8:/,
    ],
    [
      "a test without a name",
      testOf(NUMBERS, "count = 1").replace('test "it"', "test"),
      /a test block has no name/,
    ],
  ];
  await using folder = await TempFolder.make({ "dstream.hcl": CONFIG });
  for (const [name, text, expected] of mistakes) {
    await t.step(name, async () => {
      await Deno.writeTextFile(folder.join("it.dstream-test.hcl"), text);
      const run = await dstream(["test"], { cwd: folder.path });
      assert.equal(run.code, 2, run.stdout);
      assert.match(run.stderr, expected);
    });
  }
});

Deno.test("results as JSON and JUnit, by part of a name; a folder's tests are no part of it", async () => {
  await using folder = await TempFolder.make({
    "dstream.hcl": CONFIG,
    "a.dstream-test.hcl": testOf(NUMBERS, "count = 2") +
      testOf(NUMBERS, "count = 3").replace('"it"', '"<other>"'),
  });
  const cwd = folder.path;
  const flags = ["test", "-c", ".", "--json", "--junit", "out.xml"];
  const run = await dstream(flags, { cwd });
  assert.equal(run.code, 1, run.stderr);
  const { tests, passed, failed } = JSON.parse(run.stdout);
  assertEquals([passed, failed], [1, 1]);
  assertEquals(tests[1].failures, [
    { where: "output", message: "2, and 3 expected" },
  ]);
  const xml = await folder.read("out.xml");
  assert.match(
    xml,
    /tests="2" failures="1"[^]*name="&lt;other&gt;"[^]*<failure/,
  );
  const one = await dstream(["test", "--only", "it"], { cwd });
  assert.equal(one.code, 0, one.stderr);
  const none = await dstream(["test", "--only", "what"], { cwd });
  assert.equal(none.code, 2);
  assert.match(
    none.stderr,
    /no test has "what" in its name[^]*hint: it, <other>/,
  );
  const folderIsValid = await dstream(["validate", "-c", "."], { cwd });
  assert.equal(folderIsValid.code, 0, folderIsValid.stderr);
});

Deno.test("--watch runs them again when a file changes, and Ctrl+C ends it", async () => {
  await using folder = await TempFolder.make({
    "dstream.hcl": CONFIG,
    "a.dstream-test.hcl": testOf(NUMBERS, "count = 3"),
  });
  await using watching = startDstream(["test", "--watch"], {
    cwd: folder.path,
  });
  await watching.waitFor(/waiting for a file/, "stderr");
  assert.match(watching.stdout, /FAILED/);
  await Deno.writeTextFile(
    folder.join("a.dstream-test.hcl"),
    testOf(NUMBERS, "count = 2"),
  );
  await watching.waitFor(/1 test passed, 0 failed/);
  watching.kill("SIGINT");
  assert.equal((await watching.finished).code, 130);
});

Deno.test("a secret of the configuration is in no failure, nor in its JSON and JUnit", async () => {
  const secret = "hünter2-at-home";
  await using folder = await TempFolder.make({
    "dstream.hcl": CONFIG.replace(
      '"data.twice" = "data.n * 2"',
      '"data.token" = "\'${env("TOKEN")}\'", "data.id" = env("NUMBER")',
    ),
    "a.dstream-test.hcl": testOf(NUMBERS, 'check = "data.n > 1"') +
      testOf('records = [{ n = 9, said = env("TOKEN") }]', "count = 1")
        .replace('"it"', '"letters"') +
      testOf("records = [{ n = 2 }]", "records = []").replace(
        "task =",
        'env = { TOKEN = "token-of-a-test" }\n task =',
      ).replace('"it"', '"given by the test"'),
  });
  const env = { TOKEN: secret, NUMBER: "123456789012345678901" };
  const flags = ["test", "--junit", "out.xml"];
  const plain = await dstream(flags, { cwd: folder.path, env });
  const json = await dstream(["test", "--json"], { cwd: folder.path, env });
  const xml = await folder.read("out.xml");
  assert.match(plain.stdout, /"token": "\(sensitive\)"/);
  // It stands in the test to be read.
  assert.match(plain.stdout, /"token": "token-of-a-test"/);
  for (const { stdout, stderr } of [plain, json, { stdout: xml, stderr: "" }]) {
    assertHides(stdout + stderr, secret, "what is shown");
    assert.ok(!stdout.includes(env.NUMBER), stdout);
  }
});
