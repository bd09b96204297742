/**
 * The shared behaviours against any executable, in any language:
 *
 * ```sh
 * deno test -A tests/conformance/executable_test.ts -- \
 *   --config '{"max_count":100}' --count 100 -- ./my-provider --its --arguments
 * ```
 *
 * The executable must speak version 2 and know `spec`. `--config` is a config
 * block that works (the first of the spec's examples when left out), `--count`
 * how many envelopes an input then sends, `--endless` a block with which it never
 * ends. Nothing is tested without arguments.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { type Subject, testInput, testOutput } from "@dstream/sdk/testing";
import type { ProviderSpec } from "@dstream/sdk";

const split = Deno.args.indexOf("--");
if (split >= 0) {
  declare(Deno.args.slice(0, split), Deno.args.slice(split + 1));
}

function declare(args: string[], command: string[]): void {
  const { values } = parseArgs({
    args,
    options: {
      config: { type: "string" },
      count: { type: "string" },
      endless: { type: "string" },
    },
  });
  const subject: Subject = { command };
  const { role, name, examples } = readSpec(command);
  const config = values.config ? JSON.parse(values.config) : examples[0] ?? {};
  if (role === "output") {
    return testOutput({
      name,
      subject,
      destination: (test) => test({ config }),
    });
  }
  if (values.count === undefined) {
    throw new Error("an input needs --count: how many envelopes come");
  }
  const { endless } = values;
  const endlessConfig = endless === undefined ? undefined : JSON.parse(endless);
  testInput({
    name,
    subject,
    finite: (test) => test({ config, count: Number(values.count) }),
    ...(endlessConfig && {
      endless: (test) => test({ config: endlessConfig }),
    }),
  });
}

function readSpec([executable, ...args]: string[]): ProviderSpec {
  const { stdout } = new Deno.Command(executable, { args: [...args, "spec"] })
    .outputSync();
  return JSON.parse(new TextDecoder().decode(stdout));
}
