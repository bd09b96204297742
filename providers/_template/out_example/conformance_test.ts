import {
  fromSource,
  type OutputFixture,
  testOutput,
  type WithFixture,
} from "@dstream/sdk/testing";

/** Runs a test in a folder of its own, and reads what was written there. */
const withFolder: WithFixture<OutputFixture> = async (test) => {
  const cwd = await Deno.makeTempDir();
  try {
    await test({
      config: { path: "copy.jsonl" },
      cwd,
      arrived: async () => {
        const text = await Deno.readTextFile(`${cwd}/copy.jsonl`);
        return text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
      },
    });
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
};

testOutput({
  name: "example output",
  subject: fromSource(new URL("./main.ts", import.meta.url)),
  destination: withFolder,
});
