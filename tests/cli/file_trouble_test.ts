import { join } from "node:path";
import { LetterFile } from "../../core/dead_letter/letter_file.ts";
import { writeReport } from "../../core/observe/run_report.ts";
import { assert, assertRejects } from "../support/assert.ts";

Deno.test("what a file system refuses names the path and what to do", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "dstream-trouble-" });
  const long = join(folder, "x".repeat(300));
  const cases: [string, string, string, () => Promise<unknown>][] = [
    [
      "a report",
      "observe.report_unwritable",
      "another after --report",
      () => writeReport(long, {}),
    ],
    [
      "dead letters",
      "dead_letter.file_failed",
      "another `path` in the `dead_letter` block",
      () => new LetterFile(long, 1_000).lockReplay(),
    ],
  ];
  try {
    for (const [name, code, place, write] of cases) {
      await t.step(name, async () => {
        const { message, hint } = await assertRejects(write, code);
        assert(message.includes(`"${long}": the name is too long`), message);
        assert(hint?.endsWith(`name ${place}`), hint);
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
