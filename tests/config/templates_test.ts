import { expandTemplates } from "../../core/hcl/template/mod.ts";
import { assert } from "../support/assert.ts";

/** What Go makes of a template; scripts/golden_templates wrote it. */
interface Golden {
  readonly template: string;
  readonly output?: string;
  readonly error?: "parse" | "execute";
}

const GOLDEN: readonly Golden[] = JSON.parse(
  Deno.readTextFileSync(
    new URL("../golden/templates/templates.json", import.meta.url),
  ),
);

/** Where ours is another on purpose, and why. */
const DIFFERENT: ReadonlyMap<string, string> = new Map([
  ["{{ .name }}", "there is no data: most likely env was meant"],
  ["{{ 'x' | print }}", "single quotes are a mistake more often than not"],
  ["{{ 1 | }}", "a pipe to nowhere is something forgotten"],
  ['{{ printf "%d" "x" | contains "BAD" }}', "a wrong verb is an error"],
]);

/** Times are printed in the machine's zone; the golden ones in UTC. */
const IS_UTC = new Date(1_700_000_000_000).getTimezoneOffset() === 0;

/** The text alone: nothing here is in a string of HCL, so nothing is escaped. */
function expand(template: string): string | undefined {
  const env = new Map([["X", "value"], ["EMPTY", ""], ["PORT", "1433"]]);
  const world = {
    env: (name: string) => env.get(name),
    envNames: () => env.keys(),
    allowMissingEnv: false,
    wallMs: () => 0,
  };
  const { source, problems, failures } = expandTemplates("t", template, world);
  return problems.length + failures.length > 0 ? undefined : source.expanded;
}

Deno.test("templates make what Go makes of them", async (t) => {
  for (const { template, output } of GOLDEN) {
    if (DIFFERENT.has(template)) continue;
    if (template.startsWith("{{ date") && !IS_UTC) continue;
    await t.step(JSON.stringify(template), () => {
      assert.equal(expand(template), output);
    });
  }
});

Deno.test("what differs from Go is an error that says why", () => {
  for (const [template, why] of DIFFERENT) {
    assert.equal(expand(template), undefined, why);
  }
});
