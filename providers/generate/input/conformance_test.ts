import { fromSource, testInput } from "@dstream/sdk/testing";

testInput({
  name: "generate",
  subject: fromSource(new URL("./main.ts", import.meta.url)),
  finite: (test) => test({ config: { count: 2000, seed: 7 }, count: 2000 }),
  endless: (test) => test({ config: { size: 1000 } }),
});
