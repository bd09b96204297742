import { fromSource, testInput, type WithFixture } from "@dstream/sdk/testing";
import type { FiniteInput } from "@dstream/sdk/testing";

const COUNT = 300;

/** Runs a test in a folder of its own, with a file to read. */
const withFile: WithFixture<FiniteInput> = async (test) => {
  const cwd = await Deno.makeTempDir();
  try {
    const lines = Array.from({ length: COUNT }, (_, n) => `line ${n}\n`);
    await Deno.writeTextFile(`${cwd}/numbers.txt`, lines.join(""));
    await test({ config: { path: "numbers.txt" }, cwd, count: COUNT });
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
};

testInput({
  name: "example input",
  subject: fromSource(new URL("./main.ts", import.meta.url)),
  finite: withFile,
  endless: (test) =>
    withFile(({ config, cwd }) =>
      test({ config: { ...config, pause: "100ms" }, cwd })
    ),
});
