import { fromSource, testInput } from "@dstream/sdk/testing";
import { inFolder } from "../../../tests/support/file_input.ts";

const COUNT = 2000;

testInput({
  name: "file input",
  subject: fromSource(new URL("./main.ts", import.meta.url)),
  finite: (test) =>
    inFolder(async (cwd) => {
      const lines = Array.from({ length: COUNT }, (_, n) => `{"n":${n}}\n`);
      await Deno.writeTextFile(`${cwd}/a.jsonl`, lines.slice(0, 900).join(""));
      await Deno.writeTextFile(`${cwd}/b.jsonl`, lines.slice(900).join(""));
      await test({ config: { path: "*.jsonl" }, cwd, count: COUNT });
    }),
  endless: (test) =>
    inFolder(async (cwd) => {
      const line = `${JSON.stringify("x".repeat(1000))}\n`;
      await Deno.writeTextFile(`${cwd}/a.jsonl`, line.repeat(20_000));
      await test({ config: { path: "a.jsonl", follow: true }, cwd });
    }),
});
