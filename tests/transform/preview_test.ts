/**
 * `dstream preview` and `dstream run` of a task with transforms, as users run them.
 *
 * @module
 */

import { join } from "node:path";
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
  transform {
    filter {
      where = "data.id != 2"
    }
    map {
      set = { "data.total" = "data.qty * 2" }
    }
  }
  output {
    provider = "file"
    config {
      path = "out.jsonl"
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

const INPUT = [
  '{"id":1,"qty":12345678901234567890}',
  '{"id":2,"qty":1}',
  '{"id":3}',
  '{"id":4,"qty":1.50}',
];

async function workshop(): Promise<TempFolder> {
  const folder = await TempFolder.make();
  await Deno.writeTextFile(join(folder.path, "dstream.hcl"), CONFIG);
  const lines = INPUT.map((line) => `${line}\n`).join("");
  await Deno.writeTextFile(join(folder.path, "in.jsonl"), lines);
  return folder;
}

Deno.test("a preview shows what becomes of each envelope", async () => {
  await using folder = await workshop();
  const { code, stdout, stderr } = await dstream(["preview", "orders"], {
    cwd: folder.path,
  });
  assert.equal(code, 0, stderr);
  const headings = stdout.split("\n").filter((line) =>
    /envelope \d/.test(line)
  );
  assertEquals(headings, [
    "envelope 1: refused: map (dstream.hcl:13): " +
    "integer overflow: 24691357802469135780",
    "envelope 2: taken out by filter (dstream.hcl:10)",
    "envelope 3: refused: map (dstream.hcl:13): there is no data.qty",
    "envelope 4: changed",
  ]);
  assert.ok(
    stdout.includes(
      '-     "qty": 1.50\n+     "qty": 1.50,\n+     "total": 3\n',
    ),
    stdout,
  );
});

Deno.test("a preview moves nothing: the same envelopes come again, and in the run", async () => {
  await using folder = await workshop();
  const options = { cwd: folder.path };
  const args = ["preview", "orders", "--max", "2", "--json"];
  const first = await dstream(args, options);
  const second = await dstream(args, options);
  assert.equal(first.code, 0, first.stderr);
  assert.equal(second.stdout, first.stdout);
  const [line, other, ...rest] = first.stdout.trimEnd().split("\n");
  assertEquals(rest, []);
  assert.ok(line.includes('"qty":12345678901234567890'), line);
  assertEquals(JSON.parse(other).outcome, "drop");

  const run = await dstream(["run", "orders"], options);
  assert.equal(run.code, 0, run.stderr);
  const out = await Deno.readTextFile(join(folder.path, "out.jsonl"));
  assertEquals(out, '{"id":4,"qty":1.50,"total":3}\n');
  const dead = await Deno.readTextFile(join(folder.path, "dead.jsonl"));
  const reasons = dead.trimEnd().split("\n").map((line) =>
    JSON.parse(line).metadata.dead_letter.code
  );
  assertEquals(reasons, ["transform", "transform"]);
  assert.ok(dead.includes(INPUT[0]), dead);

  const after = await dstream(args, options);
  assert.equal(after.stdout, "");
  assert.match(after.stderr, /the input has no envelope/);
});

Deno.test("a preview of wrong transforms starts nothing and shows them all", async () => {
  await using folder = await workshop();
  const text = CONFIG.replace("data.id !=", "dta.id !=").replace(
    "data.qty *",
    "data.qty **",
  );
  await Deno.writeTextFile(join(folder.path, "dstream.hcl"), text);
  const { code, stderr, stdout } = await dstream(["preview", "orders"], {
    cwd: folder.path,
  });
  assert.equal(code, 2);
  assert.equal(stdout, "");
  assert.match(stderr, /there is no variable "dta"[^]*did you mean "data"\?/);
  assert.match(stderr, /"\*" is not expected here/);
});

Deno.test("show has the transforms in it", async () => {
  await using folder = await workshop();
  const { stdout } = await dstream(["show", "orders"], { cwd: folder.path });
  assert.match(stdout, /filter \{\n\s+where = "data\.id != 2"\n/);
  assert.match(stdout, /set = \{\n\s+"data\.total" = "data\.qty \* 2"\n/);
});

Deno.test("a preview shows the schemas that outputs would get", async () => {
  await using folder = await TempFolder.make();
  await Deno.writeTextFile(
    join(folder.path, "dstream.hcl"),
    CONFIG.replace("in.jsonl", "in.csv").replace(
      'set = { "data.total" = "data.qty * 2" }',
      'rename = { "data.qty" = "data.count" }\n set = { "data.total" = "1" }',
    ),
  );
  await Deno.writeTextFile(join(folder.path, "in.csv"), "id,qty\n1,7\n4,9\n");
  const schema = (qty: string) => ({
    schema: { table: "in", fields: ["id", qty].map((name) => ({ name })) },
  });
  const json = await dstream(["preview", "orders", "--json"], {
    cwd: folder.path,
  });
  const [first, ...envelopes] = json.stdout.trimEnd().split("\n");
  const { before, after } = JSON.parse(first);
  assert.deepEqual(envelopes.length, 2, json.stdout);
  assert.deepEqual(withoutTypes(before), schema("qty"));
  assert.deepEqual(withoutTypes(after), {
    schema: {
      table: "in",
      fields: [{ name: "id" }, { name: "count" }, { name: "total" }],
    },
  });
  const { stdout } = await dstream(["preview", "orders"], { cwd: folder.path });
  assert.ok(stdout.startsWith("schema of in: changed\n"), stdout);
});

// deno-lint-ignore no-explicit-any
function withoutTypes({ schema: { table, fields } }: any) {
  return {
    schema: {
      table,
      fields: fields.map(({ name }: { name: string }) => ({ name })),
    },
  };
}
