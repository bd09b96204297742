/**
 * The built-ins as `dstream provider exec NAME`, the way `dstream run` starts
 * them; with DSTREAM_EXE=path, in that executable. (Their own main.ts is tested
 * in their folders.)
 *
 * @module
 */

import { testInput, testOutput } from "@dstream/sdk/testing";
import { programArgv } from "../e2e/support/program.ts";

testInput({
  name: "dstream provider exec counter",
  subject: { command: programArgv(["provider", "exec", "counter"]) },
  finite: (test) =>
    test({ config: { interval: 0, maxCount: 500 }, count: 500 }),
  endless: (test) => test({ config: { interval: 1 } }),
  identity: ({ data }) => (data as { value: number }).value,
});

testOutput({
  name: "dstream provider exec console",
  subject: { command: programArgv(["provider", "exec", "console"]) },
  destination: (test) =>
    test({
      config: { outputFormat: "json" },
      arrived: (printed) =>
        Promise.resolve(printed.map((line) => JSON.parse(line).data)),
    }),
});
