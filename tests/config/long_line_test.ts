import process from "node:process";
import { assert, assertEquals } from "../support/assert.ts";
import { loadText } from "../support/load_text.ts";
import { DiagnosticsError } from "../../core/base/errors.ts";
import { renderDiagnostic } from "../../cli/views/diagnostics.ts";

/** Each makes one long line, or ends with one; none is a valid file. */
const HOSTILE: Readonly<Record<string, (count: number) => string>> = {
  "a list": (n) => `locals {\na = [${"1, ".repeat(n)}}\n`,
  "a list of secrets": (n) =>
    `task "t" {\ninput {\nprovider = "x"\nconfig {\na = [${
      'sensitive("x"), '.repeat(n / 4)
    }]\n}\n}\noutput {\nprovider = nothing\n}\n}\n`,
  "a string with bad escapes": (n) => `a = "${"\\q".repeat(n)}"\n`,
  "a string that isn't closed": (n) => `a = "${"x".repeat(n)}`,
  "attributes without a line end": (n) => "a = 1 ".repeat(n),
  "open brackets": (n) => `a = ${"[".repeat(n)}`,
  "open parentheses": (n) => `a = ${"(".repeat(n)}`,
  "open strings in strings": (n) => `a = ${'"${'.repeat(n)}`,
  "open strings over lines": (n) =>
    `a = ${'"${\n'.repeat(n)}${'"x\n'.repeat(n)}`,
  "a sum": (n) => `a = 1${" + 1".repeat(n)}\n`,
  "minus": (n) => `a = ${"-".repeat(n)}1\n`,
  "characters without a meaning": (n) => `a = ${"§ ".repeat(n)}\n`,
  "emojis before the mistake": (n) => `a = "${"😀".repeat(n)}" b\n`,
  "templates that fail": (n) => `a = "${"{{ nope }}".repeat(n / 16)}"\n`,
  "templates that can't be read": (n) => "{{ ' }}".repeat(n / 4),
  "templates that never end": (n) => "{{/* x\n".repeat(n / 4),
  "templates in strings in strings": (n) => `{{ 1 }}${'"${'.repeat(n)}`,
  "open template blocks": (n) => "{{ if true }}".repeat(n / 4),
  "ends without a block": (n) => "{{ end }}".repeat(n / 4),
};

const CHARACTERS = 8_000;
const TIMES = 4;
/** A quadratic way takes 16 times as long; a linear one 4, and some noise. */
const MOST_TIMES = 9;
/** Below this a collection of garbage is more than what is measured. */
const NOISE_MS = 80;

async function told(text: string): Promise<string> {
  try {
    await loadText(text);
    return "";
  } catch (error) {
    if (!(error instanceof DiagnosticsError)) throw error;
    return error.diagnostics.map((one) => renderDiagnostic(one)).join("\n");
  }
}

/** The least of two, so that somebody else's work on the machine counts less. */
async function cpuMs(text: string): Promise<number> {
  let least = Infinity;
  for (let round = 0; round < 2; round++) {
    const before = process.cpuUsage();
    await told(text);
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}

Deno.test("a line without an end takes time by its length, not by its square", async (t) => {
  for (const [name, make] of Object.entries(HOSTILE)) {
    await t.step(name, async () => {
      const small = await cpuMs(make(CHARACTERS));
      const large = await cpuMs(make(CHARACTERS * TIMES));
      assert(
        large < NOISE_MS + small * MOST_TIMES,
        `${small} ms, then ${large} ms for ${TIMES} times as much`,
      );
      const text = await told(make(CHARACTERS));
      assert(text !== "", "a hostile file loads");
      assert(text.length < 100_000, `${text.length} characters are told`);
    });
  }
});

Deno.test("130,000 attributes, and as many items in a list, load", async () => {
  const attributes = Array.from({ length: 130_000 }, (_, i) => `a${i} = ${i}`);
  const config = `config {\n${attributes.join("\n")}\n}`;
  const items = "sensitive(1), 2, ".repeat(65_000);
  const { tasks } = await loadText(
    `task "t" {
  input {
    provider = "x"
    ${config}
  }
  output {
    provider = "y"
    config {
      list = [${items}]
    }
  }
}`,
  );
  const [input] = tasks.get("t")!.inputs;
  assertEquals(
    Object.keys(JSON.parse(input.config.json())).length,
    130_000,
  );
});
