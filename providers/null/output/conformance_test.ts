import { fromSource, testOutput } from "@dstream/sdk/testing";

testOutput({
  name: "null",
  subject: fromSource(new URL("./main.ts", import.meta.url)),
  destination: (test) => test({ config: {} }),
});
