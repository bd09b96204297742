import { plain } from "../../cli/terminal/colour.ts";
import { renderDiagnostics } from "../../cli/views/failure.ts";
import { findDisagreement } from "../../core/hcl/referee.ts";
import { DiagnosticsError } from "../../core/base/errors.ts";
import { assert } from "../support/assert.ts";
import { describe, expandCase, listCases, loadCase } from "./golden_case.ts";
import { isKnown } from "./referee_cases.ts";

const GOOD = new URL("good/", import.meta.url);
const BAD = new URL("bad/", import.meta.url);
const isUpdate = Deno.env.get("UPDATE") === "1";

/** The text expected beside a case; `UPDATE=1` writes it. */
function assertBeside(file: URL, actual: string): void {
  if (isUpdate) return Deno.writeTextFileSync(file, actual);
  let expected = "";
  try {
    // Git may have checked it out with the system's line ends.
    expected = Deno.readTextFileSync(file).replaceAll("\r\n", "\n");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const name = file.pathname.split("/").at(-1);
  assert.equal(actual, expected, `${name} differs; UPDATE=1 rewrites it`);
}

function beside(folder: URL, name: string, extension: string): URL {
  return new URL(`${name.replace(/\.hcl$/, "")}.${extension}`, folder);
}

/** Places as they are written where paths have slashes. */
function withSlashes(text: string): string {
  return text.replace(
    /^ {2}\S+:\d+:\d+$|^ {2}hint: the (first is at|value comes from) .*$/gm,
    (line) => line.replaceAll("\\", "/"),
  );
}

async function failureOf(name: string): Promise<string> {
  try {
    await loadCase(BAD, name);
  } catch (error) {
    if (!(error instanceof DiagnosticsError)) throw error;
    const text = `${renderDiagnostics(error.diagnostics, plain)}\n`;
    return withSlashes(text);
  }
  throw new assert.AssertionError({ message: `${name} loads` });
}

Deno.test("good files evaluate to what is written beside them", async (t) => {
  const cases = listCases(GOOD);
  assert(cases.length >= 60, `${cases.length} files`);
  for (const name of cases) {
    await t.step(name, async () => {
      const configuration = await loadCase(GOOD, name);
      const file = beside(GOOD, name, "json");
      assertBeside(file, describe(configuration, GOOD));
    });
  }
});

Deno.test("bad files fail with the text beside them", async (t) => {
  const cases = listCases(BAD);
  assert(cases.length >= 60, `${cases.length} files`);
  for (const name of cases) {
    await t.step(name, async () => {
      assertBeside(beside(BAD, name, "stderr"), await failureOf(name));
    });
  }
});

Deno.test("HashiCorp's parser reads every file as ours does", async () => {
  for (const folder of [GOOD, BAD]) {
    for (const name of listCases(folder)) {
      for (const [file, text] of expandCase(folder, name)) {
        const difference = await findDisagreement(text, file);
        const isExplained = difference === undefined || isKnown(text);
        assert(isExplained, `${name}: ${difference}`);
      }
    }
  }
});
