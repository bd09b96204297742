import {
  filesByChance,
  fuzz,
  type FuzzResult,
  shortFiles,
} from "../../scripts/fuzz_config.ts";
import { askReferee, findDisagreement } from "../../core/hcl/referee.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { CASES, KNOWN_DIFFERENCES } from "./referee_cases.ts";

for (const { about, good, bad } of CASES) {
  Deno.test(`HashiCorp's parser and ours agree on ${about}`, async (t) => {
    for (
      const [texts, kind] of [[good, "accepted"], [bad, "refused"]] as const
    ) {
      for (const text of texts) {
        await t.step(`${JSON.stringify(text)} is ${kind}`, async () => {
          const verdict = await askReferee(text, "case.hcl");
          assertEquals(verdict.kind, kind, JSON.stringify(verdict));
          assertEquals(await findDisagreement(text, "case.hcl"), undefined);
        });
      }
    }
  });
}

Deno.test("the known differences still are differences", async (t) => {
  for (const { reason, example, isIn } of KNOWN_DIFFERENCES) {
    await t.step(reason, async () => {
      assert(isIn(example));
      assert(await findDisagreement(example, "case.hcl") !== undefined);
    });
  }
});

Deno.test("HashiCorp's parser and ours agree on files made by chance", async () => {
  assertEquals(disagreementsOf(await fuzz(filesByChance(3_000, 1))), []);
});

Deno.test("HashiCorp's parser and ours agree on all short texts", async () => {
  assertEquals(disagreementsOf(await fuzz(shortFiles(3))), []);
});

function disagreementsOf({ disagreements }: FuzzResult): string[] {
  return disagreements.map(({ name, text, difference }) =>
    `${name}: ${JSON.stringify(text)}: ${difference}`
  );
}

Deno.test("the referee is not asked what it could not bear", async (t) => {
  const cases = [
    ["too deep a nesting", `a = ${"[".repeat(100_000)}`],
    ["an exponent that fills the memory", "a = 1e999999999\n"],
    ["too many lines", "\n".repeat(20_000)],
    ["too long a file", `a = "${"x".repeat(2_000_000)}"\n`],
    [
      "labels nested beyond what is compared",
      `${'a "b" "c" {\n'.repeat(150)}${"}\n".repeat(150)}`,
      "accepted",
    ],
    ["more mistakes than we count", "a b\n".repeat(100)],
  ];
  for (const [name, text, kind = "absent"] of cases) {
    await t.step(name, async () => {
      assertEquals((await askReferee(text, "case.hcl")).kind, kind);
      assertEquals(await findDisagreement(text, "case.hcl"), undefined);
    });
  }
});

Deno.test("keys that are only escapes are told apart", async () => {
  for (const key of ["\\\\", "\\t", "\\n", "\\\\", "\\t"]) {
    const text = `b "a" {}\nb "${key}" {}\n`;
    assertEquals(await findDisagreement(text, "case.hcl"), undefined, key);
  }
});

Deno.test("a disagreement says where it is, and what each parser sees", async () => {
  const text = "b {\n  a = [1, <<-A\n  \u0301x\n  A\n  ]\n}\n";
  assertEquals(
    await findDisagreement(text, "case.hcl"),
    'the file → b[0] → a[1]: ours is "\u0301x\\n", HashiCorp\'s is "x\\n"',
  );
});
