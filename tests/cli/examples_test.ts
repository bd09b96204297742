/** What is shipped under examples/ is as its README says. */

import { fileURLToPath } from "node:url";
import { makeOrders } from "../../examples/orders/make_orders.ts";
import { builtIns } from "../../providers/mod.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { FakeCli } from "./fake_cli.ts";

const EXAMPLES = new URL("../../examples/", import.meta.url);

Deno.test("orders.jsonl is what make_orders.ts writes, on every machine", async () => {
  const file = new URL("orders/orders.jsonl", EXAMPLES);
  assert.ok(
    await Deno.readTextFile(file) === makeOrders(),
    "run examples/orders/make_orders.ts",
  );
});

Deno.test("every example is valid and laid out by fmt", async (t) => {
  for await (const { name, isDirectory } of Deno.readDir(EXAMPLES)) {
    if (!isDirectory) continue;
    await t.step(name, async () => {
      const cwd = fileURLToPath(new URL(name, EXAMPLES));
      const validate = await new FakeCli({ builtIns, cwd }).run("validate");
      assertEquals([validate.code, validate.stderr], [0, ""]);
      const fmt = await new FakeCli({ builtIns, cwd }).run("fmt", "--check");
      assertEquals([fmt.code, fmt.stdout], [0, ""]);
    });
  }
});
