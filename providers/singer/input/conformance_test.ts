import { fromSource, testInput } from "@dstream/sdk/testing";
import { FAKE_TAP } from "../../../tests/support/singer/fakes.ts";

const COUNT = 1500;

testInput({
  name: "singer input",
  subject: fromSource(new URL("./main.ts", import.meta.url)),
  finite: (test) =>
    test({
      config: { tap: FAKE_TAP, tap_config: { count: COUNT } },
      count: COUNT,
    }),
  endless: (test) =>
    test({ config: { tap: FAKE_TAP, tap_config: { count: 1e9 } } }),
});
