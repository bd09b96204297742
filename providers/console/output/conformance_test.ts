import { fromSource, testOutput } from "@dstream/sdk/testing";

testOutput({
  name: "console",
  subject: fromSource(new URL("./main.ts", import.meta.url)),
  destination: (test) =>
    test({
      config: { format: "simple" },
      arrived: (printed) =>
        Promise.resolve(
          printed.map((line, index) => {
            const label = `Message #${index + 1}: `;
            return JSON.parse(line.slice(label.length));
          }),
        ),
    }),
});
