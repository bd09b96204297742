import { fromSource, testInput } from "@dstream/sdk/testing";

testInput({
  name: "counter",
  subject: fromSource(new URL("./main.ts", import.meta.url)),
  finite: (test) =>
    test({ config: { interval: 0, max_count: 500 }, count: 500 }),
  endless: (test) => test({ config: { interval: 1 } }),
  identity: ({ data }) => (data as { value: number }).value,
});
