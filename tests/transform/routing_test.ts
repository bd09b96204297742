/**
 * Outputs with transforms of their own: content routing, as users run it.
 *
 * @module
 */

import { dstream } from "../e2e/support/program.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { TempFolder } from "../support/temp_folder.ts";

const CONFIG = `
task "orders" {
  input {
    provider = "file"
    config {
      path = "in.jsonl"
    }
  }
  output "big" {
    provider = "file"
    filter {
      where = "data.amount > 100"
    }
    validate {
      schema = { required = ["name"] }
    }
    config {
      path   = "big.jsonl"
      format = "jsonl"
    }
  }
  output "small" {
    provider = "file"
    filter {
      where = "data.amount <= 100 && data.amount > 0"
    }
    map {
      set = { "data.kind" = "'small'" }
    }
    config {
      path   = "small.jsonl"
      format = "jsonl"
    }
  }
  dead_letter {
    provider = "file"
    config {
      path   = "dead.jsonl"
      format = "envelopes"
    }
  }
}
`;

/** Of ten: 4 small, 3 big, 1 big without a name, 2 that nobody gets. */
function records(tens: number): string {
  const amounts = [1, 500, 2, 0, 600, 3, -1, 700, 4, 999];
  return Array.from({ length: tens * 10 }, (_, n) => {
    const amount = amounts[n % 10];
    const name = amount === 999 ? {} : { name: `n${n}` };
    return JSON.stringify({ n, amount, ...name }) + "\n";
  }).join("");
}

async function workshop(tens: number): Promise<TempFolder> {
  return await TempFolder.make({
    "dstream.hcl": CONFIG,
    "in.jsonl": records(tens),
  });
}

function rowsOf(text: string): Record<string, unknown>[] {
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

Deno.test("each output gets what its own block lets pass, and the counts add up", async () => {
  await using folder = await workshop(3000);
  const cwd = folder.path;
  const report = folder.join("report.json");
  const run = await dstream(["run", "orders", "--report", report], { cwd });
  assert.equal(run.code, 0, run.stderr);
  const big = rowsOf(await folder.read("big.jsonl"));
  const small = rowsOf(await folder.read("small.jsonl"));
  assertEquals(big.map(({ n }) => n), numbers(3000, [1, 4, 7]));
  assertEquals(small.map(({ n }) => n), numbers(3000, [0, 2, 5, 8]));
  assert.ok(small.every(({ kind }) => kind === "small"));
  assert.ok(big.every(({ kind }) => kind === undefined));
  const letters = rowsOf(await folder.read("dead.jsonl"));
  assert.equal(letters.length, 3000);
  const [task] = JSON.parse(await Deno.readTextFile(report)).tasks;
  const { counters } = task;
  assertEquals(
    [counters.envelopes, counters.filtered, counters.delivered],
    [30_000, 6000, 21_000],
  );
  assertEquals([counters.dead_lettered, counters.in_flight], [3000, 0]);
});

Deno.test("what an output's own block refused goes through it again, and to no other output", async () => {
  await using folder = await workshop(1);
  const cwd = folder.path;
  assert.equal((await dstream(["run", "orders"], { cwd })).code, 0);
  const [letter] = rowsOf(await folder.read("dead.jsonl"));
  const { dead_letter } = letter.metadata as Record<
    string,
    Record<string, string>
  >;
  assert.equal(dead_letter.output, "big/transform");
  assert.match(dead_letter.reason, /name/);
  const healed = CONFIG.replace('required = ["name"]', 'required = ["n"]');
  await Deno.writeTextFile(folder.join("dstream.hcl"), healed);
  const again = await dstream(["dead-letter", "replay", "orders"], { cwd });
  assert.equal(again.code, 0, again.stderr);
  assertEquals(
    rowsOf(await folder.read("big.jsonl")).map(({ n }) => n),
    [1, 4, 7, 9],
  );
  assert.equal(rowsOf(await folder.read("small.jsonl")).length, 4);
});

Deno.test("preview shows what each output gets", async () => {
  await using folder = await workshop(1);
  const cwd = folder.path;
  const text = await dstream(["preview", "orders", "--max", "2"], { cwd });
  assert.equal(text.code, 0, text.stderr);
  assert.match(
    text.stdout,
    /envelope 1: passes unchanged[^]*output "big": taken out by filter \(dstream.hcl:11\)[^]*output "small": changed[^]*\+ +"kind": "small"/,
  );
  const flags = ["preview", "orders", "--max", "1", "--json"];
  const json = await dstream(flags, { cwd });
  const { outcome, outputs } = JSON.parse(json.stdout);
  assert.equal(outcome, "pass");
  assertEquals(
    outputs.map((one: Record<string, unknown>) => [one.output, one.outcome]),
    [["big", "drop"], ["small", "pass"]],
  );
});

Deno.test("show has an output's own steps, and validate finds mistakes in them", async () => {
  await using folder = await workshop(1);
  const cwd = folder.path;
  const { stdout } = await dstream(["show", "orders"], { cwd });
  assert.match(stdout, /output "big" \{[^]*filter \{[^]*where/);
  const wrong = CONFIG.replace("data.amount > 100", "data.amount.larger(1)");
  await Deno.writeTextFile(folder.join("dstream.hcl"), wrong);
  const checked = await dstream(["validate"], { cwd });
  assert.equal(checked.code, 2);
  assert.match(checked.stderr, /larger[^]*dstream.hcl:12/);
});

function numbers(tens: number, digits: readonly number[]): number[] {
  return Array.from(
    { length: tens },
    (_, ten) => digits.map((d) => ten * 10 + d),
  )
    .flat();
}
