/**
 * An output of version 2 whose destination is away until a moment in time: it dies of
 * every envelope until then.
 *
 * @module
 */

import { createInterface } from "node:readline";
import { stdin } from "node:process";

const lines = createInterface({ input: stdin })[Symbol.asyncIterator]();
const { config } = JSON.parse((await lines.next()).value!);
console.log(JSON.stringify({
  status: "ready",
  protocol: { version: 2, features: ["ack"] },
}));
for (let n = 1;; n++) {
  const { value: line, done } = await lines.next();
  if (done) break;
  if (Date.now() < config.until) {
    console.error("cannot reach the database: connection refused");
    Deno.exit(1);
  }
  await Deno.writeTextFile(config.path, `${line}\n`, { append: true });
  console.log(`\x1e{"ack":${n}}`);
}
