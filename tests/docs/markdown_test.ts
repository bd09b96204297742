import { assert, assertEquals } from "../support/assert.ts";
import { matches, readSteps } from "./markdown.ts";

function summary(markdown: string): unknown[] {
  return readSteps(markdown).map((step) => {
    const text = step.block.text.trimEnd();
    switch (step.kind) {
      case "write":
        return ["write", step.path, text];
      case "skip":
        return ["skip", step.reason, text];
      case "run":
        return ["run", text, step.expected?.trimEnd(), step.exitCode];
    }
  });
}

Deno.test("readSteps() finds what is run, written, skipped and expected", () => {
  const page = `
Text.

\`\`\`hcl file=a/dstream.hcl
task "x" {}
\`\`\`

\`\`\`sh
echo one
\`\`\`

\`\`\`text
one
\`\`\`

\`\`\`sh exit=2
false
\`\`\`

Prose in between.

\`\`\`text
no output of the block before
\`\`\`

1. In a list

   \`\`\`sh skip=network
   curl
     indented
   \`\`\`
`;
  assertEquals(summary(page), [
    ["write", "a/dstream.hcl", 'task "x" {}'],
    ["run", "echo one", "one", 0],
    ["run", "false", undefined, 2],
    ["skip", "network", "curl\n  indented"],
  ]);
});

Deno.test("matches() takes … for what differs from run to run", async (t) => {
  const cases = [
    ["the same", "a\nb\n", "a\nb\n", true],
    ["spaces at the end of a line", "a  \nb\n", "a\nb\n", true],
    ["within a line", "took 12 ms\n", "took … ms\n", true],
    ["not across lines", "took 12\n ms\n", "took … ms\n", false],
    ["any number of lines", "a\nb\nc\nd\n", "a\n…\nd\n", true],
    ["no line at all", "a\nd\n", "a\n…\nd\n", true],
    ["another line", "a\n", "b\n", false],
    ["a line more", "a\nb\n", "a\n", false],
    ["signs that mean something elsewhere", "(a|b).*\n", "(a|b).*\n", true],
    ["those don't match more", "ab\n", "a.\n", false],
    ["nothing", "", "\n", true],
  ] as const;
  for (const [name, actual, expected, isMatch] of cases) {
    await t.step(name, () => assert.equal(matches(actual, expected), isMatch));
  }
});
